"""What was paid for calls that brought nothing: the error tells it to whoever counts, and so does a cancellation."""

import asyncio

from tools.errors import CallFailed
from tools.ports import Usage

ENDINGS = (CallFailed, asyncio.CancelledError)


def owed(ending: BaseException | None) -> Usage:
    found = getattr(ending, "usage", None)
    return found if isinstance(found, Usage) else Usage()


def owe(ending: BaseException, usage: Usage) -> None:
    """Add to what it says was paid."""
    ending.__dict__["usage"] = owed(ending) + usage
