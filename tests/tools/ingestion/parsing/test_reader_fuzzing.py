"""Whatever the bytes are, a reader makes a document of them or says why not."""

import random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.tools.ingestion.formats import files
from tools.errors import UnreadableSource
from tools.ingestion.documents import Limits
from tools.ingestion.formats.readers import READERS, read_document
from tools.ingestion.parsing.chunker import chunk_document

SUFFIXES = sorted(reader.suffixes[0] for reader in READERS)
VALID = {
    ".md": files.MARKDOWN,
    ".txt": b"Rules\n\nBe kind.\n",
    ".html": files.HTML,
    ".pdf": files.pdf(),
    ".docx": files.word(),
    ".pptx": files.slides(),
    ".xlsx": files.workbook(),
    ".csv": files.CSV,
    ".jsonl": files.JSONL,
    ".eml": files.mail(),
    ".py": files.CODE,
    ".rst": files.RST,
    ".vtt": b"WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ada>Hi!</v>\n\n00:03.000 --> 00:04.000\n<v Bo>Yes.</v>\n",
    ".srt": b"1\n00:00:01,000 --> 00:00:02,000\nAda: Hi!\n\n2\n00:00:03,000 --> 00:00:04,000\nYes.\n",
}
TAGS = "<b>,<br>,</b>,<table>,<tr>,<td>,</td>,</table>,<a href=x>,</a>,<li>,<pre>,<h2>,</h2>"
LINES = ["---\n", "## ", "| a | b |\n|-|-|\n", "```\n", "[x](y)", "[x]: z\n", "groups: ", "é🙂", "\r\n"]
MARKUP = st.sampled_from([*"#|-*>`[]\n ", *LINES, *TAGS.split(",")])
PATIENT = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def check(data: bytes, suffix: str) -> None:
    try:
        document = read_document(data, f"folder/file{suffix}", Limits())
    except UnreadableSource:
        return
    position = 0
    for block in document.blocks:
        assert position <= block.start < block.end <= len(document.text)
        position = block.end
    for link in document.links:
        assert 0 <= link.start <= len(document.text)
    for passage in chunk_document(document, groups=("public",), tenant="t", chunk_characters=200):
        assert document.text[passage.start : passage.end] == passage.text


@pytest.mark.parametrize("suffix", SUFFIXES)
@PATIENT
@given(data=st.binary(max_size=300))
def test_arbitrary_bytes(suffix: str, data: bytes) -> None:
    check(data, suffix)


@pytest.mark.parametrize("suffix", [".md", ".html", ".txt", ".rst", ".csv", ".jsonl", ".eml", ".py", ".vtt", ".srt"])
@PATIENT
@example(text="<PRE>0\r<A HREF=0>")
@example(text="<pre>0<a href=x>   </a></pre>")
@example(text="<h2>a<br><br><br><br><a href=x>b</a></h2>")
@given(text=st.one_of(st.text(max_size=300), st.lists(MARKUP, max_size=60).map("".join)))
def test_arbitrary_text(suffix: str, text: str) -> None:
    check(text.encode("utf-8", "replace"), suffix)


@pytest.mark.parametrize("suffix", sorted(VALID))
@PATIENT
@given(seed=st.integers(0, 2**32), cuts=st.integers(1, 6))
def test_damaged_valid_files(suffix: str, seed: int, cuts: int) -> None:
    chance, data = random.Random(seed), bytearray(VALID[suffix])
    for _ in range(cuts):
        at = chance.randrange(len(data))
        match chance.randrange(4):
            case 0:
                data[at] = chance.randrange(256)
            case 1:
                del data[at : at + chance.randrange(1, 50)]
            case 2:
                data[at:at] = chance.randbytes(chance.randrange(1, 20))
            case _:
                data[at : at + 30] = data[:30]
        if not data:
            break
    check(bytes(data), suffix)
