"""Compares a document's passages with those in the store, and says what has to be written."""

import hashlib
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tools.ingestion.catalogue.entry import Entry
from tools.ingestion.parsing.chunker import identified
from tools.ingestion.planning.changes import Change, Outcome
from tools.ingestion.superseding.standing import names_a_place
from tools.passages import Passage

SETTLED_NS = 2_000_000_000
"""A file that changed less than this ago gets no stamp: it could change again within the same tick of its clock."""


def stamp_of(path: Path) -> tuple[str, int, int]:
    """A stamp that differs when the file's content does, its modification time in ns and its size in bytes.

    The stamp includes the inode's change time, which nobody can set back, so that a copy with an old date is noticed.
    Take it before reading. A dangling link gives an empty stamp; raises FileNotFoundError if nothing is there.
    """
    try:
        status = os.stat(path)
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not path.is_symlink():
            raise
        return "", 0, 0
    latest = max(status.st_mtime_ns, status.st_ctime_ns)
    settled = latest < time.time_ns() - SETTLED_NS
    written = f"{status.st_mtime_ns}.{status.st_ctime_ns}.{status.st_size}.{status.st_ino}"
    return (written if settled else ""), status.st_mtime_ns, status.st_size


def as_stored(
    passages: Sequence[Passage], *, origin: str, former_names: Sequence[str], overruled: str
) -> tuple[Passage, ...]:
    """A document's passages as the store has them: identified by its first name, found under its former names as well,
    and marked as superseded if `overruled` names another document (or itself, when its validity has ended)."""
    if not passages:
        return ()
    first = passages[0]
    if not former_names and not overruled and origin == first.source:
        return tuple(passages)
    names = tuple(dict.fromkeys((*first.names, *former_names)))
    marked = (
        replace(
            passage,
            names=names,
            status="superseded" if overruled else passage.status,
            superseded_by=_successor(passage, overruled),
            id=passage.id if passage.id != f"{passage.source}#{passage.key[:8]}" else "",
        )
        for passage in passages
    )
    return tuple(identified(marked, origin=origin))


def _successor(passage: Passage, overruled: str) -> str | None:
    """What replaces the document: its own link, else the source that overruled it, else the name in its text."""
    written = passage.superseded_by
    is_other = overruled not in ("", passage.source)
    return overruled if is_other and (written is None or not names_a_place(written)) else written


def difference(entry: Entry, known: Entry | None, passages: Sequence[Passage], *, was: str = "") -> Change:
    """The change that makes the store hold these passages. Fills `entry.chunks`."""
    before = known.chunks if known is not None else {}
    rows = {passage.key: row_digest(passage) for passage in passages}
    entry.chunks.update(rows)
    fresh = tuple(passage for passage in passages if passage.key not in before)
    moved = tuple(passage for passage in passages if before.get(passage.key, rows[passage.key]) != rows[passage.key])
    stale = tuple(key for key in before if key not in rows)
    outcome = _outcome(entry, known, same_text=not fresh and not stale, was=was)
    has_others = known is not None and bool(known.chunks) and set(known.readers) != set(entry.readers)
    readers_before = known.readers if known is not None and has_others else None
    return Change(entry, outcome, fresh, moved, stale, was, readers_before)


def _outcome(entry: Entry, known: Entry | None, *, same_text: bool, was: str) -> Outcome:
    if known is None or not known.chunks:
        return "added"
    if was:
        return "renamed"
    return "repermissioned" if same_text and set(known.readers) != set(entry.readers) else "updated"


def readers_of(passages: Sequence[Passage]) -> tuple[str, ...]:
    return passages[0].groups if passages else ()


def row_digest(passage: Passage) -> str:
    """A digest of everything that the store keeps of a passage, except its key."""
    lines = passage.lines or (0, 0)
    place = f"{passage.start}-{passage.end} p{passage.page or 0} l{lines[0]}-{lines[1]}"
    written = "\0".join((passage.source, passage.id, place, passage.content_hash))
    return hashlib.blake2b(written.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
