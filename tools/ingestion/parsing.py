"""What a parser is given to do, wherever it runs; first of all, from the bytes of one file to its passages."""

from concurrent.futures import Future
from dataclasses import astuple, dataclass, fields, replace
from typing import Any, Protocol, TypeVar

from tools.ingestion.access_file import NO_RULE
from tools.ingestion.chunker import chunk_document
from tools.ingestion.documents import Document, Limits, Metadata, UnclearRights, title_of
from tools.ingestion.notices import with_notices
from tools.ingestion.readers import read_document
from tools.passages import Link, Passage

_FIELDS = tuple(field.name for field in fields(Passage))
Made = TypeVar("Made")
Makes = TypeVar("Makes", covariant=True)


class Task(Protocol[Makes]):
    """Bytes from outside that have to be understood: pickled on the way to a worker, and what it finds in them is JSON
    on the way back."""

    @property
    def source(self) -> str:
        """What a failure names."""
        ...

    def found(self) -> Any:
        """In the worker: what JSON can say. Raises UnreadableSource naming the source, or UnclearRights."""
        ...

    def made(self, found: Any) -> Makes:
        """In the process that asked: what was found, in our own types."""
        ...


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a file from where it was fetched; what the file says of itself counts more."""

    url: str | None = None
    title: str | None = None
    updated: str | None = None


@dataclass(frozen=True, slots=True)
class FileTask:
    """Implements Task. One file to make passages of; `groups` read it unless it names its own. `origin` names its
    passages, and `known` are the keys of those that the store holds: whoever embeds as well leaves these out."""

    data: bytes
    source: str
    groups: tuple[str, ...]
    tenant: str
    chunk_characters: int
    limits: Limits
    origin: str = ""
    known: frozenset[str] = frozenset()
    told: Told = Told()

    def found(self) -> list[Any]:
        return [astuple(passage) for passage in parse(self)]

    def made(self, found: list[Any]) -> tuple[Passage, ...]:
        return tuple(_passage(row) for row in found)


class Parser(Protocol):
    """Does several tasks at a time; may be called from any thread."""

    @property
    def capacity(self) -> int:
        """How many tasks are worth having under way."""
        ...

    def submit(self, task: Task[Made]) -> "Future[Made]":
        """The future raises UnreadableSource naming the task's source, or UnclearRights."""
        ...

    def close(self) -> None: ...


class ParserInProcess:
    """Parses at once, in the caller's thread: for files one can trust; a hostile one can take it down."""

    capacity = 1

    def submit(self, task: Task[Made]) -> "Future[Made]":
        done: Future[Made] = Future()
        try:
            done.set_result(task.made(task.found()))
        except Exception as error:  # noqa: BLE001 - raised again where the result is asked for
            done.set_exception(error)
        return done

    def close(self) -> None:
        """Holds nothing."""


def parse(task: FileTask) -> tuple[Passage, ...]:
    """Raises UnreadableSource naming the source with the reason, or UnclearRights."""
    document = with_notices(_with_what_was_told(read_document(task.data, task.source, task.limits), task.told))
    return chunk_document(
        document,
        groups=_readers_of(document.metadata, task),
        tenant=task.tenant,
        chunk_characters=task.chunk_characters,
        address=task.told.url,
    )


def _readers_of(metadata: Metadata, task: FileTask) -> tuple[str, ...]:
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


def _passage(row: list[Any]) -> Passage:
    """JSON knows lists only; `lines`, `links` and `sections` are pairs, the other lists are names."""
    written = dict(zip(_FIELDS, row, strict=True))
    lists = {name: tuple(value) for name, value in written.items() if isinstance(value, list)}
    links = tuple(Link(*link) for link in written["links"])
    sections = tuple((start, tuple(path)) for start, path in written["sections"])
    return Passage(**{**written, **lists, "links": links, "sections": sections})
