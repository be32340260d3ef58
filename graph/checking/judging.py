"""A model as the judge of claims that the verifier doubts, with one call for all of them."""

import asyncio
import logging
from collections.abc import Sequence
from string import ascii_uppercase
from typing import Protocol

from pydantic import BaseModel, Field

from graph.evidence import Evidence
from graph.prompts import load_messages
from graph.prompts.rendering import fence_around, one_line, rendered_evidence, tokens_at_most
from graph.state import CheckedClaim
from tools.errors import BadReply
from tools.ports import ChatModel, Message, Usage, Verdict

log = logging.getLogger("hopline.judging")

DOUBTFUL = (0.25, 0.65)
"""Verifier scores between which a judge is asked: up to the lower one it is a no, from the higher one on a yes, and no
call is spent on either. The lower one is what the built-in verifier gives at most where a number, date or name differs
from the evidence: what is known for certain, no judge overrules."""

WORTH = 4.0
"""How many times likelier a supported claim gets the judge's yes than another, and an unsupported one its no. A guess
on the low side: small models are poor judges, so that one word of theirs overrules a doubt and no near certainty."""

MAX_JUDGED = 8
JUDGE_TOKENS = 80


class JudgeReply(BaseModel):
    supported: list[str] = Field(
        json_schema_extra={"maxItems": MAX_JUDGED, "items": {"type": "string", "maxLength": 1}}
    )


class Judge(Protocol):
    async def judge(
        self, question: str, claims: Sequence[CheckedClaim], evidence: Sequence[Evidence], *, max_tokens: int
    ) -> tuple[list[Verdict] | None, Usage]:
        """A verdict for each claim, in order; None when no usable reply came. At most `MAX_JUDGED` claims."""
        ...


class ModelJudge:
    """`Judge` by a chat model. It can only pick letters: nothing that it writes reaches a reader."""

    def __init__(self, chat: ChatModel) -> None:
        self._chat = chat

    async def judge(
        self, question: str, claims: Sequence[CheckedClaim], evidence: Sequence[Evidence], *, max_tokens: int
    ) -> tuple[list[Verdict] | None, Usage]:
        prompt = await asyncio.to_thread(_prompt, question, claims, evidence)
        if sum(tokens_at_most(message.content) for message in prompt) + JUDGE_TOKENS > max_tokens:
            return None, Usage()
        try:
            reply = await self._chat.structured(prompt, JudgeReply, max_tokens=JUDGE_TOKENS)
        except BadReply as error:
            log.warning("the verifier's verdicts stand: %s", error)
            return None, error.usage
        letters = {letter.strip().strip(".)").upper() for letter in reply.value.supported}
        if letters - set(ascii_uppercase[: len(claims)]):
            log.warning("the verifier's verdicts stand: the judge named statements that were not asked about")
            return None, reply.usage
        lettered = zip(ascii_uppercase, claims, strict=False)
        return [judged(claim.score, letter in letters) for letter, claim in lettered], reply.usage


def judged(score: float, found: bool) -> Verdict:
    """The verifier's score and the judge's word combined: their odds are multiplied."""
    worth = WORTH if found else 1 / WORTH
    score = score * worth / (score * worth + 1 - score)
    return Verdict("supported" if score >= 0.5 else "unsupported", score)


def doubtful(claims: Sequence[CheckedClaim]) -> list[int]:
    """The places of the claims to ask a judge about. A claim that cites nothing is not doubtful but unsupported."""
    low, high = DOUBTFUL
    return [place for place, claim in enumerate(claims) if claim.markers and low < claim.score < high][:MAX_JUDGED]


def _prompt(question: str, claims: Sequence[CheckedClaim], evidence: Sequence[Evidence]) -> list[Message]:
    cited = {number for claim in claims for number in claim.markers}
    statements = "\n".join(
        f"{letter}. {one_line(claim.text)} {''.join(f'[{number}]' for number in claim.markers)}"
        for letter, claim in zip(ascii_uppercase, claims, strict=False)
    )
    asked, shown = one_line(question), rendered_evidence([item for item in evidence if item.number in cited])
    nonce = fence_around(asked, shown, statements)
    [fencing] = load_messages("fencing", nonce=nonce)
    return load_messages(
        "judge", nonce=nonce, fencing=fencing.content, evidence=shown, question=asked, statements=statements
    )
