"""The files of an export, zip or folder. Only names that an export has are opened, and only up to a limit of bytes."""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Protocol

from tools.errors import UnreadableSource
from tools.ingestion.parsing.tasks import Parser
from tools.sources.slack_rows import ExportTask, Record, Row
from tools.sources.specs import Bounds

MAX_ENTRIES = 500_000
_DAY = re.compile(r"\d{4}-\d\d-\d\d\.json")
_CHANNEL = re.compile(r"[^/\\\x00]{1,120}")


class BadExport(Exception):
    """The message is one lower-case clause."""


class _Files(Protocol):
    def names(self) -> list[str]: ...

    def read(self, name: str, max_bytes: int) -> bytes: ...


class ExportFiles:
    def __init__(self, files: _Files, max_bytes: int, parser: Parser) -> None:
        self._files, self._max_bytes, self._parser = files, max_bytes, parser
        self._days: dict[str, list[str]] = {}
        self._names = set(files.names())
        for name in self._names:
            channel, _, day = name.partition("/")
            if _DAY.fullmatch(day) and _CHANNEL.fullmatch(channel) and channel not in (".", ".."):
                self._days.setdefault(channel, []).append(name)

    def days(self, channel: str) -> list[str]:
        return sorted(self._days.get(channel, ()))

    def records(self, name: str, record_of: Callable[[Row], Record | None], *, required: bool) -> list[Record]:
        """A record for each object of a JSON list. Raises BadExport; an optional file that is missing gives none."""
        if name not in self._names:
            if required:
                raise BadExport(f"is not a Slack export: it has no {name}")
            return []
        try:
            data = self._files.read(name, self._max_bytes + 1)
        except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error) as error:
            raise BadExport(f"{name} can't be read ({' '.join(str(error).split())[:120]})") from None
        if len(data) > self._max_bytes:
            raise BadExport(f"{name} is longer than {self._max_bytes / 1e6:,.1f} MB")
        try:
            return self._parser.submit(ExportTask(name, data, record_of)).result()
        except UnreadableSource as error:
            raise BadExport(f"{name} {error.reason}") from None


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
        regular = (place for place in places if place.is_file() and not place.is_symlink())
        return [place.relative_to(self._folder).as_posix() for place in regular]

    def read(self, name: str, max_bytes: int) -> bytes:
        with (self._folder / name).open("rb") as file:
            return file.read(max_bytes)


@contextmanager
def open_export(place: Path, bounds: Bounds, parser: Parser) -> Iterator[ExportFiles]:
    """Raises BadExport. A zip is judged by its declared sizes and never unpacked as a whole."""
    max_bytes = int(bounds.max_file_mb * 1_000_000)
    if place.is_dir():
        yield ExportFiles(_Folder(place), max_bytes, parser)
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
        yield ExportFiles(_Zip(archive), max_bytes, parser)
