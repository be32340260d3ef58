"""EML by the standard library: who wrote to whom and when, the text, and the names of what was attached."""

import re
from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from email.utils import parsedate_to_datetime

from tools.errors import UnreadableSource
from tools.ingestion.documents import Document, Limits, Metadata
from tools.ingestion.extraction import Extraction
from tools.ingestion.plain import PlainTextReader
from tools.ingestion.web_page import WebPageReader

MAX_PARTS = 1_000
MAX_NESTED = 200
MAX_HEADER_CHARACTERS = 2_000
_MULTIPART = re.compile(rb"content-type:\s*multipart/", re.IGNORECASE)
_HEADERS = ("From", "To", "Cc", "Date", "Subject")


class MailReader:
    suffixes = (".eml",)

    def read(self, data: bytes, source: str, limits: Limits) -> Document:
        if len(_MULTIPART.findall(data)) > MAX_NESTED:  # parsing takes the square of their depth
            raise UnreadableSource(source, f"nests more than {MAX_NESTED} multipart messages")
        try:
            message = message_from_bytes(data, policy=policy.default)
            return _document(message, source, limits)
        except UnreadableSource:
            raise
        except (
            Exception
        ) as error:  # the parser is lazy: broken headers and encodings fail in many ways as they are read
            if isinstance(error, MemoryError):
                raise
            raise UnreadableSource(source, f"is not a valid e-mail ({type(error).__name__})") from error


def _document(message: EmailMessage, source: str, limits: Limits) -> Document:
    written = {name: _header(message, name) for name in _HEADERS}
    if not written["From"] and not written["Date"] and not written["Subject"]:
        raise UnreadableSource(source, "is not an e-mail: it has neither sender nor date nor subject")
    extraction = Extraction(source, limits)
    subject = written.pop("Subject")
    extraction.add("heading", subject)
    extraction.add("paragraph", "\n".join(f"{name}: {value}" for name, value in written.items() if value))
    body = message.get_body(("plain", "html"))
    if body is not None:
        _add_body(extraction, body, source, limits)
    for name in _attachments(message):
        extraction.add("list", f"- Attachment: {name}")
    sent = _sent(written["Date"])
    return extraction.document(Metadata(title=subject, updated=sent.date().isoformat() if sent else None))


def _header(message: EmailMessage, name: str) -> str:
    text = " ".join(str(message.get(name, "")).split())[:MAX_HEADER_CHARACTERS]
    return text.encode("utf-8", "replace").decode()


def _add_body(extraction: Extraction, body: MIMEPart, source: str, limits: Limits) -> None:
    content = body.get_content()
    text = (content if isinstance(content, str) else content.decode("utf-8", "replace")).replace("\0", "").strip()
    data = text.encode("utf-8", "replace")
    if not data:
        return
    reader = WebPageReader() if body.get_content_type() == "text/html" else PlainTextReader()
    try:
        inner = reader.read(data, source, limits)
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
        level = 1 + len(block.headings)
        extraction.add(block.kind, inner.text[block.start : block.end], level=level, links=links)


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
