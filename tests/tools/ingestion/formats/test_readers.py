import contextlib
import io
import os
import time
import zipfile
from pathlib import Path

import pytest

from tests.tools.ingestion.formats import files
from tools.errors import UnreadableSource
from tools.ingestion.documents import Document, Limits, UnclearRights
from tools.ingestion.files.regular_files import read_bytes
from tools.ingestion.formats.readers import read_document

LIMITS = Limits()


def texts(document: Document) -> list[str]:
    return [document.text[block.start : block.end] for block in document.blocks]


def linked(document: Document) -> list[tuple[str, str]]:
    for link in document.links:
        assert document.text[link.start :].startswith(link.text)
    return [(link.text, link.target) for link in document.links]


def reason(data: bytes, name: str, limits: Limits = LIMITS) -> str:
    with pytest.raises(UnreadableSource) as caught:
        read_document(data, name, limits)
    assert caught.value.source == name
    return caught.value.reason


def test_markdown_keeps_its_own_text_structure_links_and_front_matter() -> None:
    document = read_document(files.MARKDOWN, "handbook/hr/leave.md", LIMITS)
    assert document.text == files.MARKDOWN.decode()
    assert document.title == "Leave policy"
    metadata = document.metadata
    assert (metadata.groups, metadata.updated, metadata.status) == (("people", "managers"), "2026-03-01", "superseded")
    assert metadata.superseded_by == "leave-2027.md"
    assert metadata.aliases == ("Holiday rules", "HR-12")
    assert metadata.url == "https://handbook.example/leave"
    assert [block.kind for block in document.blocks] == [
        *("heading", "paragraph", "heading", "list", "list", "table_header", "table_row", "table_row", "paragraph"),
    ]
    assert document.blocks[3].headings == ("Leave policy", "Requests")
    assert document.blocks[1].lines == (12, 12)
    assert linked(document) == [
        ("the travel guide", "../travel/guide.md#booking"),
        ("https://law.example/", "https://law.example/"),
        ("Director", "people/director.md"),
    ]


@pytest.mark.parametrize("newline", [b"\r\n", b"\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_markdown_reads_either_newline_and_every_encoding_with_a_mark(newline: bytes, encoding: str) -> None:
    data = files.MARKDOWN.replace(b"\n", newline).decode().encode(encoding)
    document = read_document(data, "leave.md", LIMITS)
    assert document.metadata.groups == ("people", "managers")
    assert document.blocks[3].lines == (16, 16)
    assert texts(document)[3] == "- Ask your manager."


def test_prose_between_two_rules_is_not_front_matter() -> None:
    document = read_document(b"---\nJust a line\n---\n\nText.", "a.md", LIMITS)
    assert "Just a line" in "".join(texts(document))


@pytest.mark.parametrize(
    "front_matter",
    [
        "groups:",
        "groups: []",
        "groups: {a: b}",
        "groups: [[people]]",
        "groups: [people, '']",
        "groups: [people",
        "Groups: [~]",
        "groups: [people]\ngroups: [public]",
        "groups: [" + "[" * 5000,
    ],
)
def test_groups_in_front_matter_that_cannot_be_understood_fail_closed(front_matter: str) -> None:
    with pytest.raises(UnclearRights):
        read_document(f"---\n{front_matter}\n---\nText.".encode(), "a.md", LIMITS)


def test_front_matter_with_groups_that_is_never_closed_fails_closed() -> None:
    with pytest.raises(UnclearRights):
        read_document(b"---\ngroups: [people]\n\nText.", "a.md", LIMITS)


def test_yaml_tags_are_data_and_aliases_are_not_expanded() -> None:
    layers = [("a", "b"), ("b", "c"), ("c", "d")]
    bomb = "a: &a [x,x,x]\n" + "".join(f"{name}: &{name} [*{above},*{above}]\n" for above, name in layers)
    data = f"---\ntitle: !!python/object/apply:os.system ['false']\n{bomb}---\nText."
    assert read_document(data.encode(), "plain-name.md", LIMITS).title == "plain name"


def test_a_date_in_a_file_s_name_stays_a_date() -> None:
    assert read_document(b"Text.", "2026-11-03_lab-report.txt", LIMITS).title == "2026-11-03 lab report"


def test_text_is_cut_at_blank_lines_and_knows_its_lines() -> None:
    document = read_document(b"House rules\r\n\r\nBe kind.\r\nBe quiet.\r\n\r\n\r\nEnd.", "rules.txt", LIMITS)
    assert document.title == "House rules"
    assert [block.lines for block in document.blocks] == [(1, 1), (3, 4), (7, 7)]


CAPITALS = """BACKUPS

Owner: Ada Brun

HOW LONG WE KEEP THEM
Daily backups 35 days.

4. RESTORING ONE TENANT:
1) Ask.
2) Restore.

Fees
====

STOP!
Nothing else.

E42

OK AND SO ON AND SO ON AND SO ON AND SO ON
End.
"""


def test_lines_in_capitals_and_underlined_ones_are_headings_of_plain_text() -> None:
    document = read_document(CAPITALS.encode(), "backups.txt", LIMITS)
    assert document.title == "BACKUPS"
    told = [(block.kind, block.headings, block.lines) for block in document.blocks]
    assert told == [
        ("heading", ("BACKUPS",), (1, 1)),
        ("paragraph", ("BACKUPS",), (3, 3)),
        ("heading", ("HOW LONG WE KEEP THEM",), (5, 5)),
        ("paragraph", ("HOW LONG WE KEEP THEM",), (6, 6)),
        ("heading", ("4. RESTORING ONE TENANT",), (8, 8)),
        ("paragraph", ("4. RESTORING ONE TENANT",), (9, 10)),
        ("heading", ("4. RESTORING ONE TENANT", "Fees"), (12, 13)),
        ("paragraph", ("4. RESTORING ONE TENANT", "Fees"), (15, 16)),
        ("paragraph", ("4. RESTORING ONE TENANT", "Fees"), (18, 18)),
        ("paragraph", ("4. RESTORING ONE TENANT", "Fees"), (20, 21)),
    ]
    assert all(document.text[block.start : block.end].strip() for block in document.blocks)


def test_a_log_has_no_headings() -> None:
    document = read_document(b"SERVER STARTED\nall well\n\nSERVER STOPPED\n", "web.log", LIMITS)
    assert {block.kind for block in document.blocks} == {"paragraph"}


@pytest.mark.parametrize(
    "text", ["A" * 200_000, "AB " * 60_000, "ABCD\n" * 40_000, "\n\nABCD E" * 20_000, "é" * 100_000]
)
def test_long_lines_in_capitals_take_no_time(text: str) -> None:
    """Bounded in what is looked at; the limit is generous, for busy machines."""
    started = time.process_time()
    read_document(text.encode(), "long.txt", LIMITS)
    assert time.process_time() - started < 5


STEPS = """<ol><li>Switch off,<br>and wait.</li><li><p>Open the box.</p><p>It has a <a href="lid.html">lid</a>.</p></li>
<li>Do:<ul><li>one</li><li>two</li></ul></li><li>Close it.</li></ol><p>Later:</p>
<ol start="5"><li>Ask.</li><li value="9">Write.</li><li>Go.</li></ol><p>Or:</p><ol type="a"><li>Stay.</li></ol>
<p>Then:</p><ol start="-1"><li>Sit.</li></ol><p>Down:</p><ol reversed><li>Lie.</li></ol>"""


def test_the_items_of_a_numbered_list_keep_their_numbers() -> None:
    document = read_document(f"<title>Swap</title>{STEPS}".encode(), "swap.html", LIMITS)
    assert document.text.splitlines() == [
        "1. Switch off,",
        "   and wait.",
        "2. Open the box.",
        "   It has a lid.",
        "3. Do:",
        "   - one",
        "   - two",
        "4. Close it.",
        "",
        "Later:",
        "",
        "5. Ask.",
        "9. Write.",
        "10. Go.",
        "",
        "Or:",
        "",
        "- Stay.",
        "",
        "Then:",
        "",
        "1. Sit.",
        "",
        "Down:",
        "",
        "- Lie.",
    ]
    (link,) = document.links
    assert document.text[link.start :].startswith("lid")


def test_html_loses_the_page_around_the_content_and_keeps_the_rest() -> None:
    document = read_document(files.HTML, "handbook/expenses.html", LIMITS)
    assert document.title == "Expenses & travel"
    assert document.metadata.groups == ("finance", "people")
    assert document.metadata.updated == "2026-02-01"
    assert document.metadata.url == "https://handbook.example/expenses"
    assert texts(document) == [
        "Expenses & travel",
        "Claim within 30 days, see the leave policy.",
        "- Keep receipts",
        "   - even small ones",
        "Limits",
        "Item | Limit",
        "Item: Hotel; Limit: 100 EUR",
    ]
    assert document.blocks[-1].headings == ("Expenses & travel", "Limits")
    assert linked(document) == [("the leave policy", "../hr/leave.md#x")]


def test_html_links_stand_at_their_text_in_a_heading_whose_line_breaks_become_spaces() -> None:
    page = b"<h2>Rules<br><br> on <a href=x>travel<br><br>cost</a> <br><br> and <a href=y>food</a></h2>"
    document = read_document(page, "rules.html", LIMITS)
    assert texts(document) == ["Rules on travel cost and food"]
    assert linked(document) == [("travel cost", "x"), ("food", "y")]


def test_html_links_without_text_stay_in_the_block_that_holds_them() -> None:
    page = b"<pre>one\r\n\n\n<a href=x></a></pre><h2>two<br><a href=y></a><br><br></h2><p>three</p>"
    document = read_document(page, "rules.html", LIMITS)
    assert texts(document) == ["one", "two", "three"]
    assert [(link.start, link.target) for link in document.links] == [(3, "x"), (8, "y")]


@pytest.mark.parametrize(
    "meta",
    [
        '<meta name="groups" content="">',
        '<meta name="groups">',
        '<meta name="groups" content="a"><meta name="groups" content="b">',
    ],
)
def test_groups_in_html_that_cannot_be_understood_fail_closed(meta: str) -> None:
    with pytest.raises(UnclearRights):
        read_document(f"<html><head>{meta}</head><body>Text</body></html>".encode(), "a.html", LIMITS)


def test_layout_tables_preformatted_text_and_loose_text_survive() -> None:
    page = b"<body>loose<table><tr><td><table><tr><td>a</td><td>b</td></tr></table></td><td>side</td></tr></table>"
    page += b"<table><tr><th>Owner</th><td>Ann</td></tr></table><pre>x\n  y</pre></body>"
    document = read_document(page, "a.html", LIMITS)
    assert texts(document) == ["loose", "a | b", "side", "Owner: Ann", "x\n  y"]


def test_pdf_keeps_pages_joins_lines_and_tells_headings_by_size() -> None:
    document = read_document(files.pdf(), "security.pdf", LIMITS)
    assert document.title == "Security guide"
    assert [(block.kind, block.page) for block in document.blocks] == [
        *(("heading", 1), ("heading", 1), ("paragraph", 1), ("heading", 2), ("paragraph", 2)),
    ]
    assert "\n" not in texts(document)[2]
    assert texts(document)[2].count("whom they came to see.") == 4
    assert document.blocks[-1].headings == ("Security guide", "Visitors")
    assert linked(document) == [("the door rules", "https://handbook.example/doors")]


def test_word_keeps_headings_lists_and_tables_in_order() -> None:
    document = read_document(files.word(), "onboarding.docx", LIMITS)
    assert document.title == "Onboarding"
    assert document.metadata.updated is None
    assert texts(document) == [
        *("First day", "Meet your buddy.", "- Get a laptop", "Who | What", "Who: IT; What: Laptop", "Welcome!"),
    ]
    assert {block.headings for block in document.blocks} == {("First day",)}


def test_every_kind_of_bad_file_is_named_with_its_reason() -> None:
    assert "empty" in reason(b"", "a.md")
    assert "empty" in reason(b" \n", "a.txt")
    assert "binary" in reason(b"\0\1\2\xff", "a.txt")
    assert "binary" in reason(b"abc\0def", "a.md")
    assert "not UTF-8 text" in reason("Добрый день".encode("koi8-r"), "a.html")
    assert "no text" in reason(b"<html><body><script>x</script></body></html>", "a.html")
    assert "no text" in reason(b"---\ntitle: x\n---\n", "a.md")
    assert "encrypted" in reason(files.pdf(password="secret"), "a.pdf")
    assert "not a PDF" in reason(b"hello", "a.pdf")
    assert "not a valid PDF" in reason(b"%PDF-1.7\nrubbish", "a.pdf")
    assert "not a valid DOCX" in reason(b"PK\3\4rubbish", "a.docx")
    assert "encrypted" in reason(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "a.docx")
    assert "type nobody here reads" in reason(b"x", "a.exe")


def test_limits_are_explicit() -> None:
    assert "larger than" in reason(b"x" * 11, "a.md", Limits(max_bytes=10))
    assert "2 pages" in reason(files.pdf(), "a.pdf", Limits(max_pages=1))
    assert "characters" in reason(files.pdf(), "a.pdf", Limits(max_characters=10))
    assert "characters" in reason(files.word(), "a.docx", Limits(max_characters=10))
    assert "characters" in reason(b"hello world", "a.txt", Limits(max_characters=10))
    assert "paragraphs" in reason(b"a\n\nb\n\nc", "a.md", Limits(max_blocks=2))
    assert "deep" in reason(b"<div>" * 501 + b"x", "a.html")
    assert "unpacks to" in reason(files.word(), "a.docx", Limits(max_unpacked_bytes=1000))


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("word/document.xml", "w") as part:
        for _ in range(64):
            part.write(b"0" * (1 << 20))
    assert "unpacks to 67 MB" in reason(buffer.getvalue(), "a.docx", Limits(max_unpacked_bytes=60_000_000))


def test_entities_in_word_files_are_not_expanded() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(files.word())) as old, zipfile.ZipFile(buffer, "w") as new:
        for item in old.infolist():
            part = old.read(item)
            if item.filename == "word/document.xml":
                declaration = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
                part = part.replace(b"<w:document", declaration + b"<w:document", 1).replace(b"Welcome!", b"Hi &e;", 1)
            new.writestr(item.filename, part)
    assert "Hi" in read_document(buffer.getvalue(), "a.docx", LIMITS).text
    assert "root:" not in read_document(buffer.getvalue(), "a.docx", LIMITS).text


@pytest.mark.parametrize("unit", ["[", "> ", "- ", "![", "[a](", "`", "*a_ ", "<", "|a|b\n|-|-\n", "\n- ", "# \n"])
def test_hostile_markdown_is_read_in_time(unit: str) -> None:
    document = read_document((unit * (20_000 // len(unit)) + "x").encode(), "a.md", LIMITS)
    assert document.blocks


@pytest.mark.parametrize("unit", [" ", "\t", " \t\v", "\n ", "\r", "=", "-\n"])
@pytest.mark.parametrize("suffix", [".txt", ".rst"])
@pytest.mark.parametrize("before", ["x", "x\n\n", "ABCD"])
def test_hostile_text_is_read_in_time(unit: str, suffix: str, before: str) -> None:
    document = read_document((before + unit * (200_000 // len(unit)) + "x").encode(), f"a{suffix}", LIMITS)
    assert document.blocks


@pytest.mark.parametrize("unit", ["<a><div>", "<b><p>", "<table><tr><td>", "<li>", "<!--", "<script>", "<i>"])
def test_hostile_html_is_read_in_time(unit: str) -> None:
    started = time.process_time()
    with contextlib.suppress(UnreadableSource):
        read_document((unit * 20_000 + "x").encode(), "a.html", LIMITS)
    assert time.process_time() - started < 5


def test_what_is_not_a_readable_regular_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "loop.md").symlink_to(tmp_path / "loop.md")
    (tmp_path / "nothing.md").symlink_to(tmp_path / "gone")
    (tmp_path / "folder.md").mkdir()
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "big.md").write_bytes(b"x" * 20)
    reasons = {}
    for name in ("loop.md", "nothing.md", "folder.md", "pipe.md", "big.md"):
        with pytest.raises(UnreadableSource) as caught:
            read_bytes(tmp_path / name, name, Limits(max_bytes=10))
        reasons[caught.value.source] = caught.value.reason
    assert "leads back to itself" in reasons["loop.md"]
    assert "link to nothing" in reasons["nothing.md"]
    assert "folder" in reasons["folder.md"]
    assert "regular" in reasons["pipe.md"]
    assert "larger" in reasons["big.md"]


def test_a_long_cell_of_a_table_is_no_longer_than_the_file_may_be() -> None:
    cell = "word " * 40_000
    document = read_document(f"Name,Text\nAda,{cell}\n".encode(), "notes.csv", LIMITS)
    assert document.text.count("word") == 40_000
