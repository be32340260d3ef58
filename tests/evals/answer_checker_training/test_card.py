"""The model card: what a run measured, in the words of the template."""

from pathlib import Path

from evals.answer_checker_training.card import write_card
from evals.answer_checker_training.written import Asked, Written


def test_every_figure_of_a_run_has_its_place_in_the_card(tmp_path: Path) -> None:
    passage = Written("how_to", "", "", ("a", "b"), (Asked("q", (0,)), Asked("r", ())))
    write_card(
        tmp_path / "MODEL_CARD.md",
        passages=[passage] * 1_200,
        seen=1_100,
        pairs=30_000,
        layers=6,
        seed=7,
        figures={
            "how_to": {"n": 100.0, "auroc": 0.91, "balanced_accuracy": 0.82},
            "all": {"n": 200.0, "balanced_accuracy": 0.83},
        },
        same=0.987,
        latency={"p50": 4.5, "p95": 9.5},
        size=23_600_000,
    )
    card = (tmp_path / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "1,200 passages" in card
    assert "2,400 questions, of which 1,200 are near" in card
    assert "| how to | 1,200 | 100 | 0.910 | 0.820 |" in card
    assert "| all | 1,200 | 200 | – | 0.830 |" in card
    assert "in 98.7% of the pairs" in card
    assert "4.5 ms (p50) and 9.5 ms (p95)" in card
    assert "{" not in card
