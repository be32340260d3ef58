"""Finds the cells of an XLSX file that are shown as percentages. The parser returns their numbers without the
format."""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import IO

# Read with regular expressions instead of an XML parser: entities are ignored, and so is everything but cells.
_STYLE = re.compile(rb"<(?:\w{1,9}:)?xf\b([^>]{0,400})>")
_FORMAT = re.compile(rb"<(?:\w{1,9}:)?numFmt\b([^>]{0,1000})>")
_CELL = re.compile(rb"<(?:\w{1,9}:)?c\s([^<>]{0,200})>")
_SHEET = re.compile(rb"<(?:\w{1,9}:)?sheet\s([^<>]{0,1000})>")
_RELATION = re.compile(rb"<(?:\w{1,9}:)?Relationship\s([^<>]{0,2000})>")
_ATTRIBUTE = re.compile(rb"""([\w:]{1,40})\s?=\s?(?:"([^"]*)"|'([^']*)')""")
_PLACE = re.compile(rb"([A-Z]{1,3})(\d{1,7})")
_QUOTED = re.compile(rb'&quot;.*?&quot;|"[^"]*"|\\.|\[[^\]]*\]')
_PERCENT = frozenset({9, 10})  # the two built-in formats
_PIECE = 1 << 20
_MAX_PART = 32 << 20
_MAX_CELLS = 1_000_000

Place = tuple[int, int]


class NumberFormats:
    """Empty for anything but a valid XLSX file."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._styles: frozenset[bytes] = frozenset()
        self._parts: list[str] = []
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                self._styles = _percent_styles(_part(archive, "xl/styles.xml"))
                if self._styles:
                    self._parts = list(_sheet_parts(archive))
        except (zipfile.BadZipFile, KeyError, ValueError, OSError, NotImplementedError, RuntimeError, EOFError):
            self._styles = frozenset()

    def percentages(self, sheet: int) -> frozenset[Place]:
        """0-based (row, column) of the percentage cells of a sheet, given by its number in the workbook."""
        if not self._styles or sheet >= len(self._parts):
            return frozenset()
        try:
            with zipfile.ZipFile(io.BytesIO(self._data)) as archive, archive.open(self._parts[sheet]) as part:
                return frozenset(_styled(part, self._styles))
        except (zipfile.BadZipFile, KeyError, ValueError, OSError, NotImplementedError, RuntimeError, EOFError):
            return frozenset()


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as part:
        return part.read(_MAX_PART)


def _attributes(written: bytes) -> dict[bytes, bytes]:
    return {match.group(1): match.group(2) or match.group(3) or b"" for match in _ATTRIBUTE.finditer(written)}


def _percent_styles(styles: bytes) -> frozenset[bytes]:
    formats = set(_PERCENT)
    for match in _FORMAT.finditer(styles):
        said = _attributes(match.group(1))
        number = said.get(b"numFmtId", b"")
        if number.isdigit() and len(number) < 10 and b"%" in _QUOTED.sub(b"", said.get(b"formatCode", b"")):
            formats.add(int(number))
    used = styles[max(styles.find(b"cellXfs"), 0) :].partition(b"cellStyles")[0].partition(b"/cellXfs")[0]
    found: set[bytes] = set()
    for place, match in enumerate(_STYLE.finditer(used)):
        number = _attributes(match.group(1)).get(b"numFmtId", b"")
        if number.isdigit() and len(number) < 10 and int(number) in formats:
            found.add(b"%d" % place)
    return frozenset(found)


def _sheet_parts(archive: zipfile.ZipFile) -> Iterator[str]:
    """The XML part of each sheet, in the workbook's order."""
    related = {}
    for match in _RELATION.finditer(_part(archive, "xl/_rels/workbook.xml.rels")):
        said = _attributes(match.group(1))
        related[said.get(b"Id")] = said.get(b"Target", b"").decode("utf-8", "replace")
    for match in _SHEET.finditer(_part(archive, "xl/workbook.xml")):
        target = related.get(_attributes(match.group(1)).get(b"r:id"), "")
        yield target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _styled(part: IO[bytes], styles: frozenset[bytes]) -> Iterator[Place]:
    rest, found = b"", 0
    while piece := part.read(_PIECE):
        read = rest + piece
        end = 0
        for match in _CELL.finditer(read):
            end = match.end()
            said = _attributes(match.group(1))
            place = _PLACE.fullmatch(said.get(b"r", b"")) if said.get(b"s") in styles else None
            if place is not None:
                found += 1
                yield int(place.group(2)) - 1, _column(place.group(1))
            if found >= _MAX_CELLS:
                return
        rest = read[max(end, len(read) - 300) :]


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
