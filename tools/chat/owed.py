"""What was charged for calls that returned nothing: the error, or the cancellation, carries it to whoever counts.

So does the GeneratorExit of a stream that is left; each generator has one of its own, unless it is handed on.
"""

import asyncio

from tools.errors import CallFailed
from tools.ports import Usage

ENDINGS = (CallFailed, asyncio.CancelledError, GeneratorExit)


def owed(ending: BaseException | None) -> Usage:
    found = getattr(ending, "usage", None)
    return found if isinstance(found, Usage) else Usage()


def owe(ending: BaseException, usage: Usage) -> None:
    """Add usage to what this error or cancellation carries."""
    ending.__dict__["usage"] = owed(ending) + usage
