"""Converts passages to rows of the collection and back.

The primary key is a digest of the passage's key. Milvus Lite puts primary keys unquoted into its own SQL and filter
expressions, where a key with an apostrophe would fail, or worse.
"""

import hashlib
import json
from array import array
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from tools.errors import UnreadableSource
from tools.passages import Hit, Link, Passage
from tools.ports import FloatArray
from tools.store.filters import storable
from tools.store.schema import (
    MAX_ARRAY_ITEM_BYTES,
    MAX_ARRAY_ITEMS,
    MAX_BYTES,
    MAX_CONTENT_BYTES,
    MAX_METADATA_BYTES,
    PRIMARY_KEY_CHARACTERS,
)

PASSAGE_FIELDS = [
    "key",
    "passage_id",
    "tenant",
    "source",
    "title",
    "groups",
    "names",
    "content",
    "text_start",
    "metadata",
]
HIT_FIELDS = [*PASSAGE_FIELDS, "dense"]


def primary_key(key: str) -> str:
    digest = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=PRIMARY_KEY_CHARACTERS // 2)
    return digest.hexdigest()


def row_of(passage: Passage, vector: FloatArray) -> dict[str, Any]:
    """The row of a passage. Raises UnreadableSource naming the passage and the limit that it exceeds."""
    content = passage.content
    row = {
        "pk": primary_key(passage.key),
        "key": passage.key,
        "passage_id": passage.id,
        "tenant": passage.tenant,
        "source": passage.source,
        "title": passage.title,
        "groups": list(passage.groups),
        "names": [*passage.names, *passage.row_names],
        "content": content,
        "text_start": len(content) - len(passage.text),
        "metadata": _metadata(passage),
        "dense": vector,
    }
    _check(passage, row)
    return row


def passage_of(row: Mapping[str, Any]) -> Passage:
    metadata = row["metadata"]
    lines, links = metadata["lines"], metadata["links"]
    row_names = tuple(metadata.get("row_names", ()))
    return Passage(
        key=row["key"],
        id=row["passage_id"],
        source=row["source"],
        title=row["title"],
        text=row["content"][row["text_start"] :],
        tenant=row["tenant"],
        groups=tuple(row["groups"]),
        headings=tuple(metadata["headings"]),
        sections=tuple((start, tuple(path)) for start, path in metadata.get("sections", ())),
        start=metadata["start"],
        end=metadata["end"],
        page=metadata["page"],
        lines=(lines[0], lines[1]) if lines else None,
        url=metadata["url"],
        links=tuple(Link(text, target) for text, target in links),
        names=tuple(row["names"][: len(row["names"]) - len(row_names)]),
        row_names=row_names,
        updated=metadata["updated"],
        status=metadata["status"],
        superseded_by=metadata["superseded_by"],
        supersedes=tuple(metadata.get("supersedes", ())),
        valid_from=metadata.get("valid_from"),
        valid_until=metadata.get("valid_until"),
        content_hash=metadata["content_hash"],
    )


def hit_of(row: Mapping[str, Any], score: float = 0.0) -> Hit:
    return Hit(passage_of(row), score, array("f", row["dense"]))


def _metadata(passage: Passage) -> dict[str, Any]:
    return {
        "headings": passage.headings,
        "sections": passage.sections,
        "start": passage.start,
        "end": passage.end,
        "page": passage.page,
        "lines": passage.lines,
        "url": passage.url,
        "links": [(link.text, link.target) for link in passage.links],
        "row_names": list(passage.row_names),
        "updated": passage.updated,
        "status": passage.status,
        "superseded_by": passage.superseded_by,
        "supersedes": passage.supersedes,
        "valid_from": passage.valid_from,
        "valid_until": passage.valid_until,
        "content_hash": passage.content_hash,
    }


def _check(passage: Passage, row: Mapping[str, Any]) -> None:
    for field, limit in MAX_BYTES.items():
        _check_text(passage, field, row[field], limit)
    if not storable(passage.tenant + passage.source + passage.key):
        _refuse(passage, "its source, key or tenant holds a line break, which the store can't look up; rename it")
    _check_text(passage, "content (title, headings and text)", row["content"], MAX_CONTENT_BYTES)
    for field in ("groups", "names"):
        _check_array(passage, field, row[field])
    if not passage.groups:
        _refuse(passage, "it has no group, so nobody could ever read it; give it one, or 'public'")
    size = _size(passage, "metadata", json.dumps(row["metadata"], ensure_ascii=False))
    if size > MAX_METADATA_BYTES:
        _refuse(passage, f"its links and headings take {size:,} bytes, more than the store's {MAX_METADATA_BYTES:,}")


def _check_array(passage: Passage, field: str, values: Sequence[str]) -> None:
    if len(values) > MAX_ARRAY_ITEMS:
        _refuse(passage, f"it has {len(values):,} {field}, more than the store's {MAX_ARRAY_ITEMS:,}")
    for value in values:
        _check_text(passage, field, value, MAX_ARRAY_ITEM_BYTES)
        if not storable(value):
            _refuse(passage, f"one of its {field} holds a line break: {value!r}")


def _check_text(passage: Passage, field: str, value: str, limit: int) -> None:
    size = _size(passage, field, value)
    if size > limit:
        _refuse(
            passage, f"its {field} takes {size:,} bytes, more than the store's {limit:,}; cut it into smaller parts"
        )


def _size(passage: Passage, field: str, value: str) -> int:
    try:
        return len(value.encode())
    except UnicodeEncodeError:
        _refuse(passage, f"its {field} is not valid Unicode (a lone surrogate)")


def _refuse(passage: Passage, reason: str) -> NoReturn:
    raise UnreadableSource(passage.source, f"passage {passage.id!r} can't be stored: {reason}")
