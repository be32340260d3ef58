"""Chooses the reader for a file."""

from dataclasses import replace
from pathlib import PurePosixPath

from tools.errors import UnreadableSource
from tools.ingestion.documents import Document, Limits, SourceReader, title_of
from tools.ingestion.formats.charsets import decode
from tools.ingestion.formats.delimited import DelimitedReader
from tools.ingestion.formats.front_matter import split_readers, with_front_matter
from tools.ingestion.formats.json_lines import JsonLinesReader
from tools.ingestion.formats.mail import MailReader
from tools.ingestion.formats.markdown import MarkdownReader
from tools.ingestion.formats.pdf import PdfReader
from tools.ingestion.formats.plain import PlainTextReader
from tools.ingestion.formats.presentation import PresentationReader
from tools.ingestion.formats.source_code import SourceCodeReader
from tools.ingestion.formats.spreadsheet import SpreadsheetReader
from tools.ingestion.formats.subtitles import SubtitleReader
from tools.ingestion.formats.web_page import WebPageReader
from tools.ingestion.formats.word import WordReader

READERS: tuple[SourceReader, ...] = (
    MarkdownReader(),
    PlainTextReader(),
    WebPageReader(),
    PdfReader(),
    WordReader(),
    PresentationReader(),
    SpreadsheetReader(),
    DelimitedReader(),
    JsonLinesReader(),
    MailReader(),
    SubtitleReader(),
    SourceCodeReader(),
)
_BY_SUFFIX = {suffix: reader for reader in READERS for suffix in reader.suffixes}


def is_readable_type(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in _BY_SUFFIX


def readable_suffixes() -> tuple[str, ...]:
    return tuple(sorted(_BY_SUFFIX))


def read_document(data: bytes, source: str, limits: Limits) -> Document:
    """Raises UnreadableSource naming `source` and the reason, whatever the bytes are."""
    reader = _BY_SUFFIX.get(PurePosixPath(source).suffix.lower())
    if reader is None:
        raise UnreadableSource(source, f"is of a type nobody here reads (known: {', '.join(readable_suffixes())})")
    if len(data) > limits.max_bytes:
        raise UnreadableSource(source, f"is larger than {limits.max_bytes / 1e6:,.1f} MB")
    if not data:
        raise UnreadableSource(source, "is empty")
    if isinstance(reader, PlainTextReader | WebPageReader):
        return _read_below_front_matter(reader, data, source, limits)
    return reader.read(data, source, limits)


def _read_below_front_matter(reader: SourceReader, data: bytes, source: str, limits: Limits) -> Document:
    """Reads formats without front matter. What looks like it at the top of such a file may still name its readers."""
    text = decode(data, source)
    own, begin = split_readers(text, source)
    if not begin:
        return reader.read(data, source, limits)
    lines = text.count("\n", 0, begin)  # so that line numbers in citations are those of the file
    document = reader.read(("\n" * lines + text[begin:]).encode(), source, limits)
    metadata = with_front_matter(own, document.metadata, source)
    return replace(document, metadata=metadata, title=title_of(source, own.title, document.title))
