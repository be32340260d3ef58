"""A local copy of a source: written file by file, resumable, bounded, and never emptied because a source is down."""

import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from tools.ingestion.files.discovery import ACCESS_FILE
from tools.ingestion.files.left_out import LeftOut
from tools.ingestion.files.mirror_index import INDEX_FILE, MirroredFile, MirrorIndex, read_index, write_index
from tools.ingestion.files.mirror_paths import MAX_FOLDERS, mark_of, safe_path
from tools.ingestion.formats.readers import is_readable_type
from tools.private_files import keep_folder_private
from tools.sources.specs import Bounds, SourceSpec

MAX_FAILURES_LISTED = 1_000
_PART_SUFFIX = ".part"
_CLOSED = b"This access.toml could not be taken over from the source: nobody may read what is in its folder.\n"
_FILES_BETWEEN_INDEXES = 200

Arguments = ParamSpec("Arguments")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class MirrorReport:
    """The outcome of a fetch.

    If it is not `complete`, the listing could not be read to its end, and nothing was removed for being absent from it.
    A document that could not be fetched keeps its old copy and is in `failures` (what, why). `skipped` ones are listed
    but gone, of an unknown type, or closed to robots.
    """

    fetched: int = 0
    unchanged: int = 0
    removed: int = 0
    failures: tuple[tuple[str, str], ...] = ()
    failed: int = 0
    skipped: int = 0
    complete: bool = True

    @property
    def ok(self) -> bool:
        return self.complete and self.failed == 0


@dataclass(frozen=True, slots=True)
class MirrorProgress:
    """How many documents have been looked at, the total if known, and the present one."""

    done: int
    total: int | None
    document: str


Tell = Callable[[MirrorProgress], None]


class Source(Protocol):
    @property
    def spec(self) -> SourceSpec: ...

    async def mirror(self, folder: Path, tell: Tell) -> MirrorReport:
        """Bring `folder` up to date. May be cancelled or killed at any time; the next call continues."""
        ...


class BoundsReached(Exception):
    """The fetch stops at one of its bounds; the message says which."""


def _one_at_a_time(
    method: "Callable[Concatenate[Mirror, Arguments], Value]",
) -> "Callable[Concatenate[Mirror, Arguments], Value]":
    """For what changes the notes of a mirror or writes its index: documents are put there by several threads, and one
    that is at work while its fetch is cancelled goes on."""

    @wraps(method)
    def locked(mirror: "Mirror", /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Value:
        with mirror._lock:
            return method(mirror, *args, **kwargs)

    return locked


@dataclass(slots=True)
class Mirror:
    """Blocking; several threads may put documents there, each its own. Every fetch ends with `finish`, whatever
    happened. `left_out` is what the source has but is not mirrored."""

    folder: Path
    bounds: Bounds
    tell: Tell
    has_groups: bool = False
    total: int | None = None
    left_out: LeftOut = field(default_factory=LeftOut)
    _known: dict[str, MirroredFile] = field(default_factory=dict)
    _left_out_before: LeftOut = field(default_factory=LeftOut)
    _seen: dict[str, str] = field(default_factory=dict)
    _confirmed: set[str] = field(default_factory=set)
    _failures: list[tuple[str, str]] = field(default_factory=list)
    _fetched: int = 0
    _unchanged: int = 0
    _removed: int = 0
    _failed: int = 0
    _skipped: int = 0
    _bytes: int = 0
    _unsaved: int = 0
    _began: float = field(default_factory=time.monotonic)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @classmethod
    def open(cls, folder: Path, spec: SourceSpec, tell: Tell) -> "Mirror":
        """Writes the access.toml first, so that no document is ever there without it."""
        keep_folder_private(folder)
        mirror = cls(folder, spec.bounds, tell, has_groups=spec.groups is not None)
        index = read_index(folder)
        # A fetch that was killed has put documents there that it did not come to note.
        unnoted = (path for path in mirror._on_disk() if not is_access_file(path))
        mirror._known = dict.fromkeys(unnoted, MirroredFile()) | index.files
        mirror._left_out_before = index.left_out
        if spec.groups is not None:
            mirror._write_rights(ACCESS_FILE, spec.groups)
        return mirror

    @property
    def failed(self) -> int:
        return self._failed

    @property
    def max_file_bytes(self) -> int:
        return int(self.bounds.max_file_mb * 1_000_000)

    def claim(self, parts: Sequence[str], identity: str) -> str:
        """The path for a document below the folder. If two documents would share one, a digest is added.

        Raises BoundsReached, also for an access.toml that would not end up above all files it governs.
        """
        path = safe_path(parts)
        is_taken = self._seen.setdefault(path, identity) != identity
        if parts[-1] == ACCESS_FILE and (is_taken or len(parts) > MAX_FOLDERS):
            raise BoundsReached(f"{identity} is too deep, or in a folder that can't be told from another")
        if is_taken:
            stem, dot, suffix = path.rpartition(".")
            mark = mark_of(identity)
            path = f"{stem}-{mark}.{suffix}" if dot else f"{path}-{mark}"
            self._seen[path] = identity
        self._check_bounds()
        done = len(self._seen)
        self.tell(MirrorProgress(done, self.total, path))
        return path

    def noted(self, path: str) -> MirroredFile | None:
        """The index entry of a document, whether or not its file is still there."""
        return self._known.get(path)

    def known(self, path: str) -> MirroredFile | None:
        """The index entry of a document if its file is still there."""
        noted = self.noted(path)
        return noted if noted is not None and (self.folder / path).is_file() else None

    def put(self, path: str, data: bytes, noted: MirroredFile) -> None:
        """Write the file unless it has this content already. Written to a draft and renamed."""
        if _holds(self.folder / path, data):
            self.keep(path, noted, size=len(data))
            return
        if is_access_file(path):
            self._rights_change(path)
        _write(self.draft(path), data)
        self.adopt(path, noted, size=len(data))

    def restrict(self, folder: str, groups: Sequence[str]) -> None:
        """Set who may read a folder of the mirror. To be called before documents are put there."""
        path = self.claim([folder, ACCESS_FILE], folder)
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        self._write_rights(path, groups)

    def have_all_rights(self) -> None:
        """To be called when every access.toml of the source has been put, before any document is: removes the old
        ones."""
        for path in filter(is_access_file, self._on_disk()):
            if path not in self._seen:
                self.drop(path)

    def draft(self, path: str) -> Path:
        """Where to write a file before `adopt`. Hidden, so that ingestion never reads half a document."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        return target.with_name(f".{target.name}{_PART_SUFFIX}")

    @_one_at_a_time
    def adopt(self, path: str, noted: MirroredFile, *, size: int) -> None:
        self._bytes += size
        # Noted first, without its etag: if killed in between, the document is fetched again.
        self._note(path, replace(noted, etag=None))
        self.draft(path).replace(self.folder / path)
        self._note(path, noted)
        self._fetched += 1

    @_one_at_a_time
    def keep(self, path: str, noted: MirroredFile, *, size: int = 0) -> None:
        self._bytes += size
        self._note(path, noted)
        self._unchanged += 1

    def skip(self) -> None:
        self._skipped += 1

    @_one_at_a_time
    def drop(self, path: str) -> None:
        """The source says that the document is gone."""
        self._known.pop(path, None)
        self._seen.pop(path, None)
        if (self.folder / path).is_file():
            if is_access_file(path):
                self._rights_change(path)
            (self.folder / path).unlink()
            self._removed += 1

    @_one_at_a_time
    def fail(self, document: str, reason: str) -> None:
        self._failed += 1
        if len(self._failures) < MAX_FAILURES_LISTED:
            self._failures.append((document, reason))

    def refuse(self, path: str, document: str, reason: str) -> None:
        """Record that a file of the source can't be copied. In place of an access.toml, one is written that ingestion
        can't understand, which closes the folder; without any, the folder would be open."""
        self.fail(document, reason)
        if is_access_file(path):
            self.put(path, _CLOSED, MirroredFile())

    @_one_at_a_time
    def finish(self, *, complete: bool) -> MirrorReport:
        """Remove what a complete listing no longer names, and write the index. Each access.toml goes last, so that a
        killed fetch leaves no document without it."""
        for path in sorted(self._on_disk(), key=is_access_file) if complete else ():
            if path not in self._seen:
                self.drop(path)
        if complete:
            self._known = {path: noted for path, noted in self._known.items() if path in self._seen}
        write_index(self.folder, MirrorIndex(self._known, self.left_out if complete else self._left_out_before))
        counts = (self._fetched, self._unchanged, self._removed)
        return MirrorReport(*counts, tuple(self._failures), self._failed, self._skipped, complete)

    def _write_rights(self, path: str, groups: Sequence[str]) -> None:
        if not _holds(self.folder / path, _access(groups)):
            self._rights_change(path)
            _write(self.folder / path, _access(groups))

    @_one_at_a_time
    def _rights_change(self, access_file: str) -> None:
        """Mark documents in the folder that this fetch has not yet confirmed. If it is killed, they must not be opened
        to new readers: the source may have edited or removed them."""
        folder = access_file.removesuffix(ACCESS_FILE)
        in_doubt = [path for path in self._known if path.startswith(folder) and path not in self._confirmed]
        if in_doubt:
            self._known |= {path: replace(self._known[path], unconfirmed=True) for path in in_doubt}
            write_index(self.folder, MirrorIndex(self._known, self._left_out_before))

    def _note(self, path: str, noted: MirroredFile) -> None:
        self._confirmed.add(path)
        noted = replace(noted, unconfirmed=False)
        if self._known.get(path) != noted:
            self._known[path] = noted
            self._unsaved += 1
        if self._unsaved >= _FILES_BETWEEN_INDEXES:
            write_index(self.folder, MirrorIndex(self._known, self._left_out_before))
            self._unsaved = 0

    def _check_bounds(self) -> None:
        bounds = self.bounds
        if len(self._seen) > bounds.max_files:
            raise BoundsReached(f"holds more than {bounds.max_files:,} documents (bounds.max_files)")
        if self._bytes > bounds.max_total_mb * 1_000_000:
            raise BoundsReached(f"brought more than {bounds.max_total_mb:,.0f} MB (bounds.max_total_mb)")
        if time.monotonic() - self._began > bounds.max_minutes * 60:
            raise BoundsReached(f"took longer than {bounds.max_minutes:g} minutes (bounds.max_minutes)")

    def _on_disk(self) -> list[str]:
        found = []
        for place, folders, names in os.walk(self.folder):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in names:
                if name.endswith(_PART_SUFFIX) and name != f"{INDEX_FILE}{_PART_SUFFIX}":
                    Path(place, name).unlink(missing_ok=True)  # left by a killed fetch
                elif not name.startswith("."):
                    found.append(Path(place, name).relative_to(self.folder).as_posix())
        return [path for path in found if not (path == ACCESS_FILE and self.has_groups)]


def _access(groups: Sequence[str]) -> bytes:
    """The text of an access.toml that ingestion will find, whichever folder it is given."""
    names = ", ".join('"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"' for name in groups)
    return f"groups = [{names}]\n".encode()


def _write(path: Path, data: bytes) -> None:
    draft = path if path.name.endswith(_PART_SUFFIX) else path.with_name(f".{path.name}{_PART_SUFFIX}")
    with draft.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    if draft != path:
        draft.replace(path)


def is_access_file(path: str) -> bool:
    return path.rpartition("/")[2] == ACCESS_FILE


def is_wanted(name: str) -> bool:
    """Whether some reader can read the file; includes corpus.jsonl."""
    return is_readable_type(name)


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except OSError:
        return False
