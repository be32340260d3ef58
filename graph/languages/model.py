"""Language by a model: one call a step, small flat schemas, and sanity rules that a weak model's reply must pass.

A reply that can't be used costs quality, not the answer: rewriting falls back to the question, the chain counts as
complete, the claim is not repaired. A model that is down or refuses is the caller's to know.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Literal

from pydantic import BaseModel, Field

from graph.chaining.chains import Chains, with_neighbours
from graph.checking.citations import read_statements, write_statement
from graph.conclusions.comparing import Conclusion
from graph.conclusions.concluding import conclude
from graph.evidence import Evidence
from graph.language import NOT_FOUND, FollowUp, Repair, Rewriting, Turn
from graph.languages.declining import settled
from graph.prompts import load_messages
from graph.prompts.rendering import (
    fence_around,
    fitting,
    one_line,
    rendered_conversation,
    rendered_evidence,
    tokens_at_most,
)
from graph.questions.breadth import asks_at_length
from graph.questions.standing_alone import points_back, question_alone, small_talk_reply
from graph.structure.row_chains import chained_rows
from graph.structure.steps import steps_of
from graph.texts.words import content_words
from tools.errors import BadReply
from tools.ports import ChatModel, JsonObject, Message, TextDelta, Usage

log = logging.getLogger("hopline.language")

MIN_ANSWER_TOKENS = 300
MAX_ANSWER_TOKENS = 400
MAX_ACCOUNT_TOKENS = 1_000
ALL_OF_IT = ", leaving out nothing that is asked for"
"""What the call for an account adds behind the question; the system's message is the same for all, so that a provider
keeps it."""

REWRITE_TOKENS = 250
FOLLOW_UP_TOKENS = 120
REPAIR_TOKENS = 150
MAX_SUB_QUESTIONS = 3
TELLING = 10
"""Sentences that an answer is written from. By their chains, ten hold the answer as often as sixteen by relevance."""

SHOWN_TOKENS = 600
"""Where those are short, such as a chat's lines or a table's rows, what stands beside them is shown up to this."""

MAX_QUERY_CHARACTERS = 300
MAX_NEW_WORDS = 0.5

_PLACEHOLDER = re.compile(r"[\[<{#]")


# Limits for the endpoint's decoder only: a tiny model in a loop is stopped by them, a wordy one is not refused.
_SHORT: JsonObject = {"maxLength": MAX_QUERY_CHARACTERS}


class RewriteReply(BaseModel):
    question: str = Field(json_schema_extra=_SHORT)
    sub_questions: list[str] = Field(default_factory=list, json_schema_extra={"maxItems": MAX_SUB_QUESTIONS})


class FollowUpReply(BaseModel):
    complete: bool
    next_question: str = Field("", json_schema_extra=_SHORT)


class RepairReply(BaseModel):
    sentence: str = Field(json_schema_extra=_SHORT)


class ModelLanguage:
    """`graph.language.Language` by a chat model."""

    def __init__(self, chat: ChatModel) -> None:
        self._chat = chat

    @property
    def mode(self) -> Literal["extractive", "model"]:
        return "model"

    @property
    def max_calls_of_answer(self) -> int:
        return 1

    async def rewrite(self, question: str, history: Sequence[Turn]) -> Rewriting:
        """No call for small talk and for what opens a conversation: there is nothing to complete, and what it asks
        for in parts is asked for when the chain turns out to be open."""
        if small_talk := small_talk_reply(question):
            return Rewriting(question, small_talk=small_talk)
        question = question_alone(question)
        if not history:
            return Rewriting(question)
        prompt = await _prompt("rewrite", conversation=rendered_conversation(history), question=one_line(question))
        try:
            reply = await self._chat.structured(prompt, RewriteReply, max_tokens=REWRITE_TOKENS)
        except BadReply as error:
            log.warning("the question is used as it was asked: %s", error)
            return Rewriting(question, _beside_last_question(question, history), usage=error.usage)
        said = content_words(" ".join([question, *(f"{turn.question} {turn.answer}" for turn in history)]))
        alone = " ".join(reply.value.question.split())
        if not _about(alone, said, max_characters=3 * len(question) + 200):
            alone = question
        parts = [" ".join(part.split()) for part in reply.value.sub_questions]
        queries: tuple[str, ...] = ()
        for part in parts:
            usable = _about(part, said, MAX_QUERY_CHARACTERS) and not _PLACEHOLDER.search(part)
            if usable and not any(_same(part, other) for other in (alone, *queries)):
                queries += (part,)
        queries = queries[:MAX_SUB_QUESTIONS]
        if _same(alone, question):
            queries += _beside_last_question(question, history)
        return Rewriting(alone, queries, usage=reply.usage)

    async def follow_up(
        self, question: str, evidence: Sequence[Evidence], asked: Sequence[str], *, max_tokens: int
    ) -> FollowUp:
        """A missing, repeated or over-long next question counts as a complete chain: it leads nowhere."""
        tried = "; ".join(one_line(query) for query in asked) or "nothing"
        prompt, shown = await _fitted_prompt(
            "follow_up", evidence, max_tokens - FOLLOW_UP_TOKENS, asked=tried, question=one_line(question)
        )
        if evidence and not shown:
            return FollowUp(complete=True)
        try:
            reply = await self._chat.structured(prompt, FollowUpReply, max_tokens=FOLLOW_UP_TOKENS)
        except BadReply as error:
            log.warning("the chain of evidence is taken as complete: %s", error)
            return FollowUp(complete=True, usage=error.usage)
        query = " ".join(reply.value.next_question.split())
        repeated = any(_same(query, earlier) for earlier in (question, *asked))
        sane = 0 < len(query) <= MAX_QUERY_CHARACTERS and content_words(query) and not _PLACEHOLDER.search(query)
        if reply.value.complete or repeated or not sane:
            return FollowUp(complete=True, usage=reply.usage)
        return FollowUp(complete=False, query=query, usage=reply.usage)

    async def answer(self, chains: Chains, *, max_tokens: int) -> AsyncIterator[TextDelta]:
        """The answer alone: its marks lead to the sentences. What follows from comparing two of them is said without a
        call; it declines by itself when there is no evidence or no room to show any."""
        question = one_line(chains.put)
        conclusion, telling = _concluded_and_shown(chains)
        if conclusion:
            yield TextDelta(write_statement(conclusion.answer, conclusion.numbers))
            yield TextDelta("", Usage())
            return
        extent, most = (ALL_OF_IT, MAX_ACCOUNT_TOKENS) if asks_at_length(question) else ("", MAX_ANSWER_TOKENS)
        prompt, shown = await _fitted_prompt(
            "generate", telling, max_tokens - MIN_ANSWER_TOKENS, question=question, extent=extent
        )
        if not shown:
            why = "the token limit of this question leaves no room for the documents" if chains.evidence else question
            yield TextDelta(f"{NOT_FOUND} {why}")
            yield TextDelta("", Usage())
            return
        room = min(most, max_tokens - _tokens_of(prompt))
        async with aclosing(settled(self._chat.stream(prompt, max_tokens=room), question)) as deltas:
            async for delta in deltas:
                yield delta

    async def repair(self, question: str, claim: str, evidence: Sequence[Evidence], *, max_tokens: int) -> Repair:
        """The claim's repair keeps only marks that stand for the evidence given; without one there is none."""
        prompt, shown = await _fitted_prompt(
            "repair", evidence, max_tokens - REPAIR_TOKENS, question=one_line(question), claim=" ".join(claim.split())
        )
        if not shown:
            return Repair(None)
        try:
            reply = await self._chat.structured(prompt, RepairReply, max_tokens=REPAIR_TOKENS)
        except BadReply as error:
            log.warning("the claim is not repaired: %s", error)
            return Repair(None, error.usage)
        numbers = {item.number for item in shown}
        text = _with_marks_of(numbers, " ".join(reply.value.sentence.split()))
        return Repair(text, reply.usage)


def _concluded_and_shown(chains: Chains) -> tuple[Conclusion | None, list[Evidence]]:
    """What needs no model, if anything, and the sentences that one is shown: the steps and the rows that lead to each
    other, which were brought for this very question, before those of the likeliest chains; then what is to stand beside
    these, which goes first where it is the page that is asked about."""
    brought = [*chained_rows(chains.evidence), *steps_of(chains.evidence)]
    telling = _once([*brought, *chains.telling(TELLING)])[: max(TELLING, len(brought))]
    telling = _once([*chains.beside, *telling] if asks_at_length(chains.put) else [*telling, *chains.beside])
    shown = _once(with_neighbours(telling, chains.evidence))
    return conclude(chains.question, chains.evidence), shown[: max(len(telling), len(fitting(shown, SHOWN_TOKENS)))]


def _once(items: Sequence[Evidence]) -> list[Evidence]:
    """Each of them once, and none that another says as well, as a step of several sentences says each of these."""
    once = {item.number: item for item in items}.values()
    return [item for item in once if not any(_says_more(other, item) for other in once)]


def _says_more(one: Evidence, other: Evidence) -> bool:
    is_longer = one.end - one.start > other.end - other.start
    is_around = one.start <= other.start and other.end <= one.end
    return is_longer and is_around and one.passage.source == other.passage.source


async def _prompt(name: str, **variables: str) -> list[Message]:
    return await asyncio.to_thread(_messages, name, **variables)


def _messages(name: str, **variables: str) -> list[Message]:
    """The step's messages; what they quote stands in a fence that no document can know and so can't close."""
    nonce = fence_around(*variables.values())
    [fencing] = load_messages("fencing", nonce=nonce)
    return load_messages(name, nonce=nonce, fencing=fencing.content, **variables)


async def _fitted_prompt(
    name: str, evidence: Sequence[Evidence], max_tokens: int, **variables: str
) -> tuple[list[Message], list[Evidence]]:
    """The prompt with as much of the evidence, best first, as `max_tokens` has room for, and that evidence."""

    def fitted() -> tuple[list[Message], list[Evidence]]:
        empty = _messages(name, evidence="", **variables)
        shown = fitting(evidence, max_tokens - _tokens_of(empty))
        return _messages(name, evidence=rendered_evidence(shown) or "(no sentences)", **variables), shown

    return await asyncio.to_thread(fitted)


def _tokens_of(messages: Sequence[Message]) -> int:
    return sum(tokens_at_most(message.content) for message in messages)


def _about(text: str, said: frozenset[str], max_characters: int) -> bool:
    """Is it of a sane length and mostly in words of the conversation? Small models repeat their prompt's example."""
    words = content_words(text)
    return 0 < len(text) <= max_characters and len(words & said) > MAX_NEW_WORDS * len(words)


def _same(one: str, other: str) -> bool:
    return one.casefold().strip(" ?.!,") == other.casefold().strip(" ?.!,")


def _beside_last_question(question: str, history: Sequence[Turn]) -> tuple[str, ...]:
    """For a follow-up that could not be completed: a query that at least holds what the conversation was about."""
    if not history or not points_back(question):
        return ()
    return (f"{history[-1].question} {question}"[:MAX_QUERY_CHARACTERS],)


def _with_marks_of(numbers: set[int], text: str) -> str | None:
    """The reply with the marks of these numbers alone, whatever their shape; None if it has none of them."""
    said = read_statements(text, numbers)
    kept = " ".join(write_statement(one.text, one.numbers) for one in said)
    is_usable = any(one.numbers for one in said) and any(content_words(one.text) for one in said)
    return kept if is_usable and NOT_FOUND not in kept else None
