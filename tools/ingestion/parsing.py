"""From the bytes of one file to its passages: what a parser does, wherever it runs."""

from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Protocol

from tools.ingestion.access_file import NO_RULE
from tools.ingestion.chunker import chunk_document
from tools.ingestion.documents import Document, Limits, Metadata, UnclearRights, title_of
from tools.ingestion.readers import read_document
from tools.passages import Passage


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a file from where it was fetched; what the file says of itself counts more."""

    url: str | None = None
    title: str | None = None
    updated: str | None = None


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
    told: Told = Told()


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
    """Parses at once, in the caller's thread: for files one can trust; a hostile one can take it down."""

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
    document = _with_what_was_told(read_document(task.data, task.source, task.limits), task.told)
    return chunk_document(
        document,
        groups=_readers_of(document.metadata, task),
        tenant=task.tenant,
        chunk_characters=task.chunk_characters,
        address=task.told.url,
    )


def _readers_of(metadata: Metadata, task: Task) -> tuple[str, ...]:
    """A document's own word, else its place's. Raises UnclearRights without either, or for another tenant."""
    if metadata.tenant not in (None, task.tenant):
        raise UnclearRights(task.source, f"says that it belongs to tenant {metadata.tenant!r}")
    if not (metadata.groups or task.groups):
        raise UnclearRights(task.source, NO_RULE)
    return metadata.groups or task.groups


def _with_what_was_told(document: Document, told: Told) -> Document:
    metadata = replace(
        document.metadata,
        url=document.metadata.url or told.url,
        updated=document.metadata.updated or told.updated,
    )
    is_named_after_its_file = document.title == title_of(document.source)
    title = title_of(document.source, told.title) if told.title and is_named_after_its_file else document.title
    return replace(document, metadata=metadata, title=title)
