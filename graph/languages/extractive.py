"""Language without a model: rules over the conversation, and answers made of the documents' own sentences."""

from collections.abc import AsyncIterator, Sequence
from typing import Literal

from graph.apart import apart
from graph.citations import Statement, write_statement
from graph.grounding import quotation_of
from graph.language import NOT_FOUND, Evidence, FollowUp, Repair, Rewriting, Turn
from graph.languages.chaining import MAX_SENTENCES, ranked_chains, says_the_same
from graph.languages.comparing import conclude
from graph.languages.standing_alone import points_back, small_talk_reply
from graph.marks import without_marks
from graph.words import content_words
from tools.ports import TextDelta, Usage

MIN_RELEVANCE = 0.2
"""Below it not even the best sentence is about the question."""

CLOSE = 0.05
"""A chain this close to the best one may be the right one: its answer is quoted, too."""

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
        written = await apart(compose, question, evidence)
        if not written:
            yield TextDelta(f"{NOT_FOUND} {question}")
        for position, statement in enumerate(written):
            sentence = write_statement(statement.text, statement.numbers)
            # Blank lines keep quotations apart: a table's row goes on to the end of its line.
            yield TextDelta(sentence if position == 0 else f"\n\n{sentence}")
        yield TextDelta("", Usage())

    async def repair(self, question: str, claim: str, evidence: Sequence[Evidence], *, max_tokens: int) -> Repair:
        """A quotation can't be said better than its source says it."""
        return Repair(None)


def topic_of(question: str) -> str:
    """What a question is about: its words of content in their order, so that its form doesn't ask a second time."""
    kept = [word.strip("?!.,;:()") for word in question.split() if content_words(word)]
    return " ".join(kept[:MAX_TOPIC_WORDS])


def compose(question: str, evidence: Sequence[Evidence]) -> list[Statement]:
    """What can be concluded from two sentences and these two, or the best chain's sentences; the answer leads, the
    sentences that lead to it follow in the order of the chain, then answers that were nearly as good."""
    if max((item.relevance for item in evidence), default=0.0) < MIN_RELEVANCE:
        return []
    by_number = {item.number: item for item in evidence}
    if conclusion := conclude(question, evidence):
        quoted = [by_number[number] for number in (*conclusion.numbers, *conclusion.leading)]
        return [Statement(conclusion.text, conclusion.numbers), *map(_quotation, quoted)]
    newest = content_words(question.partition(TOPIC)[0])
    best, *others = ranked_chains(question, evidence, newest)
    chosen = [best.answer, *best.items[:-1]]
    for chain in others:
        if chain.score < best.score - CLOSE or len(chosen) >= MAX_SENTENCES:
            break
        if not any(says_the_same(chain.answer, item) for item in chosen):
            chosen.append(chain.answer)
    return [_quotation(item) for item in chosen]


def _quotation(item: Evidence) -> Statement:
    return Statement(quotation_of(item), (item.number,))
