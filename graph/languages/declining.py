"""A model's stream brought to the contract: an answer, or exactly one line that begins with `NOT FOUND:`.

Small models mix the two: they answer and then add a NOT FOUND, put marks behind it, or go on explaining.
"""

import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from graph.language import NOT_FOUND
from tools.ports import TextDelta

MAX_MISSING_CHARACTERS = 300
EMPTY_REPLY = f"{NOT_FOUND} the model wrote nothing"

_WORDS = NOT_FOUND.rstrip(":")
_DECORATION = " \t\r\n*_\"'`#>-"
_MARKS = re.compile(r"\s*\[\d+(?:\s*[,–-]\s*\d+)*\]")


class _Settling:
    """Takes the text as it grows and says what of it may be shown."""

    def __init__(self) -> None:
        self._text = ""
        self._shown = 0

    def feed(self, piece: str) -> str:
        self._text += piece
        opening = self._text.lstrip(_DECORATION)[: len(_WORDS)].upper()
        if _WORDS.startswith(opening):
            return ""
        return self._show(self._end())

    def finish(self) -> str:
        opening = self._text.lstrip(_DECORATION)
        if opening[: len(_WORDS)].upper() == _WORDS:
            return _refusal(opening[len(_WORDS) :])
        at = self._text.find(_WORDS)
        rest = self._show(len(self._text) if at < 0 else at)
        return rest if self._text.strip() else EMPTY_REPLY

    def _end(self) -> int:
        """Up to a NOT FOUND, or to what could be growing into one."""
        at = self._text.find(_WORDS)
        if at >= 0:
            return at
        tails = (n for n in range(len(_WORDS) - 1, 0, -1) if self._text.endswith(_WORDS[:n]))
        return len(self._text) - next(tails, 0)

    def _show(self, end: int) -> str:
        shown, self._shown = self._text[self._shown : end], max(self._shown, end)
        return shown


async def settled(deltas: AsyncIterator[TextDelta]) -> AsyncGenerator[TextDelta, None]:
    """The same stream, held back only while it could still become a NOT FOUND.

    One that opens the reply makes all of it a refusal, sent as one piece; one that comes later ends the text.
    """
    settling = _Settling()
    last: TextDelta | None = None
    async with _closing(deltas):
        async for delta in deltas:
            if delta.usage is not None:
                last = delta
            elif text := settling.feed(delta.text):
                yield TextDelta(text)
    if text := settling.finish():
        yield TextDelta(text)
    if last is not None:
        yield last


@asynccontextmanager
async def _closing(deltas: AsyncIterator[TextDelta]) -> AsyncIterator[None]:
    """A stream that is left early lets its connection go at once, not when it is collected."""
    try:
        yield
    finally:
        if isinstance(deltas, AsyncGenerator):
            await deltas.aclose()


def _refusal(written: str) -> str:
    """`NOT FOUND:` and the first line of what is missing, without marks."""
    missing = _MARKS.sub("", written).strip(f"{_DECORATION}:").split("\n")[0].strip()
    return f"{NOT_FOUND} {missing[:MAX_MISSING_CHARACTERS] or 'the answer'}"
