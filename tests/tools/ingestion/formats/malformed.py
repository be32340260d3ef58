"""Broken and hostile files, one of each kind that is known to harm parsers."""

import io
import struct
import zipfile

from tests.tools.ingestion.formats import files

SHEET = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    b'<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'
    b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>b</t></is></c></row></sheetData></worksheet>'
)
LAUGHS = b"".join(
    [
        b'<?xml version="1.0"?><!DOCTYPE w:document [<!ENTITY a0 "ha">',
        *(b'<!ENTITY a%d "%s">' % (level, b"&a%d;" % (level - 1) * 10) for level in range(1, 12)),
        b']><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">',
        b"<w:body><w:p><w:r><w:t>&a11;</w:t></w:r></w:p></w:body></w:document>",
    ]
)
OUTSIDE = LAUGHS.split(b"<!ENTITY", 1)[0] + b'<!ENTITY a11 SYSTEM "file:///etc/passwd">]>' + LAUGHS.split(b"]>", 1)[1]
# A page tree whose only branch is itself, and says that it has two thousand million pages.
ENDLESS_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[2 0 R]/Count 2000000000>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
)


def with_part(archive: bytes, name: str, content: bytes) -> bytes:
    """An office file with one part replaced."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(archive)) as original,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as changed,
    ):
        for entry in original.namelist():
            changed.writestr(entry, content if entry == name else original.read(entry))
    return buffer.getvalue()


def declaring(archive: bytes, name: str, size: int) -> bytes:
    """The table of contents says that the part has this many bytes, whatever it has."""
    data = bytearray(archive)
    entry = data.rindex(name.encode()) - 46  # the central directory comes last
    data[entry + 24 : entry + 28] = struct.pack("<I", size)
    return bytes(data)


def malformed() -> dict[str, bytes]:
    """By file name. None of them holds text that ought to be found, but those named `repaired`."""
    word, slides, sheet = files.word(), files.slides(), files.workbook()
    zeros = b"\0" * 20_000_000
    return {
        "empty.md": b"",
        "binary.txt": b"\x7fELF\0\0",
        "half.txt": "é".encode("utf-16")[:-1],
        "koi8.csv": "имя\nмосковский\n".encode("koi8-r"),
        "unclosed.md": b"---\ngroups: [a, b\n---\nText.",
        "deep.html": b"<div>" * 1_000_000,
        "deep.jsonl": b"[" * 200_000,
        "cut.jsonl": b'{"a": 1}\n{"a": \n{"b',
        "cut.docx": word[: len(word) // 2],
        "laughs.docx": with_part(word, "word/document.xml", LAUGHS),
        "outside.docx": with_part(word, "word/document.xml", OUTSIDE),
        "zeros.docx": declaring(with_part(word, "word/document.xml", zeros), "word/document.xml", 4_000_000_000),
        "lying.docx": declaring(with_part(word, "word/document.xml", zeros), "word/document.xml", 10),
        "deep.docx": with_part(word, "word/document.xml", b"<a>" * 1_000_000),
        "old.docx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
        "cut.pptx": slides[:2_000],
        "deep.pptx": with_part(slides, "ppt/slides/slide1.xml", b"<a>" * 1_000_000),
        "cut.xlsx": sheet[:1_000],
        "lying.xlsx": declaring(with_part(sheet, "xl/worksheets/sheet1.xml", zeros), "xl/worksheets/sheet1.xml", 10),
        "corners.xlsx": with_part(sheet, "xl/worksheets/sheet1.xml", SHEET),
        "noise.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * 20,
        "noise.ods": b"PK\x03\x04" + bytes(range(256)),
        "endless.pdf": ENDLESS_PDF,
        "cut.pdf": files.pdf()[:300],
        "locked.pdf": files.pdf(password="x"),
        "nested.eml": b"Subject: x\nContent-Type: multipart/mixed; boundary=a\n\n"
        + b"--a\nContent-Type: multipart/mixed; boundary=a\n\n" * 20_000,
        "nobody.eml": b"just a line\n",
    }
