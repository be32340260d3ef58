import time
from dataclasses import replace
from pathlib import PurePosixPath

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.tools.ingestion.formats import files
from tools.ingestion.documents import Limits
from tools.ingestion.formats.readers import read_document
from tools.ingestion.parsing.chunker import chunk_document, content_hash
from tools.names import name_key
from tools.passages import Link, Passage

TABLE = "| a | b |\n|---|---|\n" + "| cell one | cell two |\n" * 12 + "\n"
PROSE = "Dr. Smith, of the U.S., left. " * 9 + "\n\n"
HEADINGS = ["# One\n\n", "## Two\n\n", "### Three\n\n"]
PARTS = st.sampled_from([*HEADINGS, PROSE, TABLE, "Short. ", "- item\n", "```\ncode\n```\n", "x" * 700, "\n\n", "🙂"])


def cut(text: str | bytes, source: str = "handbook/hr/leave.md", limit: int = 900, **options: object) -> list[Passage]:
    data = text.encode() if isinstance(text, str) else text
    document = read_document(data, source, Limits())
    groups = options.get("groups", ("public",))
    assert isinstance(groups, tuple)
    tenant = str(options.get("tenant", "default"))
    return list(chunk_document(document, groups=groups, tenant=tenant, chunk_characters=limit))


@settings(deadline=None)
@given(st.lists(PARTS, min_size=1, max_size=40).map("".join), st.integers(200, 1000))
def test_chunks_are_exact_slices_within_the_limit_that_lose_nothing(text: str, limit: int) -> None:
    for source in ("a.md", "a.txt"):
        if not text.strip():
            continue
        position = 0
        passages = cut(text, source, limit)
        for passage in passages:
            assert text[passage.start : passage.end] == passage.text
            assert len(passage.text) <= limit
            assert not text[position : passage.start].strip()
            assert passage.lines is not None
            assert passage.lines[0] == text.count("\n", 0, passage.start) + 1
            position = passage.end
        assert not text[position:].strip()
        assert len({passage.key for passage in passages}) == len({passage.id for passage in passages}) == len(passages)


def test_small_sections_share_a_chunk_and_large_ones_begin_their_own() -> None:
    small = "# Guide\n\nIntro.\n\n## A\n\nShort.\n\n## B\n\nShort too.\n"
    assert [passage.headings for passage in cut(small)] == [("Guide",)]
    large = "# Guide\n\n" + "".join(f"## {name}\n\n" + f"Words about {name}. " * 30 + "\n\n" for name in "AB")
    assert [passage.headings for passage in cut(large)] == [("Guide", "A"), ("Guide", "B")]


def test_each_sentence_of_a_shared_chunk_knows_its_own_section() -> None:
    text = "# Guide\n\nIntro.\n\n## A\n\nShort.\n\n## B\n\nShort too.\n"
    (passage,) = cut(text)

    def above(said: str) -> tuple[str, ...]:
        return passage.headings_at(passage.text.index(said))

    assert (above("Intro."), above("Short."), above("Short too.")) == (("Guide",), ("Guide", "A"), ("Guide", "B"))
    assert above("## B") == ("Guide", "B")
    assert passage.locator_at(passage.text.index("Short too.")) == "B"
    (alone,) = cut("# Guide\n\nIntro. More.\n")
    assert (alone.sections, alone.headings_at(12)) == ((), ("Guide",))
    elsewhere = replace(passage, sections=tuple((start + 1, path) for start, path in passage.sections))
    renamed = replace(passage, sections=((0, ("Guide",)), (16, ("Guide", "C"))))
    assert len({content_hash(one) for one in (passage, elsewhere, renamed)}) == 3


@pytest.mark.parametrize("document", ["a.md", "a.txt", "a.py"])
def test_a_paragraph_without_end_takes_no_longer_a_line(document: str) -> None:
    start = time.process_time()
    passages = cut("a word\n" * 70_000 + "x, " * 150_000, document)
    assert time.process_time() - start < 10
    assert passages[-1].lines is not None
    assert passages[-1].lines[1] == 70_001


def test_a_heading_stays_with_its_text() -> None:
    text = "# Guide\n\n" + "Words here. " * 50 + "\n\n## Next\n\n" + "More words. " * 60
    assert [passage.text[:7] for passage in cut(text)] == ["# Guide", "## Next"]


def test_top_sections_are_not_mixed_unless_tiny() -> None:
    text = "# One\n\n" + "Words here. " * 30 + "\n\n# Two\n\n" + "More words. " * 30
    assert [passage.headings for passage in cut(text, limit=1000)] == [("One",), ("Two",)]


def test_long_prose_is_cut_at_sentence_ends_even_when_its_lines_are_wrapped() -> None:
    sentence = (
        "Everybody who travels for the company books through the desk,\nwhich Dr. Smith runs in the U.S. office. "
    )
    passages = cut(sentence * 30)
    assert len(passages) > 2
    assert {passage.text[-7:] for passage in passages} == {"office."}


def test_rows_of_a_long_table_keep_their_header() -> None:
    text = "# Limits\n\n| Item | Limit |\n|---|---|\n" + "".join(f"| Item {n} | {n} EUR |\n" for n in range(100))
    first, *rest = cut(text)
    assert first.headings == ("Limits",)
    assert rest
    for passage in rest:
        assert "Item | Limit" in passage.header
        assert passage.locator == "Limits"


def test_a_passage_answers_to_what_its_own_rows_name() -> None:
    rows = "\n".join(f"| Person Number{n} | Keeper of Room {n} |" for n in range(40))
    passages = cut(f"# People\n\n| Name | Role |\n|---|---|\n{rows}\n\nMore is said by the Head of Rooms.\n", limit=300)
    for passage in passages:
        for n in range(40):
            assert (f"person number{n}" in passage.row_names) == (f"| Person Number{n} |" in passage.text)
    assert not any("head of rooms" in (*passage.names, *passage.row_names) for passage in passages)


def test_a_passage_answers_to_the_things_that_have_a_column_of_its_tables() -> None:
    (passage,) = cut("# Plans\n\n| | Perch | Roost |\n|---|---|---|\n| Price | EUR 3 | EUR 5 |\n")
    assert passage.row_names == ("perch", "roost")


def test_links_are_resolved_against_the_document() -> None:
    links = [link for passage in cut(files.MARKDOWN) for link in passage.links]
    assert links == [
        Link("the travel guide", "handbook/travel/guide.md"),
        Link("https://law.example/", "https://law.example/"),
        Link("Director", "handbook/hr/people/director.md"),
    ]
    root = cut("See [a](/it/vpn.md), [b](#here), [c](javascript:alert), [d](../../../x.md), [e](my%20file.md?x=1).")
    targets = [link.target for link in root[0].links]
    assert targets == ["handbook/it/vpn.md", "handbook/hr/my file.md"]


def test_links_of_a_passage_stay_within_what_a_store_can_hold() -> None:
    used = " ".join(f"[link {n}][{n}]" for n in range(60))
    defined = "\n".join(f"[{n}]: https://example.com/{'x' * 900}{n}" for n in range(60))
    links = cut(f"{used}\n\n{defined}")[0].links
    assert 30 < len(links) < 60
    assert sum(len(f"{link.text}{link.target}".encode()) for link in links) <= 32_000


def test_a_passage_carries_all_that_is_known_of_its_document() -> None:
    passage = cut(files.MARKDOWN, groups=("people",), tenant="acme")[0]
    assert (passage.groups, passage.tenant, passage.status) == (("people",), "acme", "superseded")
    assert passage.superseded_by == "handbook/hr/leave-2027.md"
    assert passage.names == ("leave policy", "leave", "leave md", "holiday rules", "hr 12")
    assert passage.id == f"handbook/hr/leave.md#{passage.key[:8]}"
    assert PurePosixPath(passage.source).name == "leave.md"


@given(st.lists(st.text(st.sampled_from("ab9_é"), min_size=2, max_size=4), min_size=1, max_size=3).map(" ".join))
def test_a_source_that_is_spelled_as_a_key_is_among_the_names(source: str) -> None:
    assume(name_key(source) == source)
    document = replace(read_document(b"# A title\n\nText.", "a.md", Limits()), source=source)
    [passage] = chunk_document(document, groups=("public",), tenant="default", chunk_characters=900)
    assert source in passage.names


def test_keys_follow_text_tenant_and_source_but_neither_position_nor_rights() -> None:
    text = "## A\n\n" + "Words here. " * 60 + "\n\n## B\n\n" + "More words. " * 60
    above, text = "# Guide\n\n" + "New words. " * 60 + "\n\n", f"# Guide\n\n{text}"
    key = cut(text)[-1].key
    assert cut(above + text.removeprefix("# Guide\n\n"))[-1].key == key
    closed = cut(text, groups=("people",))[-1]
    assert closed.key == key
    assert closed.content_hash != cut(text)[-1].content_hash
    assert cut(text.replace("More", "Other"))[-1].key != key
    assert cut(text, tenant="acme")[-1].key != key
    assert cut(text, source="other.md")[-1].key != key


def test_equal_chunks_of_a_document_are_different_passages() -> None:
    text = ("# Same\n\n" + "Words here. " * 60 + "\n\n") * 3
    passages = cut(text)
    assert len({passage.text for passage in passages}) == 1
    assert len({passage.key for passage in passages}) == 3


def test_pages_of_a_pdf_are_not_mixed() -> None:
    passages = cut(files.pdf(), "security.pdf")
    assert [passage.page for passage in passages] == [1, 2]
    assert passages[1].locator == "p. 2"


def test_other_names_in_its_rows_make_another_passage() -> None:
    [kept] = cut("# People\n\n| Name | Role |\n|---|---|\n| Ada Brun | Head of Security |\n")
    assert kept.row_names == ("ada brun", "head of security")
    assert content_hash(kept) != content_hash(replace(kept, row_names=()))
