"""Who may read a text by its own word, in the spellings that people use, and what closes it."""

import pytest

from tools.ingestion.documents import Limits, UnclearRights
from tools.ingestion.formats.readers import read_document


def groups_of(text: str, name: str = "a.md") -> tuple[str, ...] | None:
    return read_document(text.encode(), name, Limits()).metadata.groups


@pytest.mark.parametrize("key", ["groups", "group", "readers", "Groups", "'groups'"])
@pytest.mark.parametrize("value", ["[board]", "board", "\n  - board"])
def test_readers_are_named_by_three_keys(key: str, value: str) -> None:
    assert groups_of(f"---\n{key}: {value}\n---\nText.") == ("board",)


@pytest.mark.parametrize("before", ["\n", "\r\n\r\n", "  \n\t\n", "\ufeff", "\n\u200b", "\n  ", "\n" * 5_000])
def test_blank_lines_above_front_matter_hide_nothing(before: str) -> None:
    assert groups_of(f"{before}---\ngroups: [board]\n---\nText.") == ("board",)


def test_toml_is_read_too() -> None:
    document = read_document(
        b'+++\ntitle = "Merger"\nreaders = ["board"]\ndate = 2026-03-01\n+++\nText.', "a.md", Limits()
    )
    metadata = document.metadata
    assert (document.title, metadata.groups, metadata.updated) == ("Merger", ("board",), "2026-03-01")
    assert [document.text[block.start : block.end] for block in document.blocks] == ["Text."]


@pytest.mark.parametrize(
    "text",
    [
        "---\n- groups: [board]\n---\nText.",
        "---\nmeta:\n  groups: [board]\n---\nText.",
        "---\nmeta: {groups: [board]}\n---\nText.",
        "---\ngroups: [board]\n\nText without an end.",
        "--- # of the page\ngroups: [board]\n---\nText.",
        "---\naccess: [board]\n---\nText.",
        "---\ngroups: [a]\nreaders: [b]\n---\nText.",
        "---\ngroup: [a]\ngroup: [b]\n---\nText.",
        '+++\ngroups = ["board"\n+++\nText.',
        '+++\n[meta]\ngroups = ["board"]\n+++\nText.',
        '+++\ngroups = ["board"]\n\nText without an end.',
    ],
)
def test_what_names_readers_and_cannot_be_understood_closes(text: str) -> None:
    with pytest.raises(UnclearRights):
        groups_of(text)


@pytest.mark.parametrize("name", ["a.txt", "a.rst", "a.adoc", "a.html", "a.log"])
def test_formats_without_front_matter_are_for_whom_it_names_all_the_same(name: str) -> None:
    text = "---\ntitle: Merger\ngroups: [board]\n---\nNorvik is bought."
    document = read_document(text.encode(), name, Limits())
    assert (document.metadata.groups, document.title) == (("board",), "Merger")
    assert "board" not in "".join(document.text[block.start : block.end] for block in document.blocks)
    if name == "a.txt":
        assert document.blocks[0].lines == (5, 5)
    for unclear in ("---\n- groups: [board]\n---\nText.", "---\ngroups: [board]\nText.", "---\naccess: x\n---\nText."):
        with pytest.raises(UnclearRights):
            groups_of(unclear, name)


def test_a_page_that_names_other_readers_in_its_head_is_unclear() -> None:
    page = "---\ngroups: [board]\n---\n<html><head><meta name=groups content='%s'></head><p>Text.</p></html>"
    assert groups_of(page % "board", "a.html") == ("board",)
    with pytest.raises(UnclearRights):
        groups_of(page % "public", "a.html")
    assert groups_of("<html><head><meta name=readers content=board></head><p>Text.</p></html>", "a.html") == ("board",)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("---\nFAQ\n---\n\nText.", "a.rst"),
        ("---\nTitle: more\n---\n\nText.", "a.rst"),
        ("---\n\nProse between two rules.\n\n---\n\nText.", "a.md"),
        ("+++\nnot toml\n+++\nText.", "a.md"),
        ("Text.\n\n---\ngroups: [board]\n---\n", "a.md"),
        ("--- a/x\n+++ b/x\n", "a.txt"),
    ],
)
def test_what_only_looks_like_front_matter_is_text(text: str, name: str) -> None:
    assert groups_of(text, name) is None
