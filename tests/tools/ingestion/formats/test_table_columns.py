"""Every row of a table says what its cells are, whatever its columns are called and however its cells are merged."""

import io

import pptx
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from tools.ingestion.documents import Document, Limits
from tools.ingestion.formats.readers import read_document
from tools.ingestion.formats.tables import column_names
from tools.ingestion.parsing.chunker import chunk_document


def read(text: str, source: str = "a.csv") -> list[str]:
    return [line for line in read_document(text.encode(), source, Limits()).text.split("\n") if line]


def sheet(*rows: list[object]) -> Document:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        made = book.add_worksheet("Sheet")
        for place, row in enumerate(rows):
            made.write_row(place, 0, row)
    return read_document(buffer.getvalue(), "a.xlsx", Limits())


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("Region;2023;2024\nNorth;10;20\n", "Region: North; 2023: 10; 2024: 20"),
        ("Region;2023;2024\nNorth;2010;20\nSouth;12;9\n", "Region: North; 2023: 2010; 2024: 20"),
        ("Region;2023-01;2023-02\nNorth;10;20\n", "Region: North; 2023-01: 10; 2023-02: 20"),
        ("Region;01/2023;02/2023\nNorth;10;20\n", "Region: North; 01/2023: 10; 02/2023: 20"),
        ("Region;2023/24;2024/25\nNorth;10;20\n", "Region: North; 2023/24: 10; 2024/25: 20"),
        ("Age;0-17;18-64;65+\nPrice;5 EUR;10 EUR;7 EUR\n", "Age: Price; 0-17: 5 EUR; 18-64: 10 EUR; 65+: 7 EUR"),
        ("Region;2025-03-04;2025-03-05\nNorth;10;20\n", "Region: North; 2025-03-04: 10; 2025-03-05: 20"),
        ("2023;2024\n10;20\n", "2023: 10; 2024: 20"),
        ("Name,Phone,Phone\nAnn,1,2\n", "Name: Ann; Phone: 1; Phone 2: 2"),
        ("Name,,Phone\nAnn,x,2\n", "Name: Ann; column 2: x; Phone: 2"),
        ("Name,Role\nAnn,Lead\n", "Name: Ann; Role: Lead"),
        ("1,2\n3,4\n", "3 | 4"),
        ("Ann;28;Porto\nBob;30;Lisbon\n", "Bob | 30 | Lisbon"),
        ("Spain;25\nFrance;30\n", "France | 30"),
    ],
)
def test_the_first_row_names_the_columns_when_what_is_below_is_of_another_kind(table: str, row: str) -> None:
    assert read(table)[1] == row


@pytest.mark.parametrize(
    "above",
    [
        [["As of", "2025-03-04"]],
        [["Prepared by", "Finance"]],
        [["Budget"], ["As of", "2025-03-04"], ["Prepared by", "Finance"]],
        [["As of", "2025-03-04"], []],
        [["Prepared by", "Finance"], ["As of", "2025-03-04"], []],
    ],
)
def test_lines_above_the_header_are_not_taken_for_it(above: list[list[object]]) -> None:
    text = sheet(*above, ["Region", "Cost", "Head"], ["North", 10, "Ann"], ["South", 20, "Bob"]).text
    assert text.endswith("Region | Cost | Head\nRegion: North; Cost: 10; Head: Ann\nRegion: South; Cost: 20; Head: Bob")
    assert all(str(cell) in text for row in above for cell in row)


def test_a_second_table_on_a_sheet_has_names_of_its_own() -> None:
    text = sheet(["Team", "Amount"], ["A", 1], [], ["Rooms"], ["Room", "Seats"], ["Red", 4], [], ["Blue", 6]).text
    assert text.split("\n") == [
        *("Sheet", "", "Team | Amount", "Team: A; Amount: 1", "", "Rooms", ""),
        *("Room | Seats", "Room: Red; Seats: 4", "Room: Blue; Seats: 6"),
    ]


def test_a_wider_table_below_begins_anew() -> None:
    assert read("Name,Role\nAnn,Lead\n\nVendor,Contact,City\nAcme,Bob,Porto\n")[-1] == (
        "Vendor: Acme; Contact: Bob; City: Porto"
    )


def test_rows_that_may_be_another_table_have_no_names_rather_than_wrong_ones() -> None:
    assert read("Name,Role\nAnn,Lead\n\nVendor,Contact\nAcme,Bob\n")[2:] == ["Vendor | Contact", "Acme | Bob"]


def test_a_blank_row_below_the_header_or_among_the_rows_ends_no_table() -> None:
    assert read("Name,Days\n\nAnn,28\n\nBob,30\nTotal,58\n")[1:] == [
        *("Name: Ann; Days: 28", "Name: Bob; Days: 30", "Name: Total; Days: 58"),
    ]


@pytest.mark.parametrize("source", ["a.csv", "a.xlsx"])
def test_the_chunks_of_a_long_cell_say_whose_it_is_and_in_which_column(source: str) -> None:
    rule = " ".join(f"They must not do thing {number}." for number in range(100))
    written = f"Name,Rule\nAnn,{rule}\nBob,none\n".encode()
    document = read_document(written, source, Limits()) if source == "a.csv" else sheet(["Name", "Rule"], ["Ann", rule])
    passages = chunk_document(document, groups=("g",), tenant="t", chunk_characters=900)
    assert len(passages) > 3
    assert all("Name: Ann; Rule: They" in passage.text for passage in passages)
    assert all(f"thing {number}." in document.text for number in range(100))
    assert passages[1].locator == ("lines 2–2" if source == "a.csv" else "Sheet")


@pytest.mark.parametrize(
    ("table", "lines"),
    [
        (
            "<thead><tr><td>Item<td>Limit</tr></thead><tbody><tr><td>Hotel<td>100</tr></tbody>",
            ["Item | Limit", "Item: Hotel; Limit: 100"],
        ),
        (
            "<tr><th>Team<th>Day<th>Open</tr><tr><td rowspan=2>A<td>Mon<td>9</tr><tr><td>Tue<td>10</tr>"
            "<tr><td>B<td>Mon<td>8</tr>",
            [
                *("Team | Day | Open", "Team: A; Day: Mon; Open: 9", "Team: A; Day: Tue; Open: 10"),
                "Team: B; Day: Mon; Open: 8",
            ],
        ),
        (
            "<tr><th>Team<th>Mon<th>Tue</tr><tr><td>A<td colspan=2>shut</tr><tr><td colspan=3>Europe</tr>",
            ["Team | Mon | Tue", "Team: A; Mon: shut; Tue: shut", "Europe"],
        ),
        (
            "<thead><tr><th rowspan=2>Region<th colspan=2>2023</tr><tr><th>H1<th>H2</tr></thead>"
            "<tr><td>North<td>1<td>2</tr>",
            ["Region | 2023 | 2023 2", "Region | 2023 H1 | 2023 H2", "Region: North; 2023 H1: 1; 2023 H2: 2"],
        ),
        ("<tr><th>Item<th>A<th>A</tr><tr><td>x<td>1</tr>", ["Item | A | A 2", "Item: x; A: 1"]),
        (
            "<tbody><tr><th>A<th>B</tr><tr><td rowspan=0>x<td>1</tr><tr><td>2</tr></tbody><tr><td>y<td>3</tr>",
            ["A | B", "A: x; B: 1", "A: x; B: 2", "A: y; B: 3"],
        ),
    ],
)
def test_spans_and_headers_of_markup_are_understood(table: str, lines: list[str]) -> None:
    assert read(f"<table>{table}</table>", "a.html") == lines


def test_a_span_without_end_is_cut() -> None:
    cells = "<tr><td colspan=99999 rowspan=99999>a<td>b</tr>" * 50
    assert len("".join(read(f"<table>{cells}</table>", "a.html"))) < 100_000


def test_merged_cells_of_a_sheet_count_for_every_place_they_cover_and_percentages_are_written_as_such() -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.add_worksheet("Empty")
        made, rate = book.add_worksheet("Rates"), book.add_format({"num_format": "0.0%"})
        made.merge_range("B2:D2", "Rates of 2026")
        made.write_row("B4", ["Region", "Kind", "Rate"])
        made.merge_range("B5:B6", "North")
        made.write_row("C5", ["food"])
        made.write("D5", 0.19, rate)
        made.write_row("C6", ["books"])
        made.write("D6", 0.055, rate)
        made.write_row("B7", ["South", "food", 0.2])
        made.write("B8", "West")
        made.merge_range("C8:D8", "none at all")
    document = read_document(buffer.getvalue(), "a.xlsx", Limits())
    assert [line for line in document.text.split("\n") if line] == [
        *("Rates", "Rates of 2026", "Region | Kind | Rate", "Region: North; Kind: food; Rate: 19%"),
        *("Region: North; Kind: books; Rate: 5.5%", "Region: South; Kind: food; Rate: 0.2"),
        "Region: West; Kind: none at all; Rate: none at all",
    ]


def test_slides_name_blank_columns_and_repeat_merged_cells() -> None:
    deck, buffer = pptx.Presentation(), io.BytesIO()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Hours"
    table = slide.shapes.add_table(4, 3, 0, 0, 900, 900).table
    rows = ["", "Mon", "Tue"], ["A", "open", ""], ["", "shut", "open"], ["Notes", "", ""]
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    for first, last in (((1, 1), (1, 2)), ((1, 0), (2, 0)), ((3, 0), (3, 2))):
        table.cell(*first).merge(table.cell(*last))
    deck.save(buffer)
    assert read_document(buffer.getvalue(), "a.pptx", Limits()).text.split("\n")[2:] == [
        "column 1 | Mon | Tue",
        "column 1: A; Mon: open; Tue: open",
        "column 1: A; Mon: shut; Tue: open",
        "Notes",
    ]


@given(st.lists(st.sampled_from(["", "a", "a 2", "a 3", "column 1", "column 2"]), max_size=30))
def test_no_two_columns_have_the_same_name(written: list[str]) -> None:
    names = column_names(written)
    assert len(names) == len(set(names)) == len(written)
    assert all(names)


def test_rows_of_several_lines_are_located_by_the_lines_of_the_file() -> None:
    rows = ["Name,Rule", 'Ann,"one\ntwo\nthree"', "Bob,x", "", 'Cid,"y\r\nz"', "Dan,w"]
    document = read_document("\n".join(rows).encode(), "a.csv", Limits())
    assert [block.lines for block in document.blocks] == [(1, 1), (2, 4), (5, 5), (7, 8), (9, 9)]
    passages = chunk_document(document, groups=("g",), tenant="t", chunk_characters=60)
    assert [passage.lines for passage in passages] == [(1, 4), (5, 9)]


def test_the_line_that_tells_excel_its_delimiter_is_no_row() -> None:
    document = read_document(b"sep=;\nName;Days\nAnn, jr.;28\n", "a.csv", Limits())
    assert document.text == "Name | Days\nName: Ann, jr.; Days: 28"
    assert document.blocks[0].lines == (2, 2)
