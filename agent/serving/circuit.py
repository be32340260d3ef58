"""A circuit breaker (Nygard, "Release It!"): a service that has failed repeatedly is not called for a while.

We wrote our own because the libraries we looked at allow any number of trial calls after the rest, count a refusal or a
cancelled caller as a success, and measure the rest on a clock that can be set back.
"""

import time

from tools.errors import may_pass


class Circuit:
    """Closed at first. After `opens_after` passing failures in a row it rests for `rests_seconds`; then one may try.

    Its success closes the circuit, its failure begins another rest, and anything else, a refusal or a caller who left,
    lets the next one try. A try that takes longer than a rest keeps nobody else from the next. What a call brings that
    began before the circuit opened says nothing about how things are now.
    """

    def __init__(self, *, opens_after: int, rests_seconds: float) -> None:
        self._opens_after, self._rests_seconds = opens_after, rests_seconds
        self._failures = 0
        self._rests_until: float | None = None
        self._openings = 0

    def seconds_left(self) -> float:
        """Seconds until a call may begin; 0 if one may begin now."""
        return 0.0 if self._rests_until is None else max(0.0, self._rests_until - time.monotonic())

    def begin(self) -> int:
        """Note that a call begins; pass what this returns to `ended`."""
        if self._rests_until is not None:
            self._rest()
        return self._openings

    def ended(self, begun: int, error: BaseException | None) -> None:
        if begun != self._openings:
            return
        if error is None:
            self._failures, self._rests_until = 0, None
        elif may_pass(error):
            self._failures += 1
            if self._failures >= self._opens_after:
                self._openings += 1
                self._rest()
        elif self._rests_until is not None:
            self._rests_until = time.monotonic()

    def _rest(self) -> None:
        self._rests_until = time.monotonic() + self._rests_seconds
