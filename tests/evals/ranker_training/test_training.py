"""The command, from a data set's files to a ranker that the graph can use."""

import json
from pathlib import Path

import pytest

from evals.ranker_training.__main__ import main
from graph.ranking.features import FEATURES
from graph.ranking.trees import Trees

TOWNS = ("Aldo", "Brena", "Corvo", "Delm")


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    folder = tmp_path / "towns"
    folder.mkdir()
    corpus = [
        {"id": town, "title": f"{town} Bridge", "text": f"{town} Bridge was built by Ms {town}a."} for town in TOWNS
    ]
    corpus += [
        {"id": f"{town}a", "title": f"{town}a", "text": f"{town}a was born in 19{n}0."} for n, town in enumerate(TOWNS)
    ]
    questions = [
        {
            "id": town,
            "question": f"When was the builder of {town} Bridge born?",
            "answers": [f"19{n}0"],
            "supporting_ids": [town, f"{town}a"],
        }
        for n, town in enumerate(TOWNS)
    ]
    for name, rows in (("corpus", corpus), ("questions", questions)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return folder


@pytest.mark.slow
@pytest.mark.blocks("a command line")
def test_a_ranker_is_trained_and_says_on_what(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOPLINE_HOME", str(tmp_path / "home"))
    out = tmp_path / "chains.json"
    assert main([str(dataset), "--untitled", str(dataset), "--out", str(out)]) == 0
    assert json.loads(capsys.readouterr().out).keys() == {"first search", "best pair", "cross-validated", "left out"}
    written = json.loads(out.read_text(encoding="utf-8"))
    assert written["features"] == list(FEATURES)
    assert written["trained_on"] == ["towns", "towns-untitled"]
    assert Trees.from_json(written["trees"]).depth >= 0


def test_a_data_set_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "nothing")]) == 2
    assert "nothing: there is no such file or folder" in " ".join(capsys.readouterr().err.split())
