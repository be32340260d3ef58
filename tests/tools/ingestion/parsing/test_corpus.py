import json
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.errors import UnreadableSource
from tools.ingestion.documents import Limits, UnclearRights
from tools.ingestion.parsing.corpus import MAX_ROW_CHARACTERS, MAX_ROWS_A_TASK, Row, passages_of_row, read_rows
from tools.ingestion.parsing.tasks import Parser, ParserInProcess
from tools.ingestion.parsing.workers import ParserWorkers
from tools.passages import Passage


def rows_of(
    tmp_path: Path,
    *lines: bytes | dict[str, object],
    limits: Limits | None = None,
    parser: Parser | None = None,
) -> list[Row | UnreadableSource]:
    path = tmp_path / "corpus.jsonl"
    path.write_bytes(b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines))
    with closing(parser or ParserInProcess()) as opened:
        return list(read_rows(path, "corpus.jsonl", limits or Limits(), opened))


def passages(row: Row | UnreadableSource) -> tuple[Passage, ...]:
    assert isinstance(row, Row)
    return passages_of_row(row, source=f"corpus.jsonl#{row.id}", groups=("public",), tenant="default")


def test_a_row_is_one_passage_under_its_own_id(tmp_path: Path) -> None:
    row, bare = rows_of(
        tmp_path, {"id": "a-1", "title": "Łódź (city)", "text": " Text.\n", "url": "u"}, {"id": "b", "text": "x"}
    )
    (passage,) = passages(row)
    assert (passage.id, passage.source, passage.text, passage.url) == ("a-1", "corpus.jsonl#a-1", " Text.\n", "u")
    assert (passage.start, passage.end) == (0, 7)
    assert passage.names == ("łodz city", "łodz")
    (untitled,) = passages(bare)
    assert (untitled.header, untitled.names) == ("", ())


def test_a_very_long_row_goes_on_under_numbered_ids(tmp_path: Path) -> None:
    text = "A sentence about something. " * 1500
    (row,) = rows_of(tmp_path, {"id": "a", "title": "A", "text": text})
    parts = passages(row)
    assert [part.id for part in parts] == ["a", "a#2", "a#3"]
    for part in parts:
        assert text[part.start : part.end] == part.text
        assert len(part.text) <= MAX_ROW_CHARACTERS
    assert "".join(part.text for part in parts).replace(" ", "") == text.replace(" ", "")


def test_every_wrong_row_is_named_by_line_and_reason_and_the_rest_is_read(tmp_path: Path) -> None:
    found = rows_of(
        tmp_path,
        {"id": "good", "text": "x"},
        b"{not json",
        b"[1]",
        b"\xff\xfe\xfd",
        {"text": "no id"},
        {"id": 7, "text": "x"},
        {"id": "a", "text": "  "},
        {"id": "b"},
        {"id": "c", "text": "x", "title": 3},
        b"",
        b'{"id": "d", "text": "\\ud800"}',
        b"[" * 100_000,
        {"id": "e", "text": "y"},
    )
    assert [row.id for row in found if isinstance(row, Row)] == ["good", "e"]
    reasons = [str(error) for error in found if isinstance(error, UnreadableSource)]
    assert [reason.split(": ")[0] for reason in reasons] == [
        f"corpus.jsonl:{n}" for n in (2, 3, 4, 5, 6, 7, 8, 9, 11, 12)
    ]
    assert "not JSON" in reasons[0]
    assert "not UTF-8" in reasons[2]
    assert "id must be" in reasons[3]
    assert "no text" in reasons[5]


def test_groups_of_a_row_fail_closed(tmp_path: Path) -> None:
    wrong: list[object] = [None, [], "people", [""], [1], {"a": 1}]
    found = rows_of(tmp_path, *({"id": str(n), "text": "x", "groups": groups} for n, groups in enumerate(wrong)))
    assert [type(row) for row in found] == [UnclearRights] * len(wrong)


def test_a_line_without_end_is_not_read_into_memory(tmp_path: Path) -> None:
    found = rows_of(tmp_path, b'"' + b"x" * 5_000_000, {"id": "a", "text": "x"}, limits=Limits(max_bytes=1000))
    assert [type(row) for row in found] == [UnreadableSource, Row]
    assert "longer than" in str(found[0])


def test_workers_read_the_same_rows_as_this_process(tmp_path: Path) -> None:
    lines: list[bytes | dict[str, object]] = [
        {"id": "a", "title": "A", "text": "x\u00a0\u2028y", "url": "u", "groups": ["people", "board"]},
        b"{",
        {"id": "b", "text": "x", "groups": 1},
    ]
    lines += [{"id": str(number), "text": "x" * 9_000} for number in range(MAX_ROWS_A_TASK)]
    alone = rows_of(tmp_path, *lines)
    apart = rows_of(tmp_path, *lines, parser=ParserWorkers(workers=1))
    assert [row if isinstance(row, Row) else repr(row) for row in apart] == [
        row if isinstance(row, Row) else repr(row) for row in alone
    ]
    assert [type(row) for row in apart[:3]] == [Row, UnreadableSource, UnclearRights]


def test_a_row_that_takes_its_parser_down_costs_itself_only(tmp_path: Path) -> None:
    hostile = b'{"id": "h", "text": "x", "more": [' + b"[[]]," * 1_500_000 + b"0]}"
    found = rows_of(
        tmp_path, {"id": "a", "text": "x"}, hostile, {"id": "b", "text": "y"}, parser=ParserWorkers(memory_mb=300)
    )
    assert [row.id if isinstance(row, Row) else row.source for row in found] == ["a", "corpus.jsonl:2", "b"]
    assert "memory" in str(found[1])


@settings(deadline=None)
@given(
    st.lists(st.one_of(st.binary(max_size=40), st.sampled_from([b'{"id": "a", "text": "x"}', b"{", b"\xef\xbb\xbf"])))
)
def test_arbitrary_lines_give_rows_or_errors(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]) -> None:
    for row in rows_of(tmp_path_factory.mktemp("rows"), *lines):
        assert isinstance(row, Row | UnreadableSource)
