"""The model card: what a run measured, in the words of the template."""

from pathlib import Path

from evals.verifier_training.card import write_card
from evals.verifier_training.trials import Recipe

FIGURES = {"n": 1_500.0, "balanced_accuracy": 0.7, "f1_unsupported": 0.7, "auroc": 0.8, "ece": 0.1}


def written(file: Path, passages: int) -> str:
    write_card(
        file,
        version="9",
        recipe=Recipe(),
        passages=passages,
        inside={"one": FIGURES},
        outside={"two": FIGURES},
        untried=["three"],
        quantised={"same_decision": 0.97, "mean_difference": 0.12},
        latency={"p50": 7.5, "p95": 20.5},
        size=23_600_000,
    )
    return file.read_text(encoding="utf-8")


def test_every_figure_of_a_run_has_its_place_in_the_card(tmp_path: Path) -> None:
    card = written(tmp_path / "MODEL_CARD.md", 6_800)
    assert card.startswith("# Model card: the built-in verifier, version 9\n")
    assert "| one | 1,500 | 0.700 |" in card
    assert "| two | 1,500 | 0.700 |" in card
    assert "did not leave out three" in card
    assert "takes 7.5 ms (p50) and 20.5 ms (p95)" in card
    assert "{" not in card
    assert "6,800 titled passages" in card
    assert "<!--" not in card


def test_sources_that_a_run_did_not_read_are_not_in_the_card(tmp_path: Path) -> None:
    card = written(tmp_path / "MODEL_CARD.md", 0)
    assert "HotpotQA |" not in card
    assert "plain statements" not in card
    assert "<!--" not in card
