"""Slides, sheets, tables of delimited values, mail, JSON lines and source code."""

import io
import zipfile

import docx
import pytest
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph

from tests.tools.ingestion.formats import files
from tools.errors import UnreadableSource
from tools.ingestion.documents import Document, Limits
from tools.ingestion.formats.readers import read_document
from tools.ingestion.parsing.chunker import chunk_document
from tools.passages import Passage

LIMITS = Limits()


def texts(document: Document) -> list[tuple[str, str]]:
    return [(block.kind, document.text[block.start : block.end]) for block in document.blocks]


def cut(document: Document, characters: int) -> tuple[Passage, ...]:
    return chunk_document(document, groups=("public",), tenant="t", chunk_characters=characters)


def test_slides_are_pages_with_their_texts_tables_and_notes_and_hidden_ones_are_left_out() -> None:
    document = read_document(files.slides(), "security.pptx", LIMITS)
    assert [(kind, text, block.page) for (kind, text), block in zip(texts(document), document.blocks, strict=True)] == [
        ("heading", "Badges", 1),
        ("list", "- Worn at all times", 1),
        ("list", "- See the rules, or the rules", 1),
        ("paragraph", "Notes: Ask about visitors.", 1),
        ("heading", "Limits", 2),
        ("table_header", "Item | Limit", 2),
        ("table_row", "Item: Hotel; Limit: 100 EUR", 2),
    ]
    (link,) = document.links
    assert document.text[link.start - len("See the rules, or ") :].startswith("See the rules, or the rules")
    assert [passage.locator for passage in cut(document, 900)] == ["p. 1", "p. 2"]


def test_every_row_of_a_sheet_says_its_columns_and_hidden_sheets_are_left_out() -> None:
    document = read_document(files.workbook(), "budget.xlsx", LIMITS)
    assert texts(document) == [
        ("heading", "Budget"),
        ("paragraph", "Budget of 2026"),
        ("table_header", "Team | Amount | Approved"),
        ("table_row", "Team: Team 0; Amount: 1000; Approved: yes"),
        ("table_row", "Team: Team 1; Amount: 1001; Approved: yes"),
    ]


@pytest.mark.parametrize(
    ("data", "source"),
    [
        (files.workbook(200), "a.xlsx"),
        (b"Team,Amount\n" + b"\n".join(b"Team %d,%d" % (n, n) for n in range(200)), "a.csv"),
        (b"| Team | Amount |\n|---|---|\n" + b"\n".join(b"| Team %d | %d |" % (n, n) for n in range(200)), "a.md"),
        (
            b"<table><tr><th>Team<th>Amount</tr>"
            + b"".join(b"<tr><td>Team %d<td>%d</tr>" % (n, n) for n in range(200))
            + b"</table>",
            "a.html",
        ),
    ],
    ids=["xlsx", "csv", "markdown", "html"],
)
def test_a_table_keeps_its_header_in_every_chunk(data: bytes, source: str) -> None:
    passages = cut(read_document(data, source, LIMITS), 400)
    assert len(passages) > 5
    assert all("Team" in passage.content and "Amount" in passage.content for passage in passages)


def test_delimited_values_are_located_by_their_lines_whatever_the_delimiter() -> None:
    document = read_document(files.CSV, "leave.csv", LIMITS)
    assert document.text.splitlines()[1] == "Name: Ada; Days: 28; Approver: Grace"
    assert [passage.locator for passage in cut(document, 40)] == ["lines 1–1", "lines 2–2", "lines 3–3"]
    assert "b: 2" in read_document(b"a\tb\n1,5\t2\n", "x.tsv", LIMITS).text
    numbers = read_document(b"1,2\n3,4\n", "x.csv", LIMITS)
    assert numbers.text == "1 | 2\n3 | 4"


def test_cells_beyond_the_header_are_not_lost() -> None:
    document = read_document(b"a,b\n1,2,3\n4\n", "x.csv", LIMITS)
    assert document.text.splitlines()[1:] == ["a: 1; b: 2; 3", "a: 4"]


def test_a_mail_says_who_when_and_what_was_attached() -> None:
    document = read_document(files.mail(), "notice.eml", LIMITS)
    assert (document.title, document.metadata.updated) == ("Café closed", "2026-03-02")
    assert texts(document)[1:] == [
        (
            "paragraph",
            "From: Ada <ada@acme.example>\nTo: Grace <grace@acme.example>\nDate: Mon, 02 Mar 2026 10:00:00 +0000",
        ),
        ("paragraph", "The café is closed."),
        ("paragraph", "Bring lunch."),
        ("list", "- Attachment: plan.pdf (application/pdf)"),
    ]


def test_a_mail_of_markup_is_read_as_the_page_it_is() -> None:
    document = read_document(files.mail(html_only=True), "notice.eml", LIMITS)
    assert ("heading", "Notice") in texts(document)
    (link,) = document.links
    assert document.text[link.start :].startswith("the plan.")


def test_json_lines_name_their_fields() -> None:
    document = read_document(files.JSONL, "services.jsonl", LIMITS)
    assert texts(document)[0] == ("table_row", "service: billing; owner.team: Payments; tags: tier 1, eu")
    assert [block.lines for block in document.blocks] == [(1, 1), (3, 3)]


def test_a_line_that_is_no_json_costs_itself_and_a_file_of_them_is_refused() -> None:
    document = read_document(b'{"a": 1}\n{"b": \n{"c": 3}\n', "x.jsonl", LIMITS)
    assert [(text, block.lines) for (_, text), block in zip(texts(document), document.blocks, strict=True)] == [
        ("a: 1", (1, 1)),
        ("c: 3", (3, 3)),
    ]
    with pytest.raises(UnreadableSource, match="no JSON in line 2"):
        read_document(b'{"a": 1}\n{"b": \nc\n', "x.jsonl", LIMITS)


def test_line_breaks_of_unicode_end_no_line_of_json() -> None:
    document = read_document('{"a": "one\u2028two\u0085three"}\r\n{"b": 2}\r\n'.encode(), "x.jsonl", LIMITS)
    assert [block.lines for block in document.blocks] == [(1, 1), (2, 2)]
    assert document.text.startswith("a: one two three")


def test_a_function_stays_whole_with_its_comment_and_is_located_by_its_lines() -> None:
    document = read_document(files.CODE, "office/leave.py", LIMITS)
    blocks = {document.text[block.start : block.end].split("\n")[0]: block.lines for block in document.blocks}
    assert blocks == {
        '"""Leave."""': (1, 1),
        "import sys": (3, 3),
        "# How many days somebody has.": (5, 10),
        "class Office:": (13, 17),
    }
    assert document.title == "leave.py"
    assert [passage.locator for passage in cut(document, 150)] == ["lines 1–10", "lines 13–17"]


def test_braces_at_the_margin_do_not_begin_a_block() -> None:
    document = read_document(b"int a() {\n\n  return 1;\n\n}\n\nint b() { return 2; }\n", "x.c", LIMITS)
    assert [block.lines for block in document.blocks] == [(1, 5), (7, 7)]


def test_the_headings_of_restructured_text_are_seen() -> None:
    document = read_document(files.RST, "docs/guide.rst", LIMITS)
    assert document.title == "Guide"
    assert [block.headings for block in document.blocks if block.kind == "paragraph"] == [
        ("Guide",),
        ("Guide", "Install"),
    ]


def linked(paragraph: Paragraph, text: str, url: str) -> None:
    """python-docx reads hyperlinks and has no call to write one."""
    link, run, words = OxmlElement("w:hyperlink"), OxmlElement("w:r"), OxmlElement("w:t")
    link.set(qn("r:id"), paragraph.part.relate_to(url, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    words.text = text
    run.append(words)
    link.append(run)
    paragraph._p.append(link)


def test_a_link_in_word_stands_where_it_stands_even_when_its_words_came_before() -> None:
    document, buffer = docx.Document(), io.BytesIO()
    paragraph = document.add_paragraph("  The guide is old; see ")
    linked(paragraph, "guide", "https://a.example/")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip([*table.rows[0].cells, *table.rows[1].cells], ["Guide", "Where", "guide", ""], strict=True):
        cell.text = text
    linked(table.rows[1].cells[1].paragraphs[0], "guide", "https://b.example/")
    document.save(buffer)
    read = read_document(buffer.getvalue(), "a.docx", LIMITS)
    assert [(read.text[: link.start].split("\n")[-1], link.target) for link in read.links] == [
        ("The guide is old; see ", "https://a.example/"),
        ("Guide: guide; Where: ", "https://b.example/"),
    ]


def test_a_link_in_a_row_of_markup_stands_in_its_own_cell() -> None:
    page = b"<table><tr><th>Guide<th>Where</tr><tr><td>guide<td>the  <a href='x.html'>guide</a></tr></table>"
    read = read_document(page, "a/b.html", LIMITS)
    assert read.text[: read.links[0].start].endswith("Guide: guide; Where: the ")


@pytest.mark.parametrize("suffix", [".pptx", ".xlsx", ".xlsm", ".ods", ".docx"])
def test_an_archive_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(suffix: str) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"\0" * 2_000_000)
    with pytest.raises(UnreadableSource, match="too much"):
        read_document(buffer.getvalue(), f"a{suffix}", Limits(max_unpacked_bytes=1_000_000))
