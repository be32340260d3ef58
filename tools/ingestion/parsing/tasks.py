"""Tasks for a parser, wherever it runs. The main one turns the bytes of a file into passages."""

from concurrent.futures import Future
from dataclasses import astuple, dataclass, field, fields, replace
from typing import Any, Protocol, TypeVar

from tools.ingestion.documents import Document, Limits, Metadata, UnclearRights, title_of
from tools.ingestion.files.mirror_index import Told
from tools.ingestion.formats.readers import read_document
from tools.ingestion.parsing.chunker import chunk_document
from tools.ingestion.rights.access_file import NO_RULE
from tools.ingestion.superseding.notices import with_notices
from tools.passages import Link, Passage

_FIELDS = tuple(field.name for field in fields(Passage))
Made = TypeVar("Made")
Makes = TypeVar("Makes", covariant=True)


class Task(Protocol[Makes]):
    """Work on bytes from outside. It is pickled on its way to a worker; its result comes back as JSON."""

    @property
    def source(self) -> str:
        """The source to name in an error."""
        ...

    def found(self) -> Any:
        """Runs in the worker; returns what JSON can hold. Raises UnreadableSource naming the source, or
        UnclearRights."""
        ...

    def made(self, found: Any) -> Makes:
        """Runs in the calling process: turns the JSON into our own types."""
        ...


@dataclass(frozen=True, slots=True)
class FileTask:
    """Implements Task: one file to turn into passages. `groups` may read it unless it names others. `origin` is the
    name that passage ids are made from. `known` are keys of passages in the store, which a Ray actor need not embed."""

    data: bytes
    source: str
    groups: tuple[str, ...]
    tenant: str
    chunk_characters: int
    limits: Limits
    origin: str = ""
    known: frozenset[str] = frozenset()
    told: Told = field(default_factory=Told)

    def found(self) -> list[Any]:
        return [astuple(passage) for passage in parse(self)]

    def made(self, found: list[Any]) -> tuple[Passage, ...]:
        return tuple(_passage(row) for row in found)


class Parser(Protocol):
    """Works on several tasks at a time; may be called from any thread."""

    @property
    def capacity(self) -> int:
        """How many tasks to have under way at most."""
        ...

    def submit(self, task: Task[Made]) -> "Future[Made]":
        """The future raises UnreadableSource naming the task's source, or UnclearRights."""
        ...

    def close(self) -> None: ...


class ParserInProcess:
    """Parses at once in the caller's thread. Only for trusted files: a hostile one can crash the process."""

    capacity = 1

    def submit(self, task: Task[Made]) -> "Future[Made]":
        done: Future[Made] = Future()
        try:
            done.set_result(task.made(task.found()))
        except Exception as error:  # noqa: BLE001 - raised again where the result is asked for
            done.set_exception(error)
        return done

    def close(self) -> None:
        """Nothing to release."""


def parse(task: FileTask) -> tuple[Passage, ...]:
    """Raises UnreadableSource naming the source and the reason, or UnclearRights."""
    document = with_notices(_with_what_was_told(read_document(task.data, task.source, task.limits), task.told))
    return chunk_document(
        document,
        groups=_readers_of(document.metadata, task),
        tenant=task.tenant,
        chunk_characters=task.chunk_characters,
        address=task.told.url,
    )


def _readers_of(metadata: Metadata, task: FileTask) -> tuple[str, ...]:
    """The groups that the document names, else those of its place. Raises UnclearRights if there are neither, or if the
    document belongs to another tenant."""
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
    """Rebuild a passage from JSON, which has lists only: `lines`, `links` and `sections` hold pairs, other lists
    names."""
    written = dict(zip(_FIELDS, row, strict=True))
    lists = {name: tuple(value) for name, value in written.items() if isinstance(value, list)}
    links = tuple(Link(*link) for link in written["links"])
    sections = tuple((start, tuple(path)) for start, path in written["sections"])
    return Passage(**{**written, **lists, "links": links, "sections": sections})
