"""Runs pure Python work beside the event loop, which it would otherwise block."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Value = TypeVar("Value")

_ONE = ThreadPoolExecutor(1, thread_name_prefix="hopline-reasoning")
"""One thread: under the interpreter's lock a second would only take turns with it, and with the loop more often."""


async def apart(work: Callable[Arguments, Value], *args: Arguments.args, **kwargs: Arguments.kwargs) -> Value:
    """Run `work` in the thread for such work. That costs 0.1 ms, so it pays for work of several. Work that is cancelled
    before it starts is not done."""
    return await asyncio.get_running_loop().run_in_executor(_ONE, partial(work, *args, **kwargs))
