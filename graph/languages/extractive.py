"""Language without a model: rules over the conversation, and answers made of the documents' own sentences."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations
from typing import Literal

from graph.citations import without_marks, write_statement
from graph.expectation import expectation_met
from graph.language import NOT_FOUND, Evidence, FollowUp, Repair, Rewriting, Turn
from graph.languages.standing_alone import points_back, small_talk_reply
from graph.ranking.links import answers_to
from graph.selection import in_context
from graph.words import content_words, coverage, inverse_frequencies, stem
from tools.names import mentions
from tools.ports import TextDelta, Usage

MIN_RELEVANCE = 0.2
"""Below it not even the best sentence is about the question."""

LINKED = 0.15
BRIDGED = 0.2
ADJACENT = 0.1
EXPECTED_EACH = 0.2
EXPECTED_ANY = 0.1
COVERED = 0.7
PRICE = 0.05
OUTDATED = 0.3
MAX_SENTENCES = 3
MAX_CONSIDERED = 14
MAX_TOPIC_WORDS = 14
TOPIC = " (about: "


class ExtractiveLanguage:
    """`graph.language.Language` by rules: quotes, never phrases; makes no call and costs nothing."""

    @property
    def mode(self) -> Literal["extractive", "model"]:
        return "extractive"

    @property
    def max_calls_of_answer(self) -> int:
        return 0

    async def rewrite(self, question: str, history: Sequence[Turn]) -> Rewriting:
        """A question that points back is asked together with the one it points to, and with what was answered."""
        if small_talk := small_talk_reply(question):
            return Rewriting(question, small_talk=small_talk)
        if history and points_back(question):
            last = history[-1]
            # A follow-up of a follow-up is still about the question that opened the topic.
            opening = next(
                (turn.question for turn in reversed(history) if not points_back(turn.question)), last.question
            )
            topic = topic_of(opening)
            queries = (f"{question} {without_marks(last.answer)[:400]}",) if last.answer else ()
            return Rewriting(f"{question}{TOPIC}{topic})" if topic else question, (opening, *queries))
        return Rewriting(question)

    async def follow_up(
        self, question: str, evidence: Sequence[Evidence], asked: Sequence[str], *, max_tokens: int
    ) -> FollowUp:
        return FollowUp(complete=True)

    async def answer(self, question: str, evidence: Sequence[Evidence], *, max_tokens: int) -> AsyncIterator[TextDelta]:
        chosen = compose(question, evidence)
        if not chosen:
            yield TextDelta(f"{NOT_FOUND} {question}")
        for position, item in enumerate(chosen):
            sentence = write_statement(_closed(without_marks(item.said)), (item.number,))
            yield TextDelta(sentence if position == 0 else f" {sentence}")
        yield TextDelta("", Usage())

    async def repair(self, question: str, claim: str, evidence: Sequence[Evidence], *, max_tokens: int) -> Repair:
        """A quotation can't be said better than its source says it."""
        return Repair(None)


def _closed(sentence: str) -> str:
    """With a full stop where a table row or a list item has none, so that it stays a statement of its own."""
    return sentence if sentence.endswith((".", "!", "?", "…")) else f"{sentence.rstrip(' ;:,')}."


def topic_of(question: str) -> str:
    """What a question is about: its words of content in their order, so that its form doesn't ask a second time."""
    kept = [word.strip("?!.,;:()") for word in question.split() if content_words(word)]
    return " ".join(kept[:MAX_TOPIC_WORDS])


def compose(question: str, evidence: Sequence[Evidence]) -> list[Evidence]:
    """The chain of one to three sentences that answers best together, in the order of the chain.

    A chain's score is the mean merit of its sentences (relevance, and whether each holds the kind of thing asked
    for), what of the question they cover together, and for each step whether it is linked (a sentence names the next
    one's document), bridged (both hold a name that the question does not) or simply reads on; each further sentence
    has its price.
    """
    if max((item.relevance for item in evidence), default=0.0) < MIN_RELEVANCE:
        return []
    asked = content_words(question)
    newest = content_words(question.partition(TOPIC)[0])
    expected = {item.number: expectation_met(question, [item.said]) for item in evidence}
    outdated = {item.number: OUTDATED * (item.passage.status == "superseded") for item in evidence}
    merit = {
        item.number: item.relevance + EXPECTED_EACH * expected[item.number] - outdated[item.number] for item in evidence
    }
    pool = sorted(evidence, key=lambda item: (-merit[item.number], item.number))[:MAX_CONSIDERED]
    said = [content_words(in_context(item)) for item in evidence]
    weights = {word: idf * (1 + (word in newest)) for word, idf in inverse_frequencies(asked, said).items()}
    sentences = {item.number: _Sentence.of(item, asked) for item in pool}

    def score(chain: tuple[Evidence, ...]) -> float:
        members = [sentences[item.number] for item in chain]
        together = frozenset().union(*(member.words for member in members))
        return (
            sum(merit[item.number] for item in chain) / len(chain)
            + COVERED * coverage(together & asked, weights)
            + EXPECTED_ANY * max(expected[item.number] for item in chain)
            + sum(_step(one, other) for one, other in pairwise(members))
            - PRICE * (len(chain) - 1)
        )

    best: tuple[Evidence, ...] = max(((item,) for item in pool), key=score)
    for length in range(2, MAX_SENTENCES + 1):
        starts = permutations(pool, 2) if length == 2 else ((*best, item) for item in pool if item not in best)
        longer = max(starts, key=score, default=best)
        if score(longer) <= score(best):
            break
        best = longer
    return list(best)


@dataclass(frozen=True, slots=True)
class _Sentence:
    """`bridges` are the names that stand beside the asked words: in the same cells, if it is a table row."""

    item: Evidence
    words: frozenset[str]
    bridges: frozenset[str]
    outgoing: frozenset[str]

    @classmethod
    def of(cls, item: Evidence, asked: frozenset[str]) -> "_Sentence":
        cells = item.said.split(";")
        near = "; ".join(cell for cell in cells if content_words(cell) & asked) or item.said
        names = frozenset(stem(name) for name in mentions(near) if " " not in name)
        outgoing = frozenset(mentions(item.said))
        words = content_words(in_context(item))
        return cls(item, words, names - asked, outgoing)


def _step(one: _Sentence, other: _Sentence) -> float:
    """What speaks for reading `other` after `one`."""
    if one.item.passage.source == other.item.passage.source:
        neighbours = abs(one.item.number - other.item.number) == 1
        return ADJACENT * (neighbours and one.item.passage.key == other.item.passage.key)
    linked = answers_to(other.item.passage, one.outgoing)
    return LINKED * linked + BRIDGED * (not one.bridges.isdisjoint(content_words(other.item.said)))
