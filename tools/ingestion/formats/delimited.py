"""CSV and TSV: every row with its column names and its line number."""

import csv
import io
import re
from collections.abc import Iterator

from tools.errors import UnreadableSource
from tools.ingestion.documents import Document, Limits, Metadata
from tools.ingestion.formats.charsets import decode
from tools.ingestion.formats.extraction import Extraction
from tools.ingestion.formats.tables import add_rows

_SAMPLE_CHARACTERS = 16_000
_DELIMITERS = ",;\t|"
_SEPARATOR = re.compile(r"sep=([,;|\t])[ \t]*(?:\r\n?|\n)", re.IGNORECASE)  # a hint to Excel that it doesn't show


class DelimitedReader:
    suffixes = (".csv", ".tsv")

    def read(self, data: bytes, source: str, limits: Limits) -> Document:
        text = decode(data, source)
        extraction = Extraction(source, limits)
        said = _SEPARATOR.match(text)
        delimiter = said.group(1) if said else "\t" if source.lower().endswith(".tsv") else _delimiter(text)
        csv.field_size_limit(max(csv.field_size_limit(), limits.max_characters))  # the file's own limit is enough
        rows = _rows(text, delimiter)
        try:
            if said:
                next(rows)
            add_rows(extraction, rows)
        except csv.Error as error:
            raise UnreadableSource(source, f"is not a table of delimited values ({error})") from None
        return extraction.document(Metadata())


def _delimiter(text: str) -> str:
    """The delimiter that occurs equally often in each of the first lines; of several, the most frequent one."""
    lines = [line for line in text[:_SAMPLE_CHARACTERS].splitlines()[:20] if line.strip()]

    def agreement(delimiter: str) -> tuple[int, int]:
        counts = [line.count(delimiter) for line in lines]
        return sum(count == counts[0] for count in counts) if counts and counts[0] else 0, min(counts, default=0)

    return max(_DELIMITERS, key=agreement)


def _rows(text: str, delimiter: str) -> Iterator[tuple[tuple[int, int], list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    first = 1
    for row in reader:
        yield (first, max(reader.line_num, first)), row
        first = reader.line_num + 1
