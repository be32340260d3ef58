"""Language without a model: rules for the conversation, and answers made of the documents' own sentences."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Literal

from graph.apart import apart
from graph.chaining.chain_scores import Chain
from graph.chaining.chains import Chains
from graph.chaining.eligibility import asked_of, lacks_it_all
from graph.chaining.sentence_features import adds_to, says_the_same
from graph.checking.citations import Statement, write_statement
from graph.checking.grounding import quotation_of, quotations_of
from graph.conclusions.comparing import Conclusion
from graph.conclusions.concluding import conclude
from graph.evidence import Evidence
from graph.language import NOT_FOUND, FollowUp, Repair, Rewriting, Turn
from graph.questions.antecedents import of_another, of_where, of_which, of_whom
from graph.questions.asked_names import is_unheard_of
from graph.questions.own_topic import without_going_on
from graph.questions.parting import parts_of
from graph.questions.replacing import put_in_place
from graph.questions.standing_alone import (
    points_back,
    question_alone,
    small_talk_reply,
    topic_of,
    with_topic,
)
from graph.structure.asked_cells import lacking_in_row
from graph.structure.replies import reply_around
from graph.structure.row_chains import chained_rows
from graph.structure.rows import cells_of
from graph.structure.tables import namesakes_of
from graph.structure.wholes import parts_of_whole
from graph.texts.leaning import completion_of, leant_on, opens_with_pronoun
from graph.texts.marks import without_marks
from graph.texts.words import content_words
from tools.ports import TextDelta, Usage

MIN_RELEVANCE = 0.2
"""Below it not even the best sentence is about the question."""

CLOSE = 0.05
"""A chain this close to the best one may be the right one: where that is a lone sentence, its answer is quoted, too.
More of them, or one beside a chain, bring the answer in one question of a hundred and clutter every fifth."""


class ExtractiveLanguage:
    """`graph.language.Language` by rules: it quotes and never rephrases, makes no call and costs nothing."""

    @property
    def mode(self) -> Literal["extractive", "model"]:
        return "extractive"

    @property
    def max_calls_of_answer(self) -> int:
        return 0

    async def rewrite(self, question: str, history: Sequence[Turn]) -> Rewriting:
        """A question that points back is asked together with the question, and the answer, that it points to."""
        if small_talk := small_talk_reply(question):
            return Rewriting(question, small_talk=small_talk)
        question = question_alone(question)
        if not history:
            return Rewriting(question)
        opening = topic_of(history)
        if points_back(parts_of(question)[0]):
            answered = without_marks(next((turn.answer for turn in reversed(history) if turn.answer), ""))
            last = history[-1]
            other = of_another(question, last.question, without_marks(last.answer))
            if stands_alone := other or _found(question, opening, answered):
                return Rewriting(stands_alone)
            if not content_words(question) and last.question != opening:
                opening = f"{last.question} {opening}"
            queries = (f"{question} {answered[:400]}",) if answered else ()
            asked = of_whom(question, opening, answered) or question
            return Rewriting(with_topic(asked, opening), (opening, *queries))
        return Rewriting(put_in_place(question, opening) or without_going_on(question))

    async def follow_up(
        self, question: str, evidence: Sequence[Evidence], asked: Sequence[str], *, max_tokens: int
    ) -> FollowUp:
        return FollowUp(complete=True)

    async def answer(self, chains: Chains, *, max_tokens: int) -> AsyncIterator[TextDelta]:
        written = await apart(compose, chains)
        if not written:
            yield TextDelta(NOT_FOUND)
        for position, statement in enumerate(written):
            sentence = write_statement(statement.text, statement.numbers)
            # Blank lines keep quotations apart: a table's row goes on to the end of its line.
            yield TextDelta(sentence if position == 0 else f"\n\n{sentence}")
        yield TextDelta("", Usage())

    async def repair(self, question: str, claim: str, evidence: Sequence[Evidence], *, max_tokens: int) -> Repair:
        """No repair: a quotation can't say it better than its source does."""
        return Repair(None)


def _found(question: str, opening: str, answered: str) -> str | None:
    """A follow-up as a question of its own, where it is clear what it points to."""
    readings = (of_where(question, opening, answered), of_which(question, opening, answered))
    return put_in_place(question, opening) or next(filter(None, readings), None)


def compose(chains: Chains) -> list[Statement]:
    """The answer: the first of these that there is. A conclusion from two sentences or from a table, with its sources;
    a whole table or list; the rows of which one leads to another; the reply under a heading that asks the question; the
    best chain, its answer first and then what leads to it, or a lone sentence and one that is nearly as good."""
    if max((item.relevance for item in chains.evidence), default=0.0) < MIN_RELEVANCE:
        return []
    if is_unheard_of(chains.question, list({item.passage.key: item.passage for item in chains.evidence}.values())):
        return []
    if conclusion := conclude(chains.question, chains.evidence):
        return _concluded(conclusion, chains.evidence)
    if parts := parts_of_whole(chains.evidence):
        told = (replace(part, reading=part.told) for part in parts)
        return [Statement(text, (part.number,)) for part in told for text in quotations_of(part)]
    if not chains.direct and (rows := chained_rows(chains.evidence)):
        return [_quotation(replace(row, reading=row.part)) for row in reversed(rows)]
    telling = chains.telling_chains
    best = next(telling, None)
    if best is None or _passes_over(chains, best):
        return []
    if len(best.items) == 1 and (reply := reply_around(chains.asked, best.answer, chains.evidence)):
        return list(map(_quotation, reply))
    if len(best.items) > 1:
        return [_quotation(item) for item in (best.answer, *chains.leading_to(best))]
    answer = best.answer
    if alike := namesakes_of(answer, chains.asked, chains.evidence):
        return [_quotation(replace(row, reading=asked_of(chains.asked, row))) for row in alike]
    spoken_of = leant_on(answer, chains.evidence) if opens_with_pronoun(answer.said) else None
    second = spoken_of or _completion(chains, answer)
    if best == chains.direct:
        answer = replace(answer, reading=asked_of(chains.asked, answer))
    else:
        second = second or _nearly_as_good(chains, best, telling)
    return [_quotation(item) for item in (answer, second) if item]


def _concluded(conclusion: Conclusion, evidence: Sequence[Evidence]) -> list[Statement]:
    by_number = {item.number: item for item in evidence}
    # A row, or a chart's line, says no more than what was concluded from it; it stands among the sources.
    found = [by_number[number] for number in conclusion.numbers]
    rested_on = [item for item in found if not (cells_of(item.said) or item.of_rows)]
    leading = [by_number[number] for number in conclusion.leading]
    return [Statement(conclusion.text, conclusion.numbers), *map(_quotation, (*rested_on, *leading))]


def _nearly_as_good(chains: Chains, best: Chain, following: Iterator[Chain]) -> Evidence | None:
    """The answer of a chain close behind the best, if it adds something to the best one's."""
    least = chains.standing(best) - CLOSE
    close = takewhile(lambda chain: chains.standing(chain) >= least, following)
    others = (chain.answer for chain in close if not says_the_same(chain.answer, best.answer))
    return next((item for item in others if adds_to(best.answer, item, chains.question)), None)


def _completion(chains: Chains, answer: Evidence) -> Evidence | None:
    return completion_of(answer, chains.asked, chains.evidence)


def _passes_over(chains: Chains, best: Chain) -> bool:
    """Whether the question names a row that lacks what is asked, and the best chain says nothing of that either: then
    its answer is about something else. A number of the person it names may be what is asked."""
    for row in chains.evidence:
        if lacks_it_all(chains.asked, row, chains.evidence):
            name, lacking = cells_of(row.said)[0][1], lacking_in_row(row.said, chains.asked)
            told = any(lacking & content_words(item.in_context) for item in best.items)
            beside = (item.said for item in best.items if item.number != row.number)
            return not told and not any(name in said and any(map(str.isdigit, said)) for said in beside)
    return False


def _quotation(item: Evidence) -> Statement:
    return Statement(quotation_of(item), (item.number,))
