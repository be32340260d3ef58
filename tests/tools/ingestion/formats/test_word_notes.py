"""DOCX: footnotes, endnotes and text boxes are read once, beside what they are attached to."""

import io

import docx
import pytest
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml

from tests.tools.ingestion.formats.test_word_revisions import paragraph, row, run, table, words
from tools.ingestion.documents import Document, Limits
from tools.ingestion.formats.readers import read_document
from tools.ingestion.parsing.chunker import chunk_document
from tools.sentences import split_sentences

NAMESPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
    "v": "urn:schemas-microsoft-com:vml",
}
DECLARED = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in NAMESPACES.items())
RATES = "https://rates.example/"


def read(body: str, *, footnotes: str = "", endnotes: str = "") -> Document:
    """A file of this body. `rIdRates` is what the notes' links refer to."""
    made, buffer = docx.Document(), io.BytesIO()
    made.sections[0].header.paragraphs[0].text = "Confidential"
    for element in reversed(parse_xml(f"<w:body {DECLARED}>{body}</w:body>")):
        made.element.body.insert(0, element)
    for kind, notes in (("footnotes", footnotes), ("endnotes", endnotes)):
        written = f"<w:{kind} {DECLARED}>{notes}</w:{kind}>".encode()
        content_type = CONTENT_TYPE.WML_FOOTNOTES if kind == "footnotes" else CONTENT_TYPE.WML_ENDNOTES
        part = Part(PackURI(f"/word/{kind}.xml"), content_type, written, made.part.package)
        part.load_rel(RELATIONSHIP_TYPE.HYPERLINK, RATES, "rIdRates", is_external=True)
        made.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES if kind == "footnotes" else RELATIONSHIP_TYPE.ENDNOTES)
    made.save(buffer)
    return read_document(buffer.getvalue(), "a.docx", Limits())


def mark(number: int, kind: str = "footnote") -> str:
    return f'<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:{kind}Reference w:id="{number}"/></w:r>'


def note(number: int, *paragraphs: str, kind: str = "footnote") -> str:
    first, *others = paragraphs
    own = f"<w:p><w:r><w:{kind}Ref/></w:r>{first}</w:p>{''.join(map(paragraph, others))}"
    return f'<w:{kind} w:id="{number}">{own}</w:{kind}>'


def styled(style: str, *pieces: str) -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{"".join(pieces)}</w:p>'


def shape(*paragraphs: str) -> str:
    return f"<wps:wsp><wps:txbx><w:txbxContent>{''.join(paragraphs)}</w:txbxContent></wps:txbx></wps:wsp>"


def of_old(*paragraphs: str) -> str:
    content = f"<w:txbxContent>{''.join(paragraphs)}</w:txbxContent>"
    return f"<w:pict><v:shape><v:textbox>{content}</v:textbox></v:shape></w:pict>"


def drawn(*paragraphs: str) -> str:
    """As Word writes a box: for versions that know shapes, and once more for those that don't."""
    return (
        f'<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing>{shape(*paragraphs)}</w:drawing></mc:Choice>'
        f"<mc:Fallback>{of_old(*paragraphs)}</mc:Fallback></mc:AlternateContent></w:r>"
    )


def texts(document: Document) -> list[tuple[str, str]]:
    return [(block.kind, document.text[block.start : block.end]) for block in document.blocks]


def test_a_note_stands_below_the_paragraph_that_has_its_mark_and_is_a_sentence_of_its_own() -> None:
    document = read(
        paragraph(run("A hotel costs at most 100 EUR"), mark(2), run(". Trains are free."), mark(1, "endnote"))
        + paragraph(run("Ask first.")),
        footnotes=note(-1, "") + note(2, run("Breakfast is included."), run("In Oslo it is 150 EUR.")),
        endnotes=note(1, run("Second class only."), kind="endnote"),
    )
    assert texts(document) == [
        ("paragraph", "A hotel costs at most 100 EUR. Trains are free."),
        ("paragraph", "Note: Breakfast is included. In Oslo it is 150 EUR."),
        ("paragraph", "Note: Second class only."),
        ("paragraph", "Ask first."),
    ]
    (passage,) = chunk_document(document, groups=("public",), tenant="t", chunk_characters=900)
    assert [passage.text[start:end] for start, end in split_sentences(passage.text)] == [
        "A hotel costs at most 100 EUR.",
        "Trains are free.",
        "Note: Breakfast is included.",
        "In Oslo it is 150 EUR.",
        "Note: Second class only.",
        "Ask first.",
    ]


def test_a_note_on_a_heading_stands_below_it_and_one_on_an_item_in_its_line() -> None:
    link = f'<w:hyperlink r:id="rIdRates">{run("the rates")}</w:hyperlink>'
    document = read(
        styled("Heading1", run("Travel"), mark(2))
        + styled("ListBullet", run("Book a train"), mark(3), mark(4))
        + styled("ListBullet", run("Ask first."), mark(5))
        + styled("ListBullet", mark(6)),
        footnotes=note(2, run("Since 2024."))
        + note(3, run("Second class."))
        + note(4, run("See ") + link)
        + note(5, run("By mail."))
        + note(6, run("Of nothing.")),
    )
    assert texts(document) == [
        ("heading", "Travel"),
        ("paragraph", "Note: Since 2024."),
        ("list", "- Book a train; note: Second class. Note: See the rates"),
        ("list", "- Ask first. Note: By mail."),
        ("paragraph", "Note: Of nothing."),
    ]
    assert {block.headings for block in document.blocks} == {("Travel",)}
    (linked,) = document.links
    assert document.text[linked.start :].startswith("the rates\n- Ask")


def test_notes_on_cells_come_below_the_table_name_the_cell_and_keep_their_links() -> None:
    link = f'<w:hyperlink r:id="rIdRates">{run("the rates")}</w:hyperlink>'
    document = read(
        table(row(*words("Item", "Limit")), row(paragraph(run("Hotel")), paragraph(run("100 EUR"), mark(2)))),
        footnotes=note(2, run("See ") + link, run("each year.")),
    )
    assert texts(document) == [
        ("table_header", "Item | Limit"),
        ("table_row", "Item: Hotel; Limit: 100 EUR"),
        ("paragraph", "Note on 100 EUR: See the rates each year."),
    ]
    (linked,) = document.links
    assert (document.text[linked.start :], linked.target) == ("the rates each year.", RATES)


@pytest.mark.parametrize(
    ("body", "footnotes"),
    [
        (paragraph(run("Hotel."), f"<w:del>{mark(2)}</w:del>"), note(2, run("Deleted."))),
        (paragraph(run("Hotel."), mark(7)), note(2, run("Another."))),
        (paragraph(run("Hotel."), mark(2)), note(2, "")),
    ],
    ids=["a deleted mark", "a mark of no note", "an empty note"],
)
def test_what_word_does_not_show_of_notes_is_not_read(body: str, footnotes: str) -> None:
    assert read(body, footnotes=footnotes).text == "Hotel."


def test_a_note_that_is_marked_again_or_in_itself_is_read_once() -> None:
    body = paragraph(run("Hotel."), mark(2)) + paragraph(run("Train."), mark(2))
    assert read(body, footnotes=note(2, run("Of 2025."), mark(2))).text == "Hotel.\n\nNote: Of 2025.\n\nTrain."


@pytest.mark.parametrize(
    "box",
    [
        drawn(*words("Call 112.", "Then leave.")),
        f"<w:r><w:drawing>{shape(*words('Call 112.'))}{shape(*words('Then leave.'))}</w:drawing></w:r>",
        f"<w:r>{of_old(*words('Call 112.', 'Then leave.'))}</w:r>",
        f"<w:ins>{drawn(*words('Call 112.', 'Then leave.'))}</w:ins>",
        drawn(*words("Call 112."), paragraph(drawn(*words("Then leave.")))),
    ],
    ids=["written twice", "a group", "of old versions", "inserted", "in another box"],
)
def test_the_text_of_a_box_is_read_once_below_its_paragraph(box: str) -> None:
    document = read(paragraph(run("In a "), box, run("fire:")) + paragraph(run("Stay calm.")))
    assert document.text == "In a fire:\n\nCall 112.\n\nThen leave.\n\nStay calm."


def test_a_box_tears_no_list_or_table_apart_and_its_heading_is_not_over_what_follows() -> None:
    box = drawn(styled("Heading1", run("Beware")), table(row(*words("Who", "What")), row(*words("IT", "Laptop"))))
    document = read(
        styled("Heading1", run("Rules"))
        + styled("ListBullet", run("Lock it"), box)
        + styled("ListBullet", run("Report it"))
        + table(
            row(*words("Item", "Limit")), row(paragraph(run("Hotel")), paragraph(run("100"), drawn(*words("New!"))))
        )
        + paragraph(run("Ask first."))
    )
    assert texts(document) == [
        ("heading", "Rules"),
        ("list", "- Lock it"),
        ("list", "- Report it"),
        ("paragraph", "Beware"),
        ("table_header", "Who | What"),
        ("table_row", "Who: IT; What: Laptop"),
        ("table_header", "Item | Limit"),
        ("table_row", "Item: Hotel; Limit: 100"),
        ("paragraph", "New!"),
        ("paragraph", "Ask first."),
    ]
    assert {block.headings for block in document.blocks} == {("Rules",)}


def test_paragraphs_written_for_several_versions_are_read_once() -> None:
    body = f"<mc:AlternateContent><mc:Choice Requires='x'>{paragraph(run('New.'))}</mc:Choice>"
    body += f"<mc:Fallback>{paragraph(run('Old.'))}</mc:Fallback></mc:AlternateContent>"
    assert read(body + paragraph(run("Both."))).text == "New.\n\nBoth."


def test_boxes_nested_without_end_are_read_in_time() -> None:
    body = run("deep")
    for _ in range(75):
        body = f"<w:r><w:txbxContent>{paragraph(body)}</w:txbxContent></w:r>"
    assert "deep" in read(paragraph(run("top"), body)).text
