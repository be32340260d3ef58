"""Rows of a corpus.jsonl: one JSON object a line, one passage a row."""

from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from semantic_text_splitter import TextSplitter

from tools.errors import UnreadableSource
from tools.ingestion.documents import MAX_TITLE_CHARACTERS, Limits, UnclearRights, is_one_line
from tools.ingestion.files.regular_files import io_reason, regular_file
from tools.ingestion.formats.json_values import read_json
from tools.ingestion.formats.metadata import MAX_VALUE_CHARACTERS, checked_groups
from tools.ingestion.parsing.chunker import identified
from tools.ingestion.parsing.tasks import Parser
from tools.names import names_of
from tools.passages import Passage
from tools.sentences import cut_up

MAX_ROW_CHARACTERS = 16_000
MAX_ROW_BYTES = 8 * 1024 * 1024
MAX_ROWS_A_TASK = 256
MAX_ID_CHARACTERS = 256


@dataclass(frozen=True, slots=True)
class Row:
    line: int
    size: int
    id: str
    title: str
    text: str
    url: str | None
    groups: tuple[str, ...] | None
    digest: str  # of the line as written


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the file, counted from 1. If it is too long for a row, `data` is empty and `size` is its length."""

    number: int
    size: int
    data: bytes


@dataclass(frozen=True, slots=True)
class RowsTask:
    """Implements Task: some lines of a file to be read as rows. A bad row comes back as an error that names
    `name:line`."""

    name: str
    lines: tuple[Line, ...]

    @property
    def source(self) -> str:
        return f"{self.name}:{self.lines[0].number}"

    def found(self) -> list[Any]:
        return [self._found_in(line) for line in self.lines]

    def made(self, found: list[Any]) -> tuple[Row | UnreadableSource, ...]:
        return tuple(self._made_of(line, each) for line, each in zip(self.lines, found, strict=True))

    def _found_in(self, line: Line) -> Any:
        try:
            return astuple(_row(line, self._where(line)))
        except UnreadableSource as error:
            return {"refused": error.reason, "unclear_rights": isinstance(error, UnclearRights)}

    def _made_of(self, line: Line, found: Any) -> Row | UnreadableSource:
        if isinstance(found, dict):
            return (UnclearRights if found["unclear_rights"] else UnreadableSource)(self._where(line), found["refused"])
        row = Row(*found)
        return replace(row, groups=tuple(row.groups) if row.groups is not None else None)

    def _where(self, line: Line) -> str:
        return f"{self.name}:{line.number}"


def read_rows(path: Path, name: str, limits: Limits, parser: Parser) -> Iterator[Row | UnreadableSource]:
    """The rows in order; a bad row is an error that names `name:line`. Raises UnreadableSource if the file can't be
    read."""
    max_bytes = min(limits.max_bytes, MAX_ROW_BYTES)
    for lines in _batches(_lines(path, name, max_bytes)):
        yield from _rows(RowsTask(name, lines), parser)


def _rows(task: RowsTask, parser: Parser) -> Iterator[Row | UnreadableSource]:
    """Parse a batch of rows. If one of them kills the parser, each row is tried again alone."""
    try:
        yield from parser.submit(task).result()
    except UnreadableSource as error:
        if len(task.lines) == 1:
            yield error
        else:
            for line in task.lines:
                yield from _rows(replace(task, lines=(line,)), parser)


def _batches(lines: Iterator[Line]) -> Iterator[tuple[Line, ...]]:
    batch: list[Line] = []
    for line in lines:
        if batch and (len(batch) == MAX_ROWS_A_TASK or sum(each.size for each in batch) + line.size > MAX_ROW_BYTES):
            yield tuple(batch)
            batch = []
        batch.append(line)
    if batch:
        yield tuple(batch)


def _lines(path: Path, name: str, max_bytes: int) -> Iterator[Line]:
    """The lines that are not blank. Never holds more than `max_bytes` of a line in memory."""
    try:
        with regular_file(path, name) as file:
            number = 0
            while line := file.readline(max_bytes + 1):
                number += 1
                size = len(line)
                while len(line) > max_bytes and not line.endswith(b"\n") and (rest := file.readline(1 << 20)):
                    size += len(rest)
                    if rest.endswith(b"\n"):
                        break
                if line.strip(b" \t\r\n\xef\xbb\xbf"):
                    yield Line(number, size, line if size <= max_bytes else b"")
    except OSError as error:
        raise UnreadableSource(name, io_reason(error)) from None


def _row(line: Line, where: str) -> Row:
    if not line.data:
        raise UnreadableSource(where, f"is longer than a row may be ({line.size / 1e6:,.1f} MB)")
    written = read_json(line.data, where)
    if not isinstance(written, dict):
        raise UnreadableSource(where, "is not a JSON object")
    row_id, title, text, url = (written.get(key) for key in ("id", "title", "text", "url"))
    if not isinstance(row_id, str) or not 0 < len(row_id.strip()) <= MAX_ID_CHARACTERS or not is_one_line(row_id):
        raise UnreadableSource(where, f"id must be one line of 1 to {MAX_ID_CHARACTERS} characters")
    if not isinstance(text, str) or not text.strip():
        raise UnreadableSource(where, "has no text")
    if title is not None and not isinstance(title, str):
        raise UnreadableSource(where, "title must be a text")
    if url is not None and not isinstance(url, str):
        raise UnreadableSource(where, "url must be a text")
    if not _is_unicode(row_id, text, title or "", url or "", *_texts(written.get("groups"))):
        raise UnreadableSource(where, "holds characters that are not valid Unicode")
    groups = None
    if "groups" in written:
        if not isinstance(written["groups"], list):
            raise UnclearRights(where, "groups must be a list of group names")
        groups = checked_groups(written["groups"], where)
    return Row(
        line.number,
        line.size,
        row_id,
        (title or "").strip(),
        text,
        (url or "")[:MAX_VALUE_CHARACTERS] or None,
        groups,
        sha256(line.data).hexdigest(),
    )


def _texts(written: object) -> list[str]:
    return [item for item in written if isinstance(item, str)] if isinstance(written, list) else []


def _is_unicode(*texts: str) -> bool:
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:  # a lone surrogate, which JSON can spell and no store can hold
        return False
    return True


def passages_of_row(row: Row, *, source: str, groups: tuple[str, ...], tenant: str) -> tuple[Passage, ...]:
    """The row as one passage under its own id. A text over 16,000 characters is continued in `id#2`, `id#3` and so
    on."""
    title = " ".join(row.title.split())[:MAX_TITLE_CHARACTERS]
    names = names_of(title) if title else ()
    parts: Iterable[tuple[int, str]] = [(0, row.text)]
    if len(row.text) > MAX_ROW_CHARACTERS:
        parts = cut_up(row.text, TextSplitter(MAX_ROW_CHARACTERS), MAX_ROW_CHARACTERS)
    cut = (
        Passage(
            key="",
            id=row.id if number == 1 else f"{row.id}#{number}",
            source=source,
            title=title,
            text=text,
            tenant=tenant,
            groups=groups,
            start=start,
            end=start + len(text),
            url=row.url,
            names=names,
        )
        for number, (start, text) in enumerate(parts, 1)
    )
    return tuple(identified(cut))
