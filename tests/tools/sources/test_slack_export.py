"""Slack's official export, as a zip and as a folder."""

import asyncio
import json
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.tools.sources.places import export, files_in, mirrored, noted_in
from tools.ingestion.parsing.tasks import Parser, ParserInProcess
from tools.ingestion.parsing.workers import ParserWorkers
from tools.sources.slack_export import SlackExportSource
from tools.sources.slack_text import as_markdown
from tools.sources.specs import SlackExportSpec


def source(location: Path, open_parser: Callable[[], Parser] = ParserInProcess, **options: Any) -> SlackExportSource:
    fields = {"name": "slack", "kind": "slack-export", "location": str(location)}
    return SlackExportSource(SlackExportSpec.model_validate(fields | options), open_parser)


THREAD = "ops/thread-1772445600-000100.md"


@pytest.mark.parametrize("zipped", [False, True])
async def test_threads_become_documents_with_names_times_and_permalinks(tmp_path: Path, zipped: bool) -> None:
    place = await asyncio.to_thread(export, tmp_path / "export", zipped=tmp_path / "export.zip" if zipped else None)
    folder = tmp_path / "mirror"
    report = await mirrored(source(place, workspace_url="https://acme.slack.com"), folder)
    assert report.ok
    files = await files_in(folder)
    assert files == {
        THREAD: (
            "# #ops: Who owns <billing>? @Grace Hopper\n\n"
            "**Ada Lovelace** (2026-03-02 10:00 UTC): Who owns <billing>? @Grace Hopper\n\n"
            "**Grace Hopper** (2026-03-03 10:00 UTC): "
            "[The billing page](https://acme.example/billing) says: Payments.\n"
            "(attached: owners.pdf)\n"
        ),
        "ops/2026-03-02.md": (
            "# #ops on 2026-03-02\n\n**Ada Lovelace** (2026-03-02 10:01 UTC): \\# not a heading\nsee #plans\n"
        ),
    }
    noted = (await noted_in(folder))[THREAD]
    assert noted.url == "https://acme.slack.com/archives/C1/p1772445600000100"
    assert (noted.title, noted.modified) == ("#ops: Who owns <billing>? @Grace Hopper", "2026-03-03")


async def test_a_private_channel_is_read_only_for_the_groups_that_are_named_for_it(tmp_path: Path) -> None:
    place = await asyncio.to_thread(export, tmp_path / "export")
    folder = tmp_path / "mirror"
    await mirrored(source(place, channel_groups={"merger": ["board"]}), folder)
    files = await files_in(folder)
    assert files["merger/access.toml"] == 'groups = ["board"]\n'
    assert "The merger is on." in files["merger/2026-03-02.md"]
    await mirrored(source(place), folder)
    assert not any(path.startswith("merger/") for path in await files_in(folder))


async def test_groups_for_a_channel_are_found_as_people_write_it_and_refused_for_one_there_is_not(
    tmp_path: Path,
) -> None:
    place = await asyncio.to_thread(export, tmp_path / "export")
    await mirrored(source(place, channel_groups={"#ops": "board, people"}), tmp_path / "mirror")
    assert (await files_in(tmp_path / "mirror"))["ops/access.toml"] == 'groups = ["board", "people"]\n'
    report = await mirrored(source(place, channel_groups={"opps": ["board"]}), tmp_path / "other")
    assert (report.fetched, report.complete) == (0, False)
    assert "no such channel" in report.failures[0][1]
    assert "'opps'" in report.failures[0][1]


async def test_a_day_that_can_not_be_read_is_named_and_nothing_is_removed(tmp_path: Path) -> None:
    place = await asyncio.to_thread(export, tmp_path / "export")
    folder = tmp_path / "mirror"
    await mirrored(source(place), folder)
    await asyncio.to_thread((place / "ops/2026-03-02.json").write_text, "[{")
    report = await mirrored(source(place), folder)
    assert (report.failures[0][0], report.complete) == ("ops/2026-03-02.json", False)
    assert "ops/2026-03-02.md" in await files_in(folder)


async def test_a_zip_bomb_is_refused_by_its_table_of_contents(tmp_path: Path) -> None:
    def bomb() -> None:
        with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("users.json", b"[" + b" " * 3_000_000 + b"]")

    await asyncio.to_thread(bomb)
    report = await mirrored(source(tmp_path / "bomb.zip", bounds={"max_total_mb": 1.0}), tmp_path / "mirror")
    assert "unpacks to 3 MB in 1 files: too much" in report.failures[0][1]


@pytest.mark.parametrize(
    "rows",
    [
        {"not": "a list"},
        [1, None, "x"],
        [{"ts": "x", "text": 1, "user": []}],
        [{"ts": "1.1", "user": "U1", "text": "ok", "files": 3, "thread_ts": {}}],
        [{"ts": "999999999999.1", "user": "U1", "text": "far future"}],
    ],
)
async def test_odd_rows_do_not_stop_the_export(tmp_path: Path, rows: object) -> None:
    place = await asyncio.to_thread(export, tmp_path / "export")
    await asyncio.to_thread((place / "plans").mkdir)
    await asyncio.to_thread((place / "plans/2026-03-02.json").write_text, json.dumps(rows))
    await mirrored(source(place), tmp_path / "mirror")
    assert THREAD in await files_in(tmp_path / "mirror")


async def test_a_channel_can_not_lead_out_of_the_mirror(tmp_path: Path) -> None:
    place = await asyncio.to_thread(export, tmp_path / "export")
    channels = [{"id": "C9", "name": "../../up"}, {"id": "C8", "name": ".."}]
    await asyncio.to_thread((place / "channels.json").write_text, json.dumps(channels))
    await mirrored(source(place, channel_groups={"../../up": ["a"], "..": ["b"]}), tmp_path / "deep/mirror")
    assert not await asyncio.to_thread(lambda: list(tmp_path.glob("*.toml")) + list(tmp_path.glob("deep/*.toml")))


def test_slack_markup_is_spelled_out() -> None:
    text = "<!here> <@U9> <@U8|bob> <https://a.example> <mailto:a@b.example|a@b.example> a &lt; b\n---\n```x```"
    assert as_markdown(text, {"U9": "Ann"}, {}) == (
        "@here @Ann @bob <https://a.example> [a@b.example](mailto:a@b.example) a < b\n\\---\n\\```x```"
    )


async def test_a_day_that_takes_its_parser_down_costs_itself_only(tmp_path: Path) -> None:
    place = await asyncio.to_thread(export, tmp_path / "export")
    await asyncio.to_thread((place / "ops/2026-03-04.json").write_bytes, b"[" + b"[[]]," * 3_000_000 + b"0]")
    workers = partial(ParserWorkers, workers=1, memory_mb=300)
    report = await mirrored(source(place, workers), tmp_path / "mirror")
    ((day, reason),) = report.failures
    assert day == "ops/2026-03-04.json"
    assert "memory" in reason
    assert set(await files_in(tmp_path / "mirror")) == {THREAD, "ops/2026-03-02.md"}


async def test_a_day_that_is_longer_than_a_file_may_be_is_refused_by_name(tmp_path: Path) -> None:
    place = await asyncio.to_thread(export, tmp_path / "export")
    await asyncio.to_thread((place / "ops/2026-03-04.json").write_bytes, b"[" + b" " * 20_000 + b"]")
    report = await mirrored(source(place, bounds={"max_file_mb": 0.01}), tmp_path / "mirror")
    ((day, reason),) = report.failures
    assert day == "ops/2026-03-04.json"
    assert "longer than 0.0 MB" in reason
