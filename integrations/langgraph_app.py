"""The same graph for LangGraph's own tools: `langgraph dev`, and whatever reads `langgraph.json`.

The input is `{"question": "…"}`; who asks and what it may cost is the run's context, e.g. `{"groups": ["finance"]}`.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from weakref import WeakKeyDictionary

from agent import Assistant, load_settings, open_assistant
from graph.build import Graph
from tools.errors import InvalidSetting


class _Opened:
    """An assistant that stays open as long as its event loop; dropping the context manager would close the store."""

    def __init__(self) -> None:
        self._context: AbstractAsyncContextManager[Assistant] = _open()
        self._assistant = asyncio.ensure_future(self._context.__aenter__())

    @property
    def failed(self) -> bool:
        opening = self._assistant
        return opening.done() and (opening.cancelled() or opening.exception() is not None)

    async def graph(self) -> Graph:
        return (await asyncio.shield(self._assistant)).graph

    async def close(self) -> None:
        await self._assistant
        await self._context.__aexit__(None, None, None)


@asynccontextmanager
async def _open() -> AsyncIterator[Assistant]:
    """Who runs the bare graph goes past the assistant, which keeps the audit log."""
    settings = await asyncio.to_thread(load_settings)
    if settings.audit == "required":
        raise InvalidSetting("HOPLINE_AUDIT is required, and LangGraph's tools run the graph without the audit log.")
    async with open_assistant(settings, create=True) as assistant:
        yield assistant


_opened: WeakKeyDictionary[asyncio.AbstractEventLoop, _Opened] = WeakKeyDictionary()


async def hopline() -> Graph:
    """The graph over the store that the settings name, opened once per event loop.

    LangGraph calls this for every request, also to draw the graph. If there is no store yet, an empty one is made.
    """
    loop = asyncio.get_running_loop()
    if loop not in _opened or _opened[loop].failed:
        _opened[loop] = _Opened()
    return await _opened[loop].graph()


async def close() -> None:
    """Close what this event loop opened; a server that ends its process need not call it."""
    opened = _opened.pop(asyncio.get_running_loop(), None)
    if opened is not None:
        await opened.close()
