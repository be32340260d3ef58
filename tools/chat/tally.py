"""What one reply cost: the endpoint's own count where it gives one, an estimate where it does not."""

import math
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, Any

from tools.ports import Message, TextDelta, Usage

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage

CHARACTERS_PER_TOKEN = 4


def estimated_tokens(characters: int) -> int:
    return math.ceil(characters / CHARACTERS_PER_TOKEN)


class Tally:
    """Adds up the pieces of one reply. Prices are in USD per million tokens."""

    def __init__(self, messages: Sequence[Message], input_price: float, output_price: float) -> None:
        self._prompt_characters = sum(len(message.content) for message in messages)
        self._prices = (input_price, output_price)
        self._reply_characters = 0
        self._counted: tuple[int, int] | None = None
        self._logprobs: list[float] = []
        self.finished = False

    def add(self, piece: "AIMessage") -> str:
        """Count one piece (or a whole reply) and return its text."""
        text = str(piece.text)
        self._reply_characters += len(text)
        counted = piece.usage_metadata
        # Some endpoints send a running total with every piece: the last one counts, they are not summed.
        if counted and counted["input_tokens"] + counted["output_tokens"] > 0:
            self._counted = (counted["input_tokens"], counted["output_tokens"])
            self.finished = True
        self._logprobs += _logprobs_of(piece.response_metadata)
        self.finished = self.finished or bool(piece.response_metadata.get("finish_reason"))
        return text

    @property
    def usage(self) -> Usage:
        read, written = self._counted or (
            estimated_tokens(self._prompt_characters),
            estimated_tokens(self._reply_characters),
        )
        cost = (read * self._prices[0] + written * self._prices[1]) / 1_000_000
        return Usage(model_calls=1, input_tokens=read, output_tokens=written, cost_usd=cost)

    def final(self) -> TextDelta:
        """The last delta of a stream; the mean log-probability is over the tokens the endpoint gave one for."""
        return TextDelta("", self.usage, fmean(self._logprobs) if self._logprobs else None)


def _logprobs_of(metadata: Mapping[str, Any]) -> list[float]:
    given = metadata.get("logprobs")
    tokens = given.get("content") if isinstance(given, Mapping) else None
    values = (token.get("logprob") for token in tokens or () if isinstance(token, Mapping))
    return [float(value) for value in values if isinstance(value, int | float) and math.isfinite(value)]
