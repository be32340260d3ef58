"""Finds the files to ingest at or below the given paths."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tools.errors import InvalidInput, UnreadableSource
from tools.ingestion.documents import is_one_line
from tools.ingestion.files.regular_files import io_reason
from tools.ingestion.formats.readers import is_readable_type, readable_suffixes

SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "venv", "site-packages"})
CORPUS_FILE = "corpus.jsonl"
ACCESS_FILE = "access.toml"
MAX_PATH_BYTES = 2_000

Kind = Literal["document", "corpus"]
Report = Callable[[UnreadableSource], None]
Overlook = Callable[[Path, Literal["file", "linked folder"]], None]


@dataclass(frozen=True, slots=True)
class Target:
    """An absolute path to ingest: a folder, or a file that was named directly."""

    path: Path
    is_folder: bool


@dataclass(frozen=True, slots=True)
class FoundFile:
    path: Path
    kind: Kind
    size: int


def targets(paths: Sequence[Path]) -> list[Target]:
    """Raises InvalidInput naming the first path that does not exist or that no reader can read."""
    found: dict[Path, Target] = {}
    for path in paths:
        absolute = Path(os.path.abspath(path))
        try:
            exists, is_folder = absolute.exists() or absolute.is_symlink(), absolute.is_dir()
        except OSError as error:
            raise InvalidInput(f"{path}: {io_reason(error)}") from None
        if not is_one_line(str(absolute)):
            raise InvalidInput(f"{path}: has a name that is not one line of UTF-8 text; rename it")
        if not exists:
            raise InvalidInput(f"{path}: there is no such file or folder")
        if not is_folder and _kind(absolute.name, named=True) is None:
            known = ", ".join(sorted({*readable_suffixes(), ".jsonl"}))
            raise InvalidInput(f"{path}: is of a type that nothing here reads (known: {known})")
        place = placed(absolute)
        found.setdefault(place, Target(place, is_folder))
    if not found:
        raise InvalidInput("name at least one file or folder to ingest")
    return list(found.values())


def placed(path: Path) -> Path:
    """The path under which the catalogue knows it. Links to folders are resolved; a file keeps its name. Reads the
    disk."""
    absolute = Path(os.path.abspath(path))
    if absolute.is_dir() or not os.path.lexists(absolute):
        return absolute.resolve()
    return absolute.parent.resolve() / absolute.name


def _kind(name: str, *, named: bool) -> Kind | None:
    if name == CORPUS_FILE or (named and name.lower().endswith(".jsonl")):
        return "corpus"
    return "document" if is_readable_type(name) else None


def is_read_alike(name: str) -> bool:
    """Whether the file is read in the same way when it is named as when its folder is."""
    return _kind(name, named=True) == _kind(name, named=False)


def files_under(target: Target, report: Report, overlook: Overlook = lambda path, what: None) -> Iterator[FoundFile]:
    """The readable files, in a stable order. Calls `report` for folders and links that can't be followed, and
    `overlook` for files of unknown types and for links to folders elsewhere."""
    if not target.is_folder:
        yield FoundFile(target.path, _kind(target.path.name, named=True) or "document", _size(target.path))
        return

    def failed(error: OSError) -> None:
        report(UnreadableSource(str(error.filename), io_reason(error)))

    for folder, folders, names in os.walk(target.path, onerror=failed):
        walked = sorted(name for name in folders if not name.startswith(".") and name not in SKIPPED_FOLDERS)
        folders[:] = [name for name in walked if _has_fit_name(Path(folder, name), report)]
        for name in folders:
            if leads_out(Path(folder, name), target.path):
                overlook(Path(folder, name), "linked folder")
        for name in sorted(names):
            path = Path(folder, name)
            kind = None if name.startswith(".") else _kind(name, named=False)
            if kind is None:
                if is_left_out(name):
                    overlook(path, "file")
                continue
            if not _has_fit_name(path, report):
                continue
            if path.is_symlink():
                report_link(path, target.path, report)
            else:
                yield FoundFile(path, kind, _size(path))


def is_left_out(name: str) -> bool:
    """Whether a file in a folder is of a type that no reader knows. Hidden files and access.toml don't count."""
    return not name.startswith(".") and name != ACCESS_FILE and _kind(name, named=False) is None


def _has_fit_name(path: Path, report: Report) -> bool:
    if is_one_line(path.name) and len(os.fsencode(path)) <= MAX_PATH_BYTES:
        return True
    reason = "has too long a path" if is_one_line(path.name) else "has a name that is not one line of UTF-8 text"
    report(UnreadableSource(ascii(str(path))[1:-1], reason))
    return False


def report_link(link: Path, root: Path, report: Report) -> None:
    """Report a link that is not read: a dangling one, or one out of the folder, which would bypass access.toml. A
    target inside the folder is read under its own name."""
    try:
        real = link.resolve(strict=True)
    except (OSError, RuntimeError):
        report(UnreadableSource(str(link), "is a symbolic link to nothing or to itself"))
        return
    if root not in real.parents:
        report(UnreadableSource(str(link), "is a symbolic link out of the ingested folder; name its target instead"))


def leads_out(folder: Path, root: Path) -> bool:
    """Whether the link's target is outside the folder. What is inside is read where it is."""
    if not folder.is_symlink():
        return False
    real = folder.resolve()
    return real != root and root not in real.parents


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
