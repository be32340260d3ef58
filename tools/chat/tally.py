"""What one reply cost: the endpoint's own count if it gives one, else an estimate."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

from tools.chat.pricing import Price
from tools.ports import Message, TextDelta, Usage

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage

CHARACTERS_PER_TOKEN = 4
MOST_TAKEN_BY_A_TOKEN = 8
"""Twice what tokens of prose have on average: a reply that keeps to its limit is never taken for one that does not."""

MOST_COUNTED = 100_000_000
LEAST_LOGPROB = -10_000.0
"""OpenAI writes -9999 for what is out of its range."""

FIRST_DENSE = "\u2e80"
"""Where Chinese, Japanese and Korean begin; a token holds one or two of their characters."""

_STORED = ("cache_creation", "ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")


def estimated_tokens(characters: int) -> int:
    return math.ceil(characters / CHARACTERS_PER_TOKEN)


def room_of(max_tokens: int) -> int:
    """What a reply of so many tokens takes at the very most, in the unit of `taken`."""
    return max_tokens * MOST_TAKEN_BY_A_TOKEN


def taken(text: str) -> int:
    """Characters, those of scripts that put a word into one or two as three."""
    return len(text) + 2 * sum(character >= FIRST_DENSE for character in text)


@dataclass(frozen=True, slots=True)
class _Counted:
    """`cached` and `stored` tokens are part of the `read` ones."""

    read: int
    written: int
    cached: int = 0
    stored: int = 0


class Tally:
    """Adds up the pieces of one reply. Without a price its cost is reported as 0."""

    def __init__(self, messages: Sequence[Message], price: Price | None) -> None:
        self._prompt_characters = sum(len(message.content) for message in messages)
        self._price = price
        self._reply_characters = 0
        self._counted: _Counted | None = None
        self._logprobs: list[float] = []
        self.end: str | None = None
        """Why the reply ended, in the provider's word for it (`stop`, `end_turn`, `refusal`, …); None: it did not."""

    def add(self, piece: "AIMessage") -> str:
        """Count one piece, or a whole reply, and return its text."""
        text = str(piece.text)
        self._reply_characters += len(text) or sum(len(str(call["args"])) for call in piece.tool_calls)
        # Some endpoints send a running total with every piece: the last one counts, they are not summed.
        if counted := _counted_in(piece):
            self._counted = counted
            self.end = self.end or "counted"
        metadata = piece.response_metadata
        self._logprobs += _logprobs_of(metadata)
        self.end = metadata.get("finish_reason") or metadata.get("stop_reason") or self.end
        return text

    @property
    def usage(self) -> Usage:
        counted = self._counted or _Counted(
            estimated_tokens(self._prompt_characters), estimated_tokens(self._reply_characters)
        )
        price = self._price or Price(0.0, 0.0)
        cost = price.usd(counted.read, counted.written, cached=counted.cached, stored=counted.stored)
        return Usage(1, counted.read, counted.written, cost, counted.cached, unpriced_calls=int(self._price is None))

    @property
    def heard(self) -> Usage:
        """What a reply that broke off has cost so far; nothing before its first words, when it is asked again."""
        return self.usage if self._reply_characters or self._counted else Usage()

    def final(self) -> TextDelta:
        """The last delta of a stream; the mean log-probability is over the tokens the endpoint gave one for."""
        return TextDelta("", self.usage, fmean(self._logprobs) if self._logprobs else None)


def _counted_in(piece: "AIMessage") -> _Counted | None:
    """None where nothing was counted, or nonsense: a negative count would be money back."""
    counted = piece.usage_metadata
    if not counted:
        return None
    read, written = _tokens(counted["input_tokens"]), _tokens(counted["output_tokens"])
    if read is None or written is None or not read + written:
        return None
    details: Mapping[str, Any] = counted.get("input_token_details") or {}
    cached = min(_tokens(details.get("cache_read")) or 0, read)
    stored = min(sum(_tokens(details.get(name)) or 0 for name in _STORED), read - cached)
    return _Counted(read, written, cached, stored)


def _tokens(count: object) -> int | None:
    """None for what is no number of tokens that one reply can take; clients hand on what an endpoint wrote."""
    return count if isinstance(count, int) and 0 <= count <= MOST_COUNTED else None


def _logprobs_of(metadata: Mapping[str, Any]) -> list[float]:
    given = metadata.get("logprobs")
    tokens = given.get("content") if isinstance(given, Mapping) else None
    if not isinstance(tokens, list):
        return []
    values = (token.get("logprob") for token in tokens if isinstance(token, Mapping))
    return [float(value) for value in values if isinstance(value, int | float) and LEAST_LOGPROB <= value <= 0]
