"""Work of pure Python that would keep the event loop from everybody else."""

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
    """`work` in the thread for it. Worth its 0.1 ms for what takes several; what is cancelled before its turn is not
    done."""
    return await asyncio.get_running_loop().run_in_executor(_ONE, partial(work, *args, **kwargs))
