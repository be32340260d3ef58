"""Reads EML with the standard library: sender, recipients, date, text, and the names of attachments."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from email.utils import parsedate_to_datetime
from itertools import islice

from tools.errors import UnreadableSource
from tools.ingestion.documents import Document, Limits, Metadata
from tools.ingestion.formats.charsets import known_charset, western
from tools.ingestion.formats.extraction import Extraction
from tools.ingestion.formats.plain import PlainTextReader
from tools.ingestion.formats.web_page import WebPageReader

MAX_PARTS = 1_000
MAX_NESTED = 200
MAX_HEADER_CHARACTERS = 2_000
MAX_MESSAGES = 200
MAX_LEVEL = 6
_NESTING = re.compile(rb"content-type:\s*(?:multipart|message)/", re.IGNORECASE)
_HEADERS = ("From", "To", "Cc", "Date", "Subject")


@dataclass(frozen=True, slots=True)
class _Text:
    text: str
    is_markup: bool


class MailReader:
    suffixes = (".eml",)

    def read(self, data: bytes, source: str, limits: Limits) -> Document:
        if len(_NESTING.findall(data)) > MAX_NESTED:  # parsing time is quadratic in the depth
            raise UnreadableSource(source, f"holds more than {MAX_NESTED} messages and groups of parts")
        try:
            message = message_from_bytes(data, policy=policy.default)
            return _document(message, source, limits)
        except UnreadableSource:
            raise
        except (
            Exception
        ) as error:  # the parser is lazy: broken headers and encodings raise many kinds of errors when they are read
            if isinstance(error, MemoryError):
                raise
            raise UnreadableSource(source, f"is not a valid e-mail ({type(error).__name__})") from error


def _document(message: EmailMessage, source: str, limits: Limits) -> Document:
    if not any(_header(message, name) for name in ("From", "Date", "Subject")):
        raise UnreadableSource(source, "is not an e-mail: it has neither sender nor date nor subject")
    extraction = Extraction(source, limits)
    _add_message(extraction, message, source, limits)
    for name in _attachments(message):
        extraction.add("list", f"- Attachment: {name}")
    sent = _sent(_header(message, "Date"))
    title = _header(message, "Subject")
    return extraction.document(Metadata(title=title, updated=sent.date().isoformat() if sent else None))


def _add_message(extraction: Extraction, message: EmailMessage, source: str, limits: Limits) -> None:
    """Add a message's text, then each forwarded message under a heading of its own."""
    waiting: list[tuple[EmailMessage, int]] = [(message, 1)]
    for _ in range(MAX_MESSAGES):
        if not waiting:
            return
        message, level = waiting.pop()
        written = {name: _header(message, name) for name in _HEADERS}
        subject = written.pop("Subject")
        heading = subject if level == 1 else f"Forwarded message: {subject}".removesuffix(": ")
        extraction.add("heading", heading, level=min(level, MAX_LEVEL))
        extraction.add("paragraph", "\n".join(f"{name}: {value}" for name, value in written.items() if value))
        forwarded: list[EmailMessage] = []
        for text in _texts(message, forwarded):
            _add_text(extraction, text, min(level, MAX_LEVEL), source, limits)
        waiting += [(each, level + 1) for each in reversed(forwarded)]


def _header(message: EmailMessage, name: str) -> str:
    raw = next((str(value) for key, value in message.raw_items() if key.lower() == name.lower()), "")
    try:
        raw.encode()
        written = str(message.get(name, ""))
    except UnicodeEncodeError:  # bytes without a named charset
        written = western(raw.encode("utf-8", "surrogateescape"))
    return " ".join(written.split())[:MAX_HEADER_CHARACTERS].encode("utf-8", "replace").decode()


def _texts(part: MIMEPart, forwarded: list[EmailMessage]) -> list[_Text]:
    """The texts of a part that a mail program would show, in order. Forwarded messages are added to `forwarded`."""
    kind = part.get_content_type()
    if kind == "message/rfc822":
        forwarded.extend(inner for inner in part.iter_parts() if isinstance(inner, EmailMessage))
        return []
    if part.is_multipart():
        shown = [_texts(inner, forwarded) for inner in islice(part.iter_parts(), MAX_PARTS)]
        if kind != "multipart/alternative":
            return [text for texts in shown for text in texts]
        said = [texts for texts in shown if texts]
        plain = next((texts for texts in said if not any(text.is_markup for text in texts)), None)
        return plain or (said[0] if said else [])
    if kind not in ("text/plain", "text/html") or part.get_content_disposition() == "attachment":
        return []
    text = _decoded(part).replace("\0", "").strip()
    return [_Text(text, is_markup=kind == "text/html")] if text else []


def _decoded(part: MIMEPart) -> str:
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    charset = known_charset(part.get_content_charset() or "")
    if charset and charset != "utf-8":
        return data.decode(charset, "replace")
    return western(data)


def _add_text(extraction: Extraction, text: _Text, level: int, source: str, limits: Limits) -> None:
    reader = WebPageReader() if text.is_markup else PlainTextReader()
    try:
        inner = reader.read(text.text.encode("utf-8", "replace"), source, limits)
    except UnreadableSource as error:
        if error.reason != "holds no text":
            raise
        return
    for block in inner.blocks:
        links = [
            (link.start - block.start, link.text, link.target)
            for link in inner.links
            if block.start <= link.start < block.end
        ]
        below = level + len(block.headings)
        extraction.add(block.kind, inner.text[block.start : block.end], level=below, links=links)


def _attachments(message: EmailMessage) -> Iterator[str]:
    for number, part in enumerate(message.walk()):
        if number > MAX_PARTS:
            return
        name = part.get_filename()
        if name or part.get_content_disposition() == "attachment":
            yield f"{' '.join((name or 'unnamed').split())[:200]} ({part.get_content_type()})"


def _sent(date: str) -> datetime | None:
    try:
        return parsedate_to_datetime(date) if date else None
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
