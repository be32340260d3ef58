"""Whatever a source sends: a parser makes something of it, or says in its own words why not."""

import json
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tools.sources.places import told_nothing
from tools.errors import InvalidSetting, UnreadableSource
from tools.ingestion.files.mirror_index import INDEX_FILE, read_index
from tools.sources.addresses import refusal_of
from tools.sources.sitemap import read_sitemap
from tools.sources.slack_export import SlackExportSource
from tools.sources.slack_text import as_markdown
from tools.sources.specs import SlackExportSpec, load_specs
from tools.sources.wiki import _with_links

PATIENT = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
XML = st.lists(
    st.sampled_from(
        [
            "<urlset>",
            "</urlset>",
            "<url>",
            "</url>",
            "<loc>",
            "</loc>",
            "http://a.example/",
            "<!DOCTYPE a>",
            "&x;",
            "<",
            "\0",
        ]
    ),
    max_size=20,
).map("".join)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NAMES = ("ts", "text", "user", "thread_ts", "subtype", "files", "bot_id", "id", "name", "profile", "is_bot")
SCALARS = st.sampled_from(["U1", "C1", "ops", "1772445600.000100", "1.1", "../x", "", "<@U1>", "# x"])
ROWS = JSON | st.lists(st.dictionaries(st.sampled_from(NAMES), JSON | SCALARS, max_size=6), max_size=5)


@PATIENT
@given(
    st.one_of(st.binary(max_size=200), XML.map(str.encode), st.binary(max_size=60).map(lambda data: b"\x1f\x8b" + data))
)
def test_sitemaps(data: bytes) -> None:
    try:
        sitemap = read_sitemap(data, "https://a.example/sitemap.xml")
    except UnreadableSource:
        return
    assert all(isinstance(page, str) for page in (*sitemap.pages, *sitemap.sitemaps))


@PATIENT
@given(users=ROWS, channels=ROWS, day=ROWS)
def test_exports(users: object, channels: object, day: object) -> None:
    with TemporaryDirectory() as place:
        export, mirror = Path(place, "export"), Path(place, "mirror")
        (export / "ops").mkdir(parents=True)
        known = [{"id": "C1", "name": "ops"}]
        files = {
            "users.json": users,
            "channels.json": [*channels, *known] if isinstance(channels, list) else known,
            "ops/2026-03-02.json": day,
        }
        for name, rows in files.items():
            (export / name).write_text(json.dumps(rows))
        spec = SlackExportSpec(name="s", kind="slack-export", location=str(export), channel_groups={"../x": ("a",)})
        SlackExportSource(spec)._mirror(mirror, told_nothing)
        assert {path.name for path in Path(place).iterdir()} == {"export", "mirror"}


@PATIENT
@given(st.text(max_size=300))
def test_slack_markup(text: str) -> None:
    as_markdown(text, {}, {})


@PATIENT
@given(st.lists(st.sampled_from(["[[", "]]", "|", "#", "`", "```\n", "~~~\n", "Page", "\n", "!", "é"]), max_size=40))
def test_wiki_links(pieces: list[str]) -> None:
    text = "".join(pieces)
    linked = _with_links(text.encode(), "a/b.md", {"page": ["page.md"]}).decode()
    assert linked.count("\n") == text.count("\n")


@pytest.mark.parametrize("piece", ["`", "\n", "[a\n", "```\n", "~", "[["])
def test_what_repeats_itself_is_read_in_time(piece: str) -> None:
    text = piece * (20_000 // len(piece))
    start = time.process_time()
    as_markdown(text, {}, {})
    assert _with_links(text.encode(), "page.md", {}).decode() == text
    assert time.process_time() - start < 2


def test_code_ends_where_as_many_ticks_stand_as_it_began_with() -> None:
    text = "`` ` [[Page]] `` [[Page]] ``` ` [[Page]]"
    linked = _with_links(text.encode(), "page.md", {"page": ["page.md"]}).decode()
    assert linked == "`` ` [[Page]] `` [Page](page.md) ``` ` [Page](page.md)"


@PATIENT
@given(st.one_of(st.text(max_size=200), JSON.map(lambda value: json.dumps({"sources": value}))), st.booleans())
def test_files_of_sources(text: str, is_toml: bool) -> None:
    with TemporaryDirectory() as place:
        path = Path(place, "sources.toml" if is_toml else "sources.yaml")
        path.write_text(text, encoding="utf-8", errors="replace")
        with suppress(InvalidSetting):
            load_specs(path)


@PATIENT
@given(
    st.one_of(
        st.binary(max_size=100),
        JSON.map(lambda value: json.dumps({"files": value}).encode()),
        JSON.map(lambda value: json.dumps({"files": {}, "skipped": value, "linked_folders": value}).encode()),
    )
)
def test_indexes_of_mirrors(data: bytes) -> None:
    with TemporaryDirectory() as place:
        Path(place, INDEX_FILE).write_bytes(data)
        with suppress(UnreadableSource):
            read_index(Path(place))


@PATIENT
@given(st.text(max_size=60), st.sampled_from(["http://", "https://", ""]))
def test_addresses(text: str, scheme: str) -> None:
    refusal_of(f"{scheme}{text}", frozenset({"a.example"}), allow_private=False)
