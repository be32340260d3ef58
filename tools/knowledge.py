"""What can be asked of the documents: search, follow links, open a document; always with a reader's rights."""

from collections.abc import Sequence

from tools.names import MAX_MENTIONS, mentions, name_key
from tools.passages import Hit, Passage, Reader
from tools.ports import Embedder, FloatArray, Onward, Searcher

MAX_DOCUMENT_PASSAGES = 1_000


class Knowledge:
    """A store with its embedder, for reading. Raises what these raise."""

    def __init__(self, searcher: Searcher, embedder: Embedder) -> None:
        self._searcher = searcher
        self._embedder = embedder

    @property
    def embedder_name(self) -> str:
        return self._embedder.name

    async def search(self, query: str, reader: Reader, limit: int) -> list[Hit]:
        """Hybrid search, best first."""
        return await self._searcher.search(query, await self.embed_query(query), reader, limit)

    async def follow_links(self, start: Passage | str | Sequence[str], reader: Reader, limit: int) -> list[Hit]:
        """Passages of documents that a passage links to or mentions, that a text mentions, or that have these names.

        A passage's own document is not among them; a name is a title, a reference number or a source.
        """
        if isinstance(start, Passage):
            found = await self._searcher.find_names(names_in(start), reader, limit)
            return [hit for hit in found if hit.passage.source != start.source]
        names = mentions(start) if isinstance(start, str) else start
        keys = dict.fromkeys(key for name in names for key in (name, name_key(name)) if key)
        return await self._searcher.find_names(list(keys), reader, limit)

    async def go_on(self, onward: Onward, reader: Reader, limit: int) -> list[Hit]:
        """Find the next step of a chain of evidence, in one request to the store."""
        return await self._searcher.find_onward(onward, reader, limit)

    async def open_document(self, source: str, reader: Reader, limit: int = MAX_DOCUMENT_PASSAGES) -> list[Hit]:
        """All passages of a source that the reader may read, in reading order; empty if there is no such source. A
        former name of a document works as well."""
        found = await self._searcher.find_sources([source], reader, limit)
        return found or await self._searcher.find_names([source], reader, limit)

    def opening_once(self) -> "Knowledge":
        """The same knowledge for one question: a document that is opened again is not read again."""
        return _OpeningOnce(self._searcher, self._embedder)

    async def embed_query(self, query: str) -> tuple[float, ...]:
        """The unit vector of a query. It is asked for several times per question: see `tools.embedders.cached`."""
        return (await self.embed_queries([query]))[0]

    async def embed_sentences(self, sentences: Sequence[str]) -> FloatArray:
        """Shape (n, dimension), rows of unit length."""
        return await self._embedder.embed_passages(sentences)

    async def embed_queries(self, queries: Sequence[str]) -> list[tuple[float, ...]]:
        """The unit vectors of several queries, in one batch."""
        distinct = list(dict.fromkeys(queries))
        rows = await self._embedder.embed_queries(distinct)
        vectors = {query: tuple(row.tolist()) for query, row in zip(distinct, rows, strict=True)}
        return [vectors[query] for query in queries]


class _OpeningOnce(Knowledge):
    def __init__(self, searcher: Searcher, embedder: Embedder) -> None:
        super().__init__(searcher, embedder)
        self._opened: dict[tuple[str, Reader, int], list[Hit]] = {}

    async def open_document(self, source: str, reader: Reader, limit: int = MAX_DOCUMENT_PASSAGES) -> list[Hit]:
        asked = source, reader, limit
        if asked not in self._opened:
            self._opened[asked] = await super().open_document(source, reader, limit)
        return self._opened[asked]


def names_in(passage: Passage) -> list[str]:
    """The names in a passage by which other documents may be found: targets of its links first, then mentions."""
    targets = [link.target for link in passage.links]
    own = {*passage.names, passage.source}
    return [name for name in dict.fromkeys([*targets, *mentions(passage.text)]) if name not in own][:MAX_MENTIONS]
