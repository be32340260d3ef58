"""The files of an export, zip or folder; only names that an export has are ever opened, and only so much of each."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any, Protocol

from tools.ingestion.bounded_json import NotReadable, read_json
from tools.sources.specs import Bounds

MAX_ENTRIES = 500_000
MAX_VALUES = 4_000_000  # of one file; a busy day of a large channel has some hundred thousand
_DAY = re.compile(r"\d{4}-\d\d-\d\d\.json")
_CHANNEL = re.compile(r"[^/\\\x00]{1,120}")


class BadExport(Exception):
    """The message is one lower-case clause."""


class _Files(Protocol):
    def names(self) -> list[str]: ...

    def read(self, name: str, max_bytes: int) -> bytes: ...


class ExportFiles:
    def __init__(self, files: _Files, max_bytes: int) -> None:
        self._files, self._max_bytes = files, max_bytes
        self._days: dict[str, list[str]] = {}
        self._names = set(files.names())
        for name in self._names:
            channel, _, day = name.partition("/")
            if _DAY.fullmatch(day) and _CHANNEL.fullmatch(channel) and channel not in (".", ".."):
                self._days.setdefault(channel, []).append(name)

    def days(self, channel: str) -> list[str]:
        return sorted(self._days.get(channel, ()))

    def rows(self, name: str, *, required: bool) -> list[dict[str, Any]]:
        """A JSON list of objects. Raises BadExport; a file that may be missing has no rows."""
        if name not in self._names:
            if required:
                raise BadExport(f"is not a Slack export: it has no {name}")
            return []
        try:
            data = self._files.read(name, self._max_bytes + 1)
            written = read_json(data, max_bytes=self._max_bytes, max_values=MAX_VALUES)
        except NotReadable as error:
            raise BadExport(f"{name} {error}") from None
        except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error) as error:
            raise BadExport(f"{name} can't be read ({' '.join(str(error).split())[:120]})") from None
        if not isinstance(written, list):
            raise BadExport(f"{name} is not a list")
        return [row for row in written if isinstance(row, dict)]


class _Zip:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def names(self) -> list[str]:
        return self._archive.namelist()

    def read(self, name: str, max_bytes: int) -> bytes:
        with self._archive.open(name) as file:
            return file.read(max_bytes)


class _Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        places = list(islice(chain(self._folder.glob("*.json"), self._folder.glob("*/*.json")), MAX_ENTRIES + 1))
        if len(places) > MAX_ENTRIES:
            raise BadExport(f"holds more than {MAX_ENTRIES:,} files")
        return [place.relative_to(self._folder).as_posix() for place in places if not place.is_symlink()]

    def read(self, name: str, max_bytes: int) -> bytes:
        with (self._folder / name).open("rb") as file:
            return file.read(max_bytes)


@contextmanager
def open_export(place: Path, bounds: Bounds) -> Iterator[ExportFiles]:
    """Raises BadExport; a zip is judged by what it says it unpacks to, and never unpacked as a whole."""
    max_bytes = int(bounds.max_file_mb * 1_000_000)
    if place.is_dir():
        yield ExportFiles(_Folder(place), max_bytes)
        return
    try:
        archive = zipfile.ZipFile(place)
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise BadExport(f"is neither a folder nor a zip ({' '.join(str(error).split())[:120]})") from None
    with archive:
        entries = archive.infolist()
        unpacked = sum(entry.file_size for entry in entries)
        if len(entries) > MAX_ENTRIES or unpacked > bounds.max_total_mb * 1_000_000:
            raise BadExport(f"unpacks to {unpacked / 1e6:,.0f} MB in {len(entries):,} files: too much")
        yield ExportFiles(_Zip(archive), max_bytes)
