"""Optional parts of a request: used as long as the endpoint accepts them, and remembered once it does not."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from tools.chat.refusals import ParameterRefused

Way = TypeVar("Way")
Value = TypeVar("Value")


class Fallbacks(Generic[Way]):
    """Ways of asking for the same thing, best first; starts at the one that last worked."""

    def __init__(self, ways: Sequence[Way]) -> None:
        self._ways = tuple(ways)
        self._first = 0

    async def first_accepted(self, ask: Callable[[Way], Awaitable[Value]]) -> Value:
        """The reply to the first way that is not refused.

        When all are refused, the fault is the request's own: the first refusal is raised and nothing is remembered.
        """
        refusal: ParameterRefused | None = None
        for position in range(self._first, len(self._ways)):
            try:
                value = await ask(self._ways[position])
            except ParameterRefused as error:
                refusal = refusal or error
                continue
            self._first = max(self._first, position)
            return value
        assert refusal is not None, "Fallbacks needs at least one way"
        raise refusal
