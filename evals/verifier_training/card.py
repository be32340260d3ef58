"""Writes the model card beside the artefact. All its figures come from the run that made the artefact."""

import platform
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from evals.verifier_training.trials import FOLDS, HELD_BACK, JUDGED, Recipe
from tools.verifiers.head import EDITED, PARTIAL, QUOTED, SUPPORTED

Figures = dict[str, dict[str, float]]
_TEXT = Path(__file__).with_name("card.md")
_STATED = re.compile(r"<!-- statements -->\n(?P<said>.*?)<!-- end -->\n", re.DOTALL)
"""Only in the card of a verifier that also learnt from statements about passages."""
_COLUMNS = (
    ("n", "n"),
    ("balanced_accuracy", "balanced accuracy"),
    ("f1_unsupported", "F1 unsupported"),
    ("auroc", "AUROC"),
    ("ece", "ECE"),
)


def write_card(
    file: Path,
    *,
    version: str,
    recipe: Recipe,
    passages: int,
    inside: Figures,
    outside: Figures,
    untried: Sequence[str],
    quantised: dict[str, float],
    latency: dict[str, float],
    size: int,
) -> None:
    values = {
        "version": version,
        "date": datetime.now(UTC).date().isoformat(),
        "claims_per_set": f"{recipe.claims_per_set:,}",
        "synthetic": f"{recipe.synthetic:,}",
        "statements": f"{recipe.statements:,}",
        "passages": f"{passages:,}",
        "seed": recipe.seed,
        "folds": FOLDS,
        "held_back": HELD_BACK,
        "judged": f"{JUDGED:,}",
        "supported": SUPPORTED,
        "partial": PARTIAL,
        "quoted": QUOTED,
        "edited": EDITED,
        "outside": table(outside),
        "inside": table(inside),
        "untried": _untried(untried),
        "same_decision": f"{quantised['same_decision']:.1%}",
        "mean_difference": f"{quantised['mean_difference']:.2f}",
        "p50": latency["p50"],
        "p95": latency["p95"],
        "machine": f"{platform.machine()}, at most two threads",
        "megabytes": f"{size / 1e6:.1f}",
    }
    text = _STATED.sub(r"\g<said>" if passages else "", _TEXT.read_text(encoding="utf-8"))
    file.write_text(text.format(**values), encoding="utf-8")


def _untried(names: Sequence[str]) -> str:
    if not names:
        return ""
    left = ", ".join(names)
    return f"\nThis run did not leave out {left}: how the verifier fares on such claims unseen is not measured.\n"


def table(figures: Figures) -> str:
    lines = ["| set | " + " | ".join(title for _, title in _COLUMNS) + " |", "|---" * (len(_COLUMNS) + 1) + "|"]
    for name, found in figures.items():
        cells = [
            f"{found[key]:,.0f}" if key == "n" else f"{found[key]:.3f}" if key in found else "–" for key, _ in _COLUMNS
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)
