"""The operator's mapping from sources to groups: the most specific pattern counts, and doubt closes."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.ingestion.loading.test_loader import Desk
from tools.errors import InvalidSetting
from tools.ingestion.documents import UnclearRights
from tools.ingestion.rights.access_file import AccessRules, read_access_file

RULES = AccessRules(
    {
        "**": ("public",),
        "handbook/**": ("staff",),
        "handbook/finance/**": ("finance",),
        "handbook/*/board.md": ("board",),
        "handbook/finance/open.md": ("public",),
        "**/draft-?.md": ("authors",),
        "caf\u00e9/**": ("cooks",),
        "odd [a].md": ("odd",),
    },
    {"clients/norvik/**": "norvik"},
)


@pytest.mark.parametrize(
    ("source", "groups"),
    [
        ("readme.md", "public"),
        ("a/b/c.md", "public"),
        ("handbook/leave.md", "staff"),
        ("handbook/finance/pay/2026.md", "finance"),
        ("handbook/finance/board.md", "finance"),  # the longer fixed beginning
        ("handbook/legal/board.md", "board"),  # the same beginning, and more of the name
        ("handbook/finance/open.md", "public"),  # written out
        ("draft-1.md", "authors"),
        ("x/y/draft-1.md", "authors"),
        ("draft-12.md", "public"),
        ("cafe\u0301/menu.md", "cooks"),  # a file system that decomposes names
        ("odd [a].md", "odd"),
        ("odd a.md", "public"),
        ("Handbook/leave.md", "public"),
        ("handbook\nx", "public"),
    ],
)
def test_the_most_specific_pattern_counts(source: str, groups: str) -> None:
    assert RULES.groups_of(source) == (groups,)


def test_two_equally_specific_patterns_that_disagree_decide_nothing() -> None:
    rules = AccessRules({"a/*b.md": ("x",), "a/?b.md": ("y",), "a/b*": ("z",)}, {})
    assert rules.groups_of("a/ccb.md") == ("x",)
    assert rules.groups_of("a/bb.md") == ("z",)
    with pytest.raises(UnclearRights, match="more specific"):
        rules.groups_of("a/cb.md")
    assert AccessRules({"a/*b.md": ("x",), "a/?b.md": ("x",)}, {}).groups_of("a/cb.md") == ("x",)
    assert rules.groups_of("b") is None


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_pattern_without_wildcards_is_one_source(source: str, pattern: str) -> None:
    if not set(pattern) & set("*?"):
        same = unicodedata.normalize("NFC", source) == unicodedata.normalize("NFC", pattern)
        composed = unicodedata.normalize("NFC", pattern)
        assert (AccessRules({composed: ("g",)}, {}).groups_of(source) == ("g",)) is same


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (b"[documents]\n'**' = 'public'", "needs a list"),
        (b"[documents]\n'**' = []", "1 to 64"),
        (b"[documents]\n'**' = ['']", "non-empty"),
        (b"[documents]\n'' = ['a']", "not a pattern"),
        (b"[documents]\n'/etc/**' = ['a']", "not a pattern"),
        (b"documents = 3", "must be a table"),
        (b"[document]\n'**' = ['a']", "'document'"),
        (b"[documents]\n'a' = ['x']\n'a' = ['y']", "not valid TOML"),
        ("[documents]\n'caf\u00e9' = ['x']\n'cafe\u0301' = ['y']".encode(), "are the same"),
        (b"[tenants]\n'**' = ['a']", "name of a tenant"),
        (b"\xff", "not valid TOML"),
        (b"#" * 1_000_001, "larger"),
    ],
)
def test_what_can_not_be_understood_is_refused(tmp_path: Path, written: bytes, said: str) -> None:
    path = tmp_path / "access.toml"
    path.write_bytes(written)
    with pytest.raises(InvalidSetting, match="HOPLINE_ACCESS_FILE") as raised:
        read_access_file(path)
    assert said in str(raised.value)


def test_a_missing_file_is_no_empty_one(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match="can't be read"):
        read_access_file(tmp_path / "nowhere.toml")


class RuledDesk(Desk):
    file: Path

    def rule(self, text: str) -> None:
        self.file.write_text(text, encoding="utf-8")


@pytest.fixture
def desk(tmp_path: Path) -> RuledDesk:
    desk = RuledDesk(tmp_path, access_file=tmp_path / "rules.toml")
    desk.file = tmp_path / "rules.toml"
    desk.write("open.md", "Text.")
    desk.write("finance/pay.md", "Text.")
    desk.write("finance/own.md", "---\ngroups: [owners]\n---\nText.")
    desk.write("hr/access.toml", 'groups = ["people"]')
    desk.write("hr/a.md", "Text.")
    desk.write_rows({"id": "a", "text": "x"}, {"id": "b", "text": "y", "groups": ["rows"]}, name="finance/corpus.jsonl")
    return desk


async def test_the_mapping_rules_where_neither_the_document_nor_an_access_toml_does(desk: RuledDesk) -> None:
    desk.rule('[documents]\n"**" = ["public"]\n"handbook/finance/**" = ["finance"]\n"handbook/hr/**" = ["nobody"]')
    assert (await desk.ingest()).ok
    assert desk.groups_of("handbook/open.md") == {("public",)}
    assert desk.groups_of("handbook/finance/pay.md") == {("finance",)}
    assert desk.groups_of("handbook/finance/own.md") == {("owners",)}
    assert desk.groups_of("handbook/hr/a.md") == {("people",)}
    assert desk.groups_of("handbook/finance/corpus.jsonl#a") == {("finance",)}
    assert desk.groups_of("handbook/finance/corpus.jsonl#b") == {("rows",)}


async def test_a_source_is_for_whom_both_its_groups_and_the_mapping_name_whatever_kind_it_is(desk: RuledDesk) -> None:
    """A mirror has its source's groups in an access.toml, a folder has not."""
    desk.rule(
        '[documents]\n"**" = ["public"]\n"handbook/finance/**" = ["finance", "staff"]\n"handbook/open.md" = ["others"]'
    )
    for is_mirror in (False, True):
        if is_mirror:
            desk.write("access.toml", 'groups = ["staff"]')
        report = await desk.loader.ingest(
            [desk.folder], groups=("staff",), tenant="default", progress=desk.progress.append, standing=True
        )
        assert desk.groups_of("handbook/finance/pay.md") == {("staff",)}
        assert desk.groups_of("handbook/finance/own.md") == {("owners",)}
        assert desk.groups_of("handbook/hr/a.md") == {("people",)}
        assert desk.groups_of("handbook/open.md") == set()
        assert [source for source, _ in report.failures] == ["handbook/open.md"]


async def test_a_changed_mapping_holds_after_the_next_run(desk: RuledDesk) -> None:
    desk.rule('[documents]\n"**" = ["public"]')
    await desk.ingest()
    desk.rule('[documents]\n"**" = ["public"]\n"handbook/finance/*.md" = ["finance"]')
    report = await desk.ingest()
    assert desk.groups_of("handbook/finance/pay.md") == {("finance",)}
    changed = report.documents_updated, report.documents_repermissioned, report.documents_unchanged
    assert changed == (1, 1, 4)


async def test_what_no_pattern_names_is_left_out_and_taken_out(desk: RuledDesk) -> None:
    desk.rule('[documents]\n"**" = ["public"]')
    await desk.ingest()
    desk.rule('[documents]\n"handbook/open.md" = ["public"]')
    report = await desk.ingest()
    left_out = {source for source, _ in report.failures}
    assert left_out == {"handbook/finance/pay.md", "handbook/finance/corpus.jsonl#a"}
    assert desk.sources == {
        *("handbook/open.md", "handbook/finance/own.md", "handbook/hr/a.md", "handbook/finance/corpus.jsonl#b"),
    }
    assert (await desk.ingest(groups=("staff",))).ok
    assert desk.groups_of("handbook/finance/pay.md") == {("staff",)}


async def test_a_mapping_that_is_broken_stops_the_run_before_anything_changes(desk: RuledDesk) -> None:
    desk.rule('[documents]\n"**" = ["public"]')
    await desk.ingest()
    before = desk.sources
    desk.rule("[documents")
    with pytest.raises(InvalidSetting, match="HOPLINE_ACCESS_FILE"):
        await desk.ingest()
    assert desk.sources == before


async def test_a_document_never_enters_another_tenants_store(desk: RuledDesk) -> None:
    desk.rule('[documents]\n"**" = ["public"]\n[tenants]\n"handbook/finance/**" = "norvik"')
    desk.write("says.md", "---\ntenant: norvik\n---\nText.")
    desk.write("twice.md", "---\ntenant: norvik\ntenant: default\n---\nText.")
    desk.write("list.md", "---\ntenant: [norvik]\n---\nText.")
    await desk.ingest()
    assert desk.sources == {"handbook/open.md", "handbook/hr/a.md"}
    await desk.ingest(tenant="norvik")
    of_norvik = {passage.source for passage in desk.store.passages.values() if passage.tenant == "norvik"}
    assert {"handbook/says.md", "handbook/finance/pay.md"} <= of_norvik
    assert {"handbook/twice.md", "handbook/list.md"}.isdisjoint(of_norvik)
