"""Files that are not UTF-8 are read when they say what they are, or when it can be told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.errors import UnreadableSource
from tools.ingestion.documents import Limits
from tools.ingestion.formats.charsets import decode
from tools.ingestion.formats.readers import read_document

RUSSIAN = "Правила отпуска"


@pytest.mark.parametrize(
    ("text", "encoding", "source"),
    [
        ("Grüße aus dem Café – 5 €", "cp1252", "a.md"),
        ("Name;Straße\nJörg;Müllerstraße\n", "latin-1", "a.csv"),
        (f"<html><head><meta charset='windows-1251'></head><body>{RUSSIAN}", "cp1251", "a.html"),
        (
            f'<meta http-equiv="Content-Type" content="text/html; charset=koi8-r"><p>{RUSSIAN}',
            "koi8-r",
            "a.htm",
        ),
        (f'<?xml version="1.0" encoding="windows-1251"?><p>{RUSSIAN}', "cp1251", "a.xhtml"),
        ("<meta charset=shift_jis><p>休暇の規則", "shift_jis", "a.html"),
        (f"#!/usr/bin/python\n# -*- coding: koi8-r -*-\n# {RUSSIAN}\n", "koi8-r", "a.py"),
        ("# -*- coding: latin-1 -*-\n# Grüße\n", "latin-1", "a.py"),
        ("Leave policy, 28 days", "utf-16-le", "a.txt"),
        ("Leave policy, 28 days: Grüße", "utf-16-be", "a.txt"),
        (RUSSIAN, "utf-16", "a.txt"),
        ("<meta charset='windows-1251'>Grüße", "utf-8", "a.html"),
        ("<meta charset='nothing-like-it'><p>Grüße an alle", "cp1252", "a.html"),
        ("<meta charset='punycode'><p>Grüße an alle", "cp1252", "a.html"),
    ],
)
def test_what_is_declared_or_can_be_told_is_read(text: str, encoding: str, source: str) -> None:
    assert decode(text.encode(encoding), source) == text


def test_one_broken_byte_does_not_garble_the_rest() -> None:
    assert decode("Grüße aus dem Café".encode() + b" \xe9 there", "a.txt") == "Grüße aus dem Café é there"


def test_a_broken_byte_does_not_hide_who_may_read_the_file() -> None:
    data = b"\xef\xbb\xbf---\ngroups: [board]\n---\nCaf\xe9.\n"
    assert read_document(data, "a.md", Limits()).metadata.groups == ("board",)


@pytest.mark.parametrize(
    "data",
    [
        RUSSIAN.encode("cp1251"),
        "休暇の規則".encode("shift_jis"),
        b"\x89\xd3\x01\x02\x9f text",
        bytes(range(1, 256)),
        b"abc\0def",
        b"\x7fELF\0\0",
        "Leave".encode("utf-16")[:-1],
        b"\0a\0b\0c\0\x01\0d",
    ],
)
def test_what_cannot_be_told_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableSource):
        decode(data, "a.txt")


@given(st.binary(max_size=200), st.sampled_from(["a.txt", "a.html", "a.py"]))
def test_no_bytes_break_it_and_what_comes_of_them_can_be_written(data: bytes, source: str) -> None:
    try:
        text = decode(data, source)
    except UnreadableSource:
        return
    assert "\0" not in text
    text.encode()
