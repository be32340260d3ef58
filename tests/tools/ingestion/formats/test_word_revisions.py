"""DOCX: what stands in tracked changes, content controls, fields and nested tables is read as Word shows it."""

import io

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from tests.tools.ingestion.formats import files
from tests.tools.ingestion.formats.malformed import with_part
from tools.ingestion.documents import Document, Limits
from tools.ingestion.formats.readers import read_document

BODY = "<w:document {}><w:body>{}</w:body></w:document>"


def read(body: str) -> Document:
    written = BODY.format(nsdecls("w", "r"), body).encode()
    return read_document(with_part(files.word(), "word/document.xml", written), "a.docx", Limits())


def run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*pieces: str) -> str:
    return f"<w:p>{''.join(pieces)}</w:p>"


def table(*rows: str) -> str:
    return f"<w:tbl>{''.join(rows)}</w:tbl>"


def row(*cells: str) -> str:
    return f"<w:tr>{''.join(f'<w:tc>{cell}</w:tc>' for cell in cells)}</w:tr>"


def words(*texts: str) -> list[str]:
    return [paragraph(run(text)) for text in texts]


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        (f"<w:ins>{run('not ')}</w:ins>", "This policy is not binding."),
        (f"<w:moveTo>{run('not ')}</w:moveTo>", "This policy is not binding."),
        (f"<w:ins><w:smartTag>{run('not ')}</w:smartTag></w:ins>", "This policy is not binding."),
        (f"<w:del>{run('not ')}</w:del>", "This policy is binding."),
        (f"<w:moveFrom>{run('not ')}</w:moveFrom>", "This policy is binding."),
        (f"<w:ins><w:del>{run('not ')}</w:del></w:ins>", "This policy is binding."),
        (f"<w:sdt><w:sdtPr/><w:sdtContent>{run('not ')}</w:sdtContent></w:sdt>", "This policy is not binding."),
        (f"<w:fldSimple w:instr='REF x'>{run('not ')}</w:fldSimple>", "This policy is not binding."),
        (f"<w:hyperlink w:anchor='x'><w:ins>{run('not ')}</w:ins></w:hyperlink>", "This policy is not binding."),
        (f"<w:hyperlink r:id='rIdNone'>{run('not ')}</w:hyperlink>", "This policy is not binding."),
        (
            f"<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{run('Click ')}</w:sdtContent></w:sdt>",
            "This policy is binding.",
        ),
    ],
)
def test_a_sentence_says_what_word_shows(inside: str, said: str) -> None:
    assert read(paragraph(run("This policy is "), inside, run("binding."))).text == said


def test_blocks_in_content_controls_are_read_but_a_table_of_contents_is_not() -> None:
    control = "<w:sdt><w:sdtPr/><w:sdtContent>{}</w:sdtContent></w:sdt>"
    listed = "<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val='Table of Contents'/></w:docPartObj></w:sdtPr>"
    listed += f"<w:sdtContent>{''.join(words('Scope 3'))}</w:sdtContent></w:sdt>"
    rows = row(*words("Who", "What")) + control.format(row(*words("IT", "Laptop")))
    document = read(listed + control.format(paragraph(run("Scope")) + table(rows)))
    assert document.text == "Scope\n\nWho | What\nWho: IT; What: Laptop"


def test_a_deleted_row_is_left_out_and_a_control_around_a_cell_is_not() -> None:
    deleted = f"<w:tr><w:trPr><w:del/></w:trPr><w:tc>{paragraph(run('Old'))}</w:tc></w:tr>"
    cell = f"<w:sdt><w:sdtContent><w:tc>{paragraph(run('Laptop'))}</w:tc></w:sdtContent></w:sdt>"
    last = f"<w:tr><w:tc>{paragraph(run('IT'))}</w:tc>{cell}</w:tr>"
    assert read(table(row(*words("Who", "What")), deleted, last)).text == "Who | What\nWho: IT; What: Laptop"


def test_a_table_inside_a_cell_is_read_in_its_place() -> None:
    inner = table(row(*words("Item", "Limit")), row(*words("Hotel", "100")), row(*words("Train", "50")))
    outer = table(row(*words("Trip", "Costs")), row(paragraph(run("Porto")), paragraph(run("At most:")) + inner))
    assert read(outer).text.split("\n")[1] == (
        "Trip: Porto; Costs: At most: Item | Limit; Item: Hotel; Limit: 100; Item: Train; Limit: 50"
    )


def test_a_table_that_only_frames_another_one_is_read_as_what_it_frames() -> None:
    inner = table(row(*words("Item", "Limit")), row(*words("Hotel", "100")))
    assert read(table(row(paragraph(run("Costs")) + inner))).text == "Costs\n\nItem | Limit\nItem: Hotel; Limit: 100"


def test_tables_nested_without_end_are_read_in_time() -> None:
    body = paragraph(run("deep"))
    for _ in range(70):
        body = table(row(body, paragraph(run("beside"))))
    assert "beside" in read(body).text


def test_every_cell_below_a_header_with_blanks_or_repeated_names_is_named() -> None:
    document = read(table(row(*words("", "Phone", "Phone", "")), row(*words("Ann", "1", "2", "x"))))
    assert document.text.split("\n")[1] == "column 1: Ann; Phone: 1; Phone 2: 2; column 4: x"


def test_merged_cells_count_for_every_place_they_cover() -> None:
    made, buffer = docx.Document(), io.BytesIO()
    rows = ["Plan of 2026", "", ""], ["Team", "Mon", "Tue"], ["A", "open", ""], ["", "shut", "open"], ["Notes", "", ""]
    grid = made.add_table(rows=5, cols=3)
    for place, texts in enumerate(rows):
        for cell, text in zip(grid.rows[place].cells, texts, strict=True):
            cell.text = text
    for first, last in (((0, 0), (0, 2)), ((2, 1), (2, 2)), ((2, 0), (3, 0)), ((4, 0), (4, 2))):
        grid.cell(*first).merge(grid.cell(*last))
    made.save(buffer)
    assert read_document(buffer.getvalue(), "a.docx", Limits()).text.split("\n") == [
        "Plan of 2026",
        "",
        "Team | Mon | Tue",
        "Team: A; Mon: open; Tue: open",
        "Team: A; Mon: shut; Tue: open",
        "Notes",
    ]


def test_a_span_without_end_is_cut() -> None:
    span = f'<w:tbl {nsdecls("w")}><w:tr><w:tc><w:tcPr><w:gridSpan w:val="999999999"/></w:tcPr>'
    span += f"{paragraph(run('a'))}</w:tc><w:tc>{paragraph(run('b'))}</w:tc></w:tr></w:tbl>"
    assert parse_xml(span) is not None
    assert len(read(span).text) < 3_000
