"""What a reader may still read of what was remembered, also where a document has another name since."""

import asyncio
from collections.abc import Sequence

from tools.names import name_key
from tools.passages import Reader
from tools.ports import PassageStore

MAX_ASKED = 200


async def readable_by_any_name(store: PassageStore, sources: Sequence[str], reader: Reader) -> frozenset[str]:
    """Those of the sources of which there is a passage that the reader may read, under this name or, renamed, under a
    later one. At most 200 are looked for under a later one.

    The store itself knows what a document was called before, so that a machine which ingests nothing knows it too.
    What authors give their documents for titles and aliases is kept as keys: a name that is spelled otherwise, as that
    of a file is, can be among a passage's names by a renaming alone.
    """
    readable = await store.readable_sources(sources, reader)
    others = [source for source in sources if source not in readable and source != name_key(source)][:MAX_ASKED]
    found = await asyncio.gather(*(_was_called(store, source, reader) for source in others))
    return readable.union(source for source, is_found in zip(others, found, strict=True) if is_found)


async def _was_called(store: PassageStore, name: str, reader: Reader) -> bool:
    return any(name in hit.passage.names for hit in await store.find_names([name], reader, 1))
