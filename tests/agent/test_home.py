"""A home that can't be one, before anything tries to use it."""

import os
from pathlib import Path

import pytest

from agent.home import READ_ONLY, check_home, fault_of
from agent.settings import load_settings
from tools.errors import InvalidSetting


@pytest.fixture
def read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that can't be written to. Root may write anywhere, so the system's reply is simulated."""
    folder = tmp_path / "read-only"
    folder.mkdir()
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != folder)
    return folder


def test_a_folder_there_or_to_be_made_is_well(tmp_path: Path) -> None:
    assert fault_of(tmp_path) is None
    assert fault_of(tmp_path / "to" / "be" / "made") is None
    assert not (tmp_path / "to").exists()


def test_a_read_only_home_is_a_fault_unless_everything_is_kept_on_servers(read_only: Path) -> None:
    fault = fault_of(read_only)
    assert fault is not None
    assert fault.what == READ_ONLY
    with pytest.raises(InvalidSetting, match=r"HOPLINE_HOME: .* can't be written\. Make it writable"):
        check_home(load_settings(home=read_only))
    servers = {"milvus_uri": "http://milvus:19530", "database_url": "postgresql://me@host/hopline"}
    check_home(load_settings(home=read_only, **servers))


def test_nothing_can_be_made_below_what_is_read_only(read_only: Path) -> None:
    with pytest.raises(InvalidSetting, match=r"can't be made: .*/read-only can't be written"):
        check_home(load_settings(home=read_only / "home"))
