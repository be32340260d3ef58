"""A table that goes on in the next passage is read, cited and put together as if it had not been cut."""

import pytest

from graph.structure.tables import tables_in
from graph.texts.reading import is_citable, reading_of
from tools.ingestion.documents import Limits
from tools.ingestion.formats.readers import read_document
from tools.ingestion.parsing.chunker import chunk_document
from tools.passages import Passage
from tools.sentences import split_sentences

TOOLS = [("Saw", "Workshop", "3"), ("Drill", "Shed", "4"), ("*Lathe*", "Workshop", "1"), ("Anvil", "", "2")]
READ = [
    "Tool: Saw; Room: Workshop; Pieces: 3",
    "Tool: Drill; Room: Shed; Pieces: 4",
    "Tool: Lathe; Room: Workshop; Pieces: 1",
    "Tool: Anvil; Pieces: 2",
]
HEADER = "| Tool | Room | Pieces |\n|---|---|---|\n"
ROWS = "\n".join(f"| {' | '.join(cells)} |" for cells in TOOLS)
AROUND = ["{table}", "# Tools\n\n{table}\n\nAll of them are ours.\n", "Ours.\n\n## A\n\nSo.\n\n## B\n\n{table}\n\n## C"]


def passages_of(text: str, size: int) -> tuple[Passage, ...]:
    document = read_document(text.encode(), "tools.md", Limits())
    return chunk_document(document, groups=("public",), tenant="default", chunk_characters=size)


def readings(passages: tuple[Passage, ...]) -> list[str]:
    return [
        reading_of(passage, start, end)
        for passage in passages
        for start, end in split_sentences(passage.text)
        if is_citable(passage, start, end)
    ]


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("size", range(len(HEADER), 260, 7))
def test_every_row_is_citable_under_its_columns_wherever_the_table_is_cut(around: str, size: int) -> None:
    found = readings(passages_of(around.format(table=HEADER + ROWS), size))
    assert [one for one in found if one.startswith("Tool")] == READ
    assert not any("Saw:" in one or "Drill:" in one or "|" in one for one in found)


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("size", range(len(HEADER), 260, 7))
def test_a_table_that_was_cut_is_whole_in_its_document(around: str, size: int) -> None:
    (table,) = tables_in(passages_of(around.format(table=HEADER + ROWS), size))
    assert table.is_whole
    assert [row.said for row in table.rows] == READ


@pytest.mark.parametrize("size", range(40, 120, 5))
def test_a_column_without_a_name_stays_one(size: int) -> None:
    found = readings(passages_of("|  | 2025 | 2026 |\n|---|---|---|\n| Sales | 41 | 43 |\n| Costs | 38 | 39 |", size))
    assert found == ["Sales; 2025: 41; 2026: 43", "Costs; 2025: 38; 2026: 39"]


@pytest.mark.parametrize("headings", [(), ("Tools",), ("Part | Place | Weight | Price",)])
def test_a_row_of_a_table_whose_columns_are_not_known_is_read_without_any(headings: tuple[str, ...]) -> None:
    passage = Passage("k", "p", "tools.md", "Tools", ROWS, start=90, end=90 + len(ROWS), headings=headings)
    assert readings((passage,)) == ["Saw, Workshop, 3", "Drill, Shed, 4", "Lathe, Workshop, 1", "Anvil, 2"]


def test_a_second_table_of_a_passage_has_columns_of_its_own() -> None:
    text = f"{ROWS}\n\n| Colour | Code | Shade |\n|---|---|---|\n| Red | R | dark |"
    headings = ("Tool | Room | Pieces", "Tools")
    passage = Passage("k", "p", "tools.md", "Tools", text, start=90, end=90 + len(text), headings=headings)
    assert readings((passage,)) == [*READ, "Colour: Red; Code: R; Shade: dark"]
