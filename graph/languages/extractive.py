"""Language without a model: rules over the conversation, and answers made of the documents' own sentences."""

from collections.abc import AsyncIterator, Sequence
from typing import Literal

from graph.chains import answers_to, outgoing_names
from graph.citations import without_marks, write_statement
from graph.expectation import expectation_met
from graph.language import NOT_FOUND, Evidence, FollowUp, Repair, Rewriting, Turn
from graph.languages.standing_alone import points_back, small_talk_reply
from graph.selection import in_context
from graph.words import content_words, coverage, inverse_frequencies
from tools.ports import TextDelta, Usage

MIN_RELEVANCE = 0.2
"""Below it not even the best sentence is about the question."""

MIN_GAIN = 0.12
"""Further sentences must cover this much more of the question, or be linked to what is already said."""

LINKED_GAIN = 0.15
EXPECTED_GAIN = 0.15
MAX_SENTENCES = 3


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
            sentence = write_statement(" ".join(without_marks(item.quote).split()), (item.number,))
            yield TextDelta(sentence if position == 0 else f" {sentence}")
        yield TextDelta("", Usage())

    async def repair(self, question: str, claim: str, evidence: Sequence[Evidence], *, max_tokens: int) -> Repair:
        """A quotation can't be said better than its source says it."""
        return Repair(None)


def compose(question: str, evidence: Sequence[Evidence]) -> list[Evidence]:
    """The best sentence, then those of other passages that cover what it leaves open or that it is linked to, at most
    three, in the order of the chain."""
    words = {item.number: content_words(in_context(item)) for item in evidence}
    weights = inverse_frequencies(content_words(question), list(words.values()))

    def merit(item: Evidence) -> float:
        return item.relevance + EXPECTED_GAIN * expectation_met(question, [item.quote])

    pool = [item for item in evidence if item.relevance >= MIN_RELEVANCE]
    if not pool:
        return []
    chosen = [max(pool, key=lambda item: (merit(item), -item.number))]
    while len(chosen) < MAX_SENTENCES:
        covered = frozenset().union(*(words[item.number] for item in chosen))
        so_far = coverage(covered & set(weights), weights)
        used = {item.passage.key for item in chosen}
        gains = {}
        for item in pool:
            if item.passage.key in used:
                continue
            gain = coverage((covered | words[item.number]) & set(weights), weights) - so_far
            linked = any(_linked(item, other) or _linked(other, item) for other in chosen)
            if gain >= MIN_GAIN or linked:
                gains[item.number] = gain + LINKED_GAIN * linked + merit(item) / 2
        if not gains:
            break
        best = max(gains, key=lambda number: (gains[number], -number))
        chosen.append(next(item for item in pool if item.number == best))
    return _in_chain_order(chosen)


def _linked(one: Evidence, other: Evidence) -> bool:
    return answers_to(other.passage, outgoing_names(one.passage))


def _in_chain_order(chosen: list[Evidence]) -> list[Evidence]:
    """What points to another sentence's document comes before it; otherwise the evidence's own order."""
    return sorted(
        chosen, key=lambda item: (sum(_linked(other, item) for other in chosen if other is not item), item.number)
    )
