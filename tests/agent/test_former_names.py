"""Which remembered sources a reader may still read, when documents have been renamed since."""

import numpy as np

from agent.former_names import readable_by_any_name
from tests.doubles import MemoryStore
from tools.passages import Passage, Reader


async def store_of(*passages: Passage) -> MemoryStore:
    store = MemoryStore()
    await store.upsert(passages, np.zeros((len(passages), 4), dtype=np.float32))
    return store


def renamed(groups: tuple[str, ...] = ("public",), names: tuple[str, ...] = ("credits", "kb/credits.md")) -> Passage:
    return Passage("k", "p", "kb/creds.md", "Credits", "Ada sits in Porto.", groups=groups, names=names)


async def test_a_renamed_document_is_readable_under_the_name_it_had() -> None:
    store = await store_of(renamed())
    asked = ["kb/creds.md", "kb/credits.md", "kb/gone.md"]
    assert await readable_by_any_name(store, asked, Reader()) == {"kb/creds.md", "kb/credits.md"}


async def test_it_is_readable_to_its_readers_alone() -> None:
    store = await store_of(renamed(groups=("board",)))
    assert await readable_by_any_name(store, ["kb/credits.md"], Reader()) == frozenset()
    assert await readable_by_any_name(store, ["kb/credits.md"], Reader(groups=("board",))) == {"kb/credits.md"}
    assert await readable_by_any_name(store, ["kb/credits.md"], Reader(tenant="other")) == frozenset()


async def test_a_title_that_is_spelled_like_a_source_opens_nothing() -> None:
    store = await store_of(renamed(names=("secret plan",)))
    assert await readable_by_any_name(store, ["secret plan"], Reader()) == frozenset()
