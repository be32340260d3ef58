"""A question that asks for a document several times has the store read it once; others read it anew."""

from collections.abc import Sequence

from tests.doubles import HashEmbedder, MemoryStore
from tools.knowledge import Knowledge
from tools.passages import Hit, Passage, Reader

PAGE = Passage("key", "id", "page.md", "Page", "Soup is served.")


class Counting(MemoryStore):
    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []

    async def find_sources(self, sources: Sequence[str], reader: Reader, limit: int) -> list[Hit]:
        self.read += sources
        return [Hit(PAGE)]


async def test_a_document_is_opened_once_a_question_for_each_reader_and_length() -> None:
    store = Counting()
    knowledge = Knowledge(store, HashEmbedder(8))
    asking = knowledge.opening_once()
    for reader, limit in ((Reader(), 3), (Reader(), 3), (Reader(groups=("hr",)), 3), (Reader(), 4)):
        assert await asking.open_document("page.md", reader, limit) == [Hit(PAGE)]
    assert len(store.read) == 3
    await knowledge.opening_once().open_document("page.md", Reader(), 3)
    assert len(store.read) == 4, "nothing survives into the next question"
