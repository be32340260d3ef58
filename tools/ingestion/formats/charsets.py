"""Decodes bytes: UTF-8, UTF-16, the encoding that the document names, or Western Windows (cp1252)."""

import codecs
import re
from pathlib import PurePosixPath

from tools.errors import UnreadableSource

_DECLARED_BYTES = 4_096
_META = re.compile(
    rb"""<(?:meta\b[^>]{0,400}?charset|\?xml\b[^>]{0,200}?encoding)\s{0,9}=\s{0,9}["']?([\w.:-]{1,40})""", re.I
)
_CODING = re.compile(rb"[ \t\f]*(?:#|//|/\*|--|;)[^\r\n]{0,200}?coding[:=][ \t]*([\w.-]{1,40})")
_MARKUP = (".html", ".htm", ".xhtml")
_WESTERN = frozenset({"ascii", "iso8859-1"})  # labels that browsers, too, take for cp1252
# Only these codecs may be named by a document: some of Python's take quadratic time.
_KNOWN = frozenset(
    """utf-8 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 cp437 cp850 cp852 cp866 cp874 cp932 cp949
    iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-9 iso8859-10 iso8859-11 iso8859-13
    iso8859-14 iso8859-15 iso8859-16 koi8-r koi8-u mac-roman mac-cyrillic shift_jis euc_jp euc_kr gb2312 gbk gb18030
    big5 big5hkscs tis-620 iso2022_jp""".split()  # noqa: SIM905
)
_CONTROL = re.compile(r"[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_ESCAPED = re.compile("[\udc80-\udcff]")
_ESCAPED_RUN = re.compile("[\udc80-\udcff]{3,}")
_CP1252 = {0xDC00 + byte: bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0x100)}
_UNITS = 2_048


def decode(data: bytes, source: str) -> str:
    """Decode UTF-8, UTF-16, the encoding that the file names, or cp1252 if the text looks like it. Raises
    UnreadableSource otherwise."""
    if not data.strip():
        raise UnreadableSource(source, "is empty")
    text = text_of(data, PurePosixPath(source).suffix.lower())
    if text is None:
        raise UnreadableSource(source, "is not UTF-8 text" if b"\0" not in data else "is a binary file")
    if "\0" in text:
        raise UnreadableSource(source, "is a binary file")
    return text


def text_of(data: bytes, suffix: str) -> str | None:
    """The decoded text, or None when the encoding can't be told. `suffix` is the file's, in lower case."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _strictly(data, "utf-16")
    if b"\0" in data:
        return _utf16_without_mark(data)
    text = _strictly(data, "utf-8-sig")
    if text is None and (declared := _declared(data[:_DECLARED_BYTES], suffix)):
        text = _strictly(data, declared)
    return text if text is not None else _western(data)


def known_charset(label: str) -> str | None:
    """The codec for a name that a document gives, or None if it is not one of the accepted ones."""
    try:
        name = codecs.lookup(label.strip()).name
    except (LookupError, ValueError):
        return None
    name = "cp1252" if name in _WESTERN else name
    return name if name in _KNOWN else None


def western(data: bytes) -> str:
    """Decode as UTF-8, and each byte that is not valid UTF-8 as cp1252."""
    return data.decode("utf-8-sig", "surrogateescape").translate(_CP1252)


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _declared(begin: bytes, suffix: str) -> str | None:
    if suffix in _MARKUP:
        match = _META.search(begin)
    else:
        lines = begin.splitlines()[:2]
        match = next((found for line in lines if (found := _CODING.match(line))), None)
    return known_charset(match.group(1).decode("ascii", "replace")) if match else None


def _utf16_without_mark(data: bytes) -> str | None:
    """UTF-16 without a byte order mark: in ASCII text, every other byte is NUL."""
    sample = data[: 2 * _UNITS]
    units = len(sample) // 2
    first, second = sample[0::2].count(0), sample[1::2].count(0)
    if units < 4 or min(first, second) or max(first, second) * 2 < units:
        return None
    text = _strictly(data, "utf-16-le" if second else "utf-16-be")
    return text if text is not None and not _CONTROL.search(text) else None


def _western(data: bytes) -> str | None:
    """Decode as cp1252 if accented letters are rare; other alphabets and noise have several in a row."""
    text = data.decode("utf-8-sig", "surrogateescape")
    escaped = len(_ESCAPED.findall(text))
    in_a_row = sum(map(len, _ESCAPED_RUN.findall(text)))
    controls = len(_CONTROL.findall(text))
    if escaped * 3 > len(text) or in_a_row * 4 > escaped or controls * 500 > len(text):
        return None
    return text.translate(_CP1252)
