"""What is measured alike of every artefact."""

import asyncio
from pathlib import Path

import pytest

from evals.artefacts import latencies_of, p50_and_p95, total_bytes


async def test_each_reading_is_timed_in_milliseconds() -> None:
    first, second = await latencies_of(asyncio.sleep, [0.02, 0.0])
    assert first >= 15
    assert second >= 0


def test_the_middle_and_the_slow_end_are_told() -> None:
    assert p50_and_p95([*range(1, 101)]) == pytest.approx({"p50": 50.5, "p95": 95.0}, abs=0.1)


def test_an_artefact_is_as_large_as_its_files(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"1234")
    (tmp_path / "card.md").write_bytes(b"56")
    (tmp_path / "folder").mkdir()
    assert total_bytes(tmp_path) == 6
