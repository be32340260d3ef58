"""Ctrl-C and SIGTERM end a command in the same way: what is under way is let go of, and a line says so."""

import os
import signal
from types import FrameType

INTERRUPTED = 130
TERMINATED = 143

_terminated: list[int] = []


def take_sigterm() -> None:
    """From now on SIGTERM is Ctrl-C to whatever runs, unless it was to be ignored. A fork's child just ends."""
    process = os.getpid()

    def as_ctrl_c(number: int, frame: FrameType | None) -> None:
        if os.getpid() != process:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        _terminated.append(number)
        signal.raise_signal(signal.SIGINT)

    if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        signal.signal(signal.SIGTERM, as_ctrl_c)


def was_terminated() -> bool:
    return bool(_terminated)
