"""A file that can't be read or written is named, with what is wrong and what to do, and without the system's number."""

from pathlib import Path

import pytest

from tests.integrations.cli.conftest import Hopline


def test_a_file_on_a_full_disk_is_named(hopline: Hopline) -> None:
    ended = hopline("costs", "--csv", "/dev/full")
    assert ended.status == 1
    assert ended.err == (
        "hopline: /dev/full: No space left on device; make room on the disk, and run the command again\n"
    )


def test_a_name_that_is_too_long_is_told_as_that(hopline: Hopline, tmp_path: Path) -> None:
    ended = hopline("costs", "--csv", str(tmp_path / ("x" * 300)), "--json")
    assert ended.status == 1
    assert ended.json["error"]["message"].endswith("xxx: File name too long; choose a shorter name")


@pytest.mark.parametrize(
    ("variable", "command"),
    [
        ("HOPLINE_SOURCES_FILE", ("sync",)),
        ("HOPLINE_PRICES_FILE", ("ask", "who?")),
        ("HOPLINE_CALIBRATION_FILE", ("ask", "who?")),
        ("HOPLINE_SLACK_GROUPS_FILE", ("slack", "--check")),
        ("HOPLINE_SLACK_CHANNELS_FILE", ("slack", "--check")),
    ],
)
def test_a_settings_file_that_is_a_folder_is_told_as_that(
    hopline: Hopline,
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    command: tuple[str, ...],
) -> None:
    monkeypatch.setenv(variable, str(tmp_path))
    if variable == "HOPLINE_PRICES_FILE":
        monkeypatch.setenv("HOPLINE_MODEL", "small")
        monkeypatch.setenv("OPENAI_API_KEY", "k")
    ended = hopline(*command)
    said = ended.out + ended.err
    assert ended.status in (1, 2), said
    assert f"{tmp_path}" in said
    assert "(Is a directory)" in said
    assert "Errno" not in said
