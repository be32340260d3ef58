"""From the bytes of one file to its passages: what a parser does, wherever it runs."""

from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from tools.ingestion.chunker import chunk_document
from tools.ingestion.documents import Limits
from tools.ingestion.readers import read_document
from tools.passages import Passage


@dataclass(frozen=True, slots=True)
class Task:
    """One file to make passages of; `groups` read it unless it names its own. `origin` names its passages, and `known`
    are the keys of those that the store holds: whoever embeds as well leaves these out."""

    data: bytes
    source: str
    groups: tuple[str, ...]
    tenant: str
    chunk_characters: int
    limits: Limits
    origin: str = ""
    known: frozenset[str] = frozenset()


class Parser(Protocol):
    """Parses several files at a time; may be called from any thread."""

    @property
    def capacity(self) -> int:
        """How many tasks are worth having under way."""
        ...

    def submit(self, task: Task) -> "Future[tuple[Passage, ...]]":
        """The future raises UnreadableSource naming the task's source, or UnclearRights."""
        ...

    def close(self) -> None: ...


class ParserInProcess:
    """Parses at once, in the caller's thread."""

    capacity = 1

    def submit(self, task: Task) -> "Future[tuple[Passage, ...]]":
        done: Future[tuple[Passage, ...]] = Future()
        try:
            done.set_result(parse(task))
        except Exception as error:  # noqa: BLE001 - raised again where the result is asked for
            done.set_exception(error)
        return done

    def close(self) -> None:
        """Holds nothing."""


def parse(task: Task) -> tuple[Passage, ...]:
    """Raises UnreadableSource naming the source with the reason, or UnclearRights."""
    document = read_document(task.data, task.source, task.limits)
    return chunk_document(
        document,
        groups=document.metadata.groups or task.groups,
        tenant=task.tenant,
        chunk_characters=task.chunk_characters,
    )
