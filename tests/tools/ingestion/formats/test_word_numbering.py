"""Items of a Word list have the numbers that Word shows."""

import io
from typing import TYPE_CHECKING, Any

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from tools.ingestion.documents import Limits
from tools.ingestion.formats.readers import read_document

if TYPE_CHECKING:
    from docx.document import Document as WordDocument

ABSTRACT = """<w:abstractNum {ns} w:abstractNumId="70"><w:multiLevelType w:val="multilevel"/>
<w:lvl w:ilvl="0"><w:start w:val="{start}"/><w:numFmt w:val="{format}"/><w:lvlText w:val="{text}"/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%2)"/></w:lvl>
</w:abstractNum>"""
LISTS = """<w:num {ns} w:numId="71"><w:abstractNumId w:val="70"/></w:num>"""
ANEW = """<w:num {ns} w:numId="72"><w:abstractNumId w:val="70"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/>
</w:lvlOverride></w:num>"""


def read(document: "WordDocument") -> list[str]:
    buffer = io.BytesIO()
    document.save(buffer)
    return read_document(buffer.getvalue(), "a.docx", Limits()).text.splitlines()


def numbered(document: "WordDocument", *items: tuple[str, int, int]) -> None:
    """Paragraphs of lists by their numbers, at their levels."""
    for text, number, level in items:
        paragraph: Any = document.add_paragraph(text)
        paragraph._p.get_or_add_pPr().append(
            parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')
        )


def with_lists(*, start: int = 1, written: str = "decimal", text: str = "%1.") -> "WordDocument":
    document = docx.Document()
    root: Any = document.part.numbering_part.element
    ns = nsdecls("w")
    root.insert(0, parse_xml(ABSTRACT.format(ns=ns, start=start, format=written, text=text)))
    for one in (LISTS, ANEW):
        root.append(parse_xml(one.format(ns=ns)))
    return document


def test_a_style_s_list_is_counted() -> None:
    document = docx.Document()
    for text in ("Switch off.", "", "Wait."):
        document.add_paragraph(text, style="List Number")
    document.add_paragraph("Gloves", style="List Bullet")
    document.add_paragraph("Close it.", style="List Number")
    assert read(document) == ["1. Switch off.", "2. Wait.", "- Gloves", "3. Close it."]


def test_lists_of_one_definition_are_counted_on_unless_one_begins_anew() -> None:
    document = with_lists()
    numbered(document, ("Ask.", 71, 0), ("Ada", 71, 1), ("Otto", 71, 1), ("Write.", 71, 0), ("Ines", 71, 1))
    document.add_paragraph("Or:")
    numbered(document, ("Go.", 71, 0), ("Stay.", 72, 0), ("Sit.", 72, 0))
    assert read(document) == [
        "1. Ask.",
        "   1. Ada",
        "   2. Otto",
        "2. Write.",
        "   1. Ines",
        "",
        "Or:",
        "",
        "3. Go.",
        "1. Stay.",
        "2. Sit.",
    ]


def test_a_list_may_begin_later_or_have_no_numbers() -> None:
    late, bullets, parts = with_lists(start=4), with_lists(written="bullet", text="•"), with_lists(text="Part %1:")
    for document in (late, bullets, parts):
        numbered(document, ("Ask.", 71, 0), ("Go.", 71, 0))
    assert read(late) == ["4. Ask.", "5. Go."]
    assert read(bullets) == ["- Ask.", "- Go."]
    assert read(parts) == ["- Ask.", "- Go."]


def test_what_no_list_knows_is_no_item() -> None:
    document = with_lists()
    numbered(document, ("Ask.", 99, 0), ("Go.", 0, 0))
    heading: Any = document.add_heading("Steps", 1)
    heading._p.get_or_add_pPr().append(parse_xml(f'<w:numPr {nsdecls("w")}><w:numId w:val="71"/></w:numPr>'))
    assert read(document) == ["Ask.", "", "Go.", "", "Steps"]


def test_styles_that_are_based_on_each_other_are_followed_and_come_to_an_end() -> None:
    document = docx.Document()
    mine = document.styles.add_style("Mine", 1)
    mine.base_style = document.styles["List Number"]
    document.add_paragraph("Ask.", style="Mine")
    round_about = document.styles.add_style("Round", 1)
    based = parse_xml(f'<w:basedOn {nsdecls("w")} w:val="Round"/>')
    element: Any = round_about.element
    element.append(based)
    document.add_paragraph("Go.", style="Round")
    assert read(document) == ["1. Ask.", "", "Go."]
