"""Models by name: what is said of one that is nowhere, and how soon."""

import logging
import time
from pathlib import Path

import pytest

from tools.embedders.opening import open_embedder
from tools.errors import MissingModel
from tools.hub import cached_folder, check_known
from tools.verifiers.opening import open_verifier


def test_a_name_that_nobody_has_put_here_has_no_folder() -> None:
    assert cached_folder("nobody/nothing") is None
    assert cached_folder("not a name") is None


def test_a_hub_that_can_not_be_asked_is_asked_once(caplog: pytest.LogCaptureFixture) -> None:
    began = time.monotonic()
    with caplog.at_level(logging.DEBUG), pytest.raises(MissingModel) as raised:
        check_known("nobody/nothing", "HOPLINE_X", "set it to something else")
    assert str(raised.value).startswith("HOPLINE_X: there is no 'nobody/nothing': ")
    assert str(raised.value).endswith("; set it to something else.")
    assert time.monotonic() - began < 10
    assert not [record for record in caplog.records if record.name.startswith("huggingface_hub")]


async def test_a_mistyped_embedder_is_named_as_it_was_written(tmp_path: Path) -> None:
    with pytest.raises(MissingModel, match=r"HOPLINE_EMBEDDER: there is no 'nonsense'.*'minilm'"):
        await open_embedder("nonsense", tmp_path)


def test_so_is_a_mistyped_verifier() -> None:
    with pytest.raises(MissingModel, match=r"HOPLINE_VERIFIER: there is no 'nonsense'.*'builtin'"):
        open_verifier("nonsense")
