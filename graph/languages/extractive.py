"""Language without a model: rules over the conversation, and answers made of the documents' own sentences."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations
from typing import Literal

from graph.chains import answers_to
from graph.citations import without_marks, write_statement
from graph.expectation import expectation_met
from graph.language import NOT_FOUND, Evidence, FollowUp, Repair, Rewriting, Turn
from graph.languages.standing_alone import points_back, small_talk_reply
from graph.selection import in_context
from graph.words import content_words, coverage, inverse_frequencies, stem
from tools.names import mentions
from tools.ports import TextDelta, Usage

MIN_RELEVANCE = 0.2
"""Below it not even the best sentence is about the question."""

LINKED = 0.15
BRIDGED = 0.1
EXPECTED = 0.2
PRICE = 0.2
MAX_SENTENCES = 3
MAX_CONSIDERED = 14


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
            queries = (f"{question} {without_marks(last.answer)[:400]}",) if last.answer else ()
            return Rewriting(f"{last.question.rstrip('? ')}? {question}", queries)
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
            sentence = write_statement(without_marks(item.said), (item.number,))
            yield TextDelta(sentence if position == 0 else f" {sentence}")
        yield TextDelta("", Usage())

    async def repair(self, question: str, claim: str, evidence: Sequence[Evidence], *, max_tokens: int) -> Repair:
        """A quotation can't be said better than its source says it."""
        return Repair(None)


def compose(question: str, evidence: Sequence[Evidence]) -> list[Evidence]:
    """The chain of one to three sentences that answers best together, in the order of the chain.

    A chain's score is the mean relevance of its sentences, what of the question they cover together, whether they
    hold the kind of thing asked for, and for each step whether it is linked (a sentence names the next one's
    document) or bridged (both hold a name that the question does not); each further sentence has its price.
    """
    pool = sorted(evidence, key=lambda item: (-item.relevance, item.number))[:MAX_CONSIDERED]
    if not pool or pool[0].relevance < MIN_RELEVANCE:
        return []
    sentences = {item.number: _Sentence.of(item) for item in pool}
    weights = inverse_frequencies(content_words(question), [sentence.words for sentence in sentences.values()])
    asked = content_words(question)

    def score(chain: tuple[Evidence, ...]) -> float:
        members = [sentences[item.number] for item in chain]
        together = frozenset().union(*(member.words for member in members))
        steps = sum(_step(one, other, asked) for one, other in pairwise(members))
        return (
            sum(item.relevance for item in chain) / len(chain)
            + coverage(together & set(weights), weights)
            + EXPECTED * expectation_met(question, [item.said for item in chain])
            + steps
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
    item: Evidence
    words: frozenset[str]
    names: frozenset[str]
    outgoing: frozenset[str]

    @classmethod
    def of(cls, item: Evidence) -> "_Sentence":
        outgoing = frozenset(mentions(item.said))
        names = frozenset(stem(name) for name in outgoing if " " not in name)
        return cls(item, content_words(in_context(item)), names, outgoing)


def _step(one: _Sentence, other: _Sentence, asked: frozenset[str]) -> float:
    """What speaks for reading `other` after `one`."""
    if one.item.passage.source == other.item.passage.source:
        return 0.0
    linked = answers_to(other.item.passage, one.outgoing)
    bridges = (one.names & other.words) - asked
    return LINKED * linked + BRIDGED * bool(bridges)
