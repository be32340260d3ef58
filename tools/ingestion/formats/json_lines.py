"""JSONL: one object a line, its fields as `name: value`. A corpus.jsonl is read row by row instead, by
`tools.ingestion.parsing.corpus`."""

import json
from collections.abc import Iterator

from tools.errors import UnreadableSource
from tools.ingestion.documents import Document, Limits, Metadata
from tools.ingestion.formats.charsets import decode
from tools.ingestion.formats.extraction import Extraction
from tools.well_formed import well_formed

MAX_DEPTH = 8
MAX_FIELDS = 256


class JsonLinesReader:
    suffixes = (".jsonl", ".ndjson")

    def read(self, data: bytes, source: str, limits: Limits) -> Document:
        """Skips lines that are not JSON, as broken pages of a PDF are skipped. Raises UnreadableSource when most lines
        are not."""
        extraction = Extraction(source, limits)
        good, bad = 0, list[int]()
        for number, line in enumerate(decode(data, source).split("\n"), 1):  # JSON strings may hold other line breaks
            if not line.strip():
                continue
            try:
                written = json.loads(line)
            except (ValueError, RecursionError):
                bad.append(number)
                continue
            good += 1
            fields: list[str] = []
            for name, value in _fields(written, "", 0):
                if len(fields) == MAX_FIELDS:
                    break
                fields.append(f"{name}: {value}" if name else value)
            extraction.add("table_row", well_formed("; ".join(fields)), lines=(number, number))
        if len(bad) > good:
            raise UnreadableSource(source, f"holds no JSON in line {bad[0]:,}")
        return extraction.document(Metadata())


def _fields(value: object, name: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth > MAX_DEPTH or value is None:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _fields(inner, f"{name}.{key}" if name else str(key), depth + 1)
    elif isinstance(value, list) and any(isinstance(inner, dict | list) for inner in value):
        for inner in value:
            yield from _fields(inner, name, depth + 1)
    else:
        written = ", ".join(str(inner) for inner in value) if isinstance(value, list) else value
        text = " ".join(str(written).split()) if not isinstance(written, bool) else str(written).lower()
        if text:
            yield " ".join(name.split()), text
