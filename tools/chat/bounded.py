"""An HTTP client that reads no more than a reply can have: an endpoint that never ends would fill the memory."""

import importlib
from collections.abc import AsyncIterator
from types import ModuleType
from typing import Any

from tools.errors import ModelUnavailable

MAX_REPLY_BYTES = 16_000_000
"""Some hundred bytes come with each token of a stream."""


def http_library(vendor: Any) -> ModuleType:
    """httpx, or its successor, below a vendor's client library."""
    return importlib.import_module(vendor.DefaultAsyncHttpxClient.__base__.__module__.partition(".")[0])


def bounded_client(vendor: Any, timeout: Any) -> Any:
    """The vendor's own HTTP client. Replies must come as they are: a few bytes can be unpacked into gigabytes."""

    class Bounded(http_library(vendor).AsyncByteStream):  # type: ignore[misc] # known when it is imported
        def __init__(self, response: Any) -> None:
            self._stream, self._host = response.stream, response.url.host

        async def __aiter__(self) -> AsyncIterator[bytes]:
            left = MAX_REPLY_BYTES
            async for piece in self._stream:
                left -= len(piece)
                if left < 0:
                    megabytes = MAX_REPLY_BYTES // 1_000_000
                    raise ModelUnavailable(
                        f"The model at {self._host} sent more than {megabytes} MB, which is no reply."
                    )
                yield piece

        async def aclose(self) -> None:
            await self._stream.aclose()

    async def bound(response: Any) -> None:
        if response.headers.get("content-encoding", "identity") != "identity":
            raise ModelUnavailable(f"The model at {response.url.host} packed its reply, which nobody asked for.")
        response.stream = Bounded(response)

    return vendor.DefaultAsyncHttpxClient(
        timeout=timeout, headers={"accept-encoding": "identity"}, event_hooks={"response": [bound]}
    )
