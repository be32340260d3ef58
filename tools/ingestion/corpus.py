"""Rows of a corpus.jsonl: one JSON object a line, one passage a row."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from semantic_text_splitter import TextSplitter

from tools.errors import UnreadableSource
from tools.ingestion.bounded_json import NotReadable, read_json
from tools.ingestion.chunker import identified
from tools.ingestion.documents import MAX_TITLE_CHARACTERS, Limits, UnclearRights, is_one_line
from tools.ingestion.metadata import MAX_VALUE_CHARACTERS, checked_groups
from tools.ingestion.readers import io_reason
from tools.names import names_of
from tools.passages import Passage

MAX_ROW_CHARACTERS = 16_000
MAX_ROW_BYTES = 8 * 1024 * 1024
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


def read_rows(path: Path, name: str, limits: Limits) -> Iterator[Row | UnreadableSource]:
    """Rows in order, a wrong one as the error that names `name:line`; raises UnreadableSource if the file fails.

    A row is read in this process, so it is bounded: MAX_ROW_BYTES, and `bounded_json`'s number of values.
    """
    max_bytes = min(limits.max_bytes, MAX_ROW_BYTES)
    try:
        with path.open("rb") as file:
            number = 0
            while line := file.readline(max_bytes + 1):
                number += 1
                size = len(line)
                while len(line) > max_bytes and not line.endswith(b"\n") and (rest := file.readline(1 << 20)):
                    size += len(rest)
                    if rest.endswith(b"\n"):
                        break
                where = f"{name}:{number}"
                try:
                    if size > max_bytes:
                        raise UnreadableSource(where, f"is longer than {max_bytes / 1e6:,.1f} MB")
                    if line.strip(b" \t\r\n\xef\xbb\xbf"):
                        yield _row(line, number, where, max_bytes)
                except UnreadableSource as error:
                    yield error
    except OSError as error:
        raise UnreadableSource(name, io_reason(error)) from None


def _row(line: bytes, number: int, where: str, max_bytes: int) -> Row:
    try:
        written = read_json(line, max_bytes=max_bytes)
    except NotReadable as error:
        raise UnreadableSource(where, str(error)) from None
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
        number,
        len(line),
        row_id,
        (title or "").strip(),
        text,
        (url or "")[:MAX_VALUE_CHARACTERS] or None,
        groups,
        sha256(line).hexdigest(),
    )


def _texts(written: object) -> list[str]:
    return [item for item in written if isinstance(item, str)] if isinstance(written, list) else []


def _is_unicode(*texts: str) -> bool:
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can spell and no store can hold
        return False
    return True


def passages_of_row(row: Row, *, source: str, groups: tuple[str, ...], tenant: str) -> tuple[Passage, ...]:
    """The row as one passage under its own id; a text over 16,000 characters goes on in `id#2`, `id#3` …"""
    title = " ".join(row.title.split())[:MAX_TITLE_CHARACTERS]
    names = names_of(title) if title else ()
    parts = [(0, row.text)]
    if len(row.text) > MAX_ROW_CHARACTERS:
        parts = TextSplitter(MAX_ROW_CHARACTERS).chunk_indices(row.text)
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
