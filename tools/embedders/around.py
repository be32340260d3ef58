"""Base of embedders that wrap another one: to the store they are the same model."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

from tools.ports import Embedder, FloatArray

Kind = Literal["queries", "passages"]
Embed = Callable[[Sequence[str]], Awaitable[FloatArray]]


class AroundEmbedder(ABC):
    """Implements Embedder over another one; a subclass says what happens around a call in `_embed`."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    @property
    def name(self) -> str:
        return self._embedder.name

    @property
    def dimension(self) -> int:
        return self._embedder.dimension

    async def embed_queries(self, texts: Sequence[str]) -> FloatArray:
        return await self._embed("queries", texts, self._embedder.embed_queries)

    async def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        return await self._embed("passages", texts, self._embedder.embed_passages)

    @abstractmethod
    async def _embed(self, kind: Kind, texts: Sequence[str], embed: Embed) -> FloatArray: ...
