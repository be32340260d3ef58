"""E-mail: every part that a mail program shows is read, in whatever charset it was sent."""

from collections.abc import Sequence
from email.message import EmailMessage

import pytest

from tools.errors import UnreadableSource
from tools.ingestion.documents import Document, Limits
from tools.ingestion.formats.readers import read_document

HEAD = b"From: ada@acme.example\nSubject: Notice\nMIME-Version: 1.0\n"


def read(data: bytes) -> Document:
    return read_document(data, "a.eml", Limits())


def texts(document: Document) -> Sequence[tuple[str, str]]:
    return [(block.kind, document.text[block.start : block.end]) for block in document.blocks][2:]


def mail(subject: str = "Notice") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["Subject"] = "ada@acme.example", subject
    return message


def multipart(kind: str, *parts: bytes) -> bytes:
    lines = b"".join(b"--x\n" + part + b"\n" for part in parts)
    return HEAD + b'Content-Type: multipart/%s; boundary="x"\n\n' % kind.encode() + lines + b"--x--\n"


def test_markup_is_read_where_the_plain_text_beside_it_is_blank() -> None:
    message = mail()
    message.set_content(" \n\n")
    message.add_alternative("<h2>Office</h2><p>It is closed.</p>", subtype="html")
    assert texts(read(message.as_bytes())) == [("heading", "Office"), ("paragraph", "It is closed.")]


def test_of_two_versions_the_plain_one_is_read_once() -> None:
    message = mail()
    message.set_content("It is closed.")
    message.add_alternative("<p>It is closed.</p>", subtype="html")
    assert texts(read(message.as_bytes())) == [("paragraph", "It is closed.")]


def test_all_texts_of_a_message_are_read() -> None:
    data = multipart(
        "mixed",
        b"Content-Type: text/plain\n\nOne.",
        b"Content-Type: image/png\n\nxx",
        b"Content-Type: text/html\n\n<p>Two.</p>",
        b"Content-Disposition: attachment; filename=three.txt\nContent-Type: text/plain\n\nThree.",
    )
    assert texts(read(data)) == [
        ("paragraph", "One."),
        ("paragraph", "Two."),
        ("list", "- Attachment: three.txt (text/plain)"),
    ]


def test_a_message_that_is_passed_on_is_read_below_the_one_that_does() -> None:
    inner, message = mail("Old rules"), mail()
    inner["Date"] = "Mon, 02 Mar 2026 10:00:00 +0000"
    inner.set_content("Bring lunch.")
    message.set_content("See below.")
    message.add_attachment(inner)
    document = read(message.as_bytes())
    assert texts(document) == [
        ("paragraph", "See below."),
        ("heading", "Forwarded message: Old rules"),
        ("paragraph", "From: ada@acme.example\nDate: Mon, 02 Mar 2026 10:00:00 +0000"),
        ("paragraph", "Bring lunch."),
        ("list", "- Attachment: unnamed (message/rfc822)"),
    ]
    assert document.blocks[-2].headings == ("Notice", "Forwarded message: Old rules")
    assert document.metadata.updated is None


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (b"text/plain; charset=x-nothing-like-it", "Grüße".encode("cp1252")),
        (b"text/plain; charset=unicode_escape", "Grüße".encode("cp1252")),
        (b"text/plain", "Grüße".encode("cp1252")),
        (b"text/plain", "Grüße".encode()),
        (b"text/plain; charset=us-ascii", "Grüße".encode("cp1252")),
        (b"text/plain; charset=utf-8", "Grüße".encode("cp1252")),
        (b"text/plain; charset=iso-8859-1", "Grüße".encode("latin-1")),
        (b"text/html; charset=x-nothing-like-it", "<p>Grüße".encode("cp1252")),
    ],
)
def test_a_charset_that_is_unknown_or_missing_costs_no_letter(kind: bytes, body: bytes) -> None:
    data = HEAD + b"Content-Type: " + kind + b"\nContent-Transfer-Encoding: 8bit\n\n" + body
    assert texts(read(data)) == [("paragraph", "Grüße")]


def test_a_subject_of_plain_bytes_costs_no_letter() -> None:
    assert read(HEAD.replace(b"Notice", "Grüße".encode("cp1252")) + b"\nText.").title == "Grüße"


@pytest.mark.parametrize("times", [150, 5_000])
def test_messages_passed_on_without_end_are_read_in_time_or_refused(times: int) -> None:
    nested = b"Content-Type: message/rfc822\n\nSubject: again\n" * times
    data = HEAD + nested + b"\nText.\n"
    if times < 200:
        assert "again" in read(data).text
        return
    with pytest.raises(UnreadableSource, match="more than 200"):
        read(data)
