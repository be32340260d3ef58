"""Writes the model card beside the artefact. All its figures come from the run that made the artefact."""

import platform
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from evals.answer_checker_training.judging import ALL, Figures
from evals.answer_checker_training.written import Written

_TEXT = Path(__file__).with_name("card.md")


def write_card(
    file: Path,
    *,
    passages: Sequence[Written],
    seen: int,
    pairs: int,
    layers: int,
    seed: int,
    figures: Figures,
    same: float,
    latency: dict[str, float],
    size: int,
) -> None:
    asked = [one for passage in passages for one in passage.asked]
    kinds = Counter(passage.kind for passage in passages)
    values = {
        "date": datetime.now(UTC).date().isoformat(),
        "passages": f"{len(passages):,}",
        "questions": f"{len(asked):,}",
        "misses": f"{sum(not one.answered_by for one in asked):,}",
        "seen": f"{seen:,}",
        "pairs": f"{pairs:,}",
        "layers": layers,
        "seed": seed,
        "kept": f"{len(passages) - seen:,}",
        "figures": table(figures, kinds),
        "same": f"{same:.1%}",
        "p50": latency["p50"],
        "p95": latency["p95"],
        "machine": f"{platform.machine()}, at most two threads",
        "megabytes": f"{size / 1e6:.1f}",
    }
    file.write_text(_TEXT.read_text(encoding="utf-8").format(**values), encoding="utf-8")


def table(figures: Figures, kinds: Counter[str]) -> str:
    lines = ["| passages | written | questions judged | AUROC | balanced accuracy |", "|---|---|---|---|---|"]
    for name, found in sorted(figures.items(), key=lambda one: one[0] != ALL):
        area = f"{found['auroc']:.3f}" if "auroc" in found else "–"
        count = kinds.total() if name == ALL else kinds[name]
        lines.append(
            f"| {name.replace('_', ' ')} | {count:,} | {found['n']:,.0f} | {area} | {found['balanced_accuracy']:.3f} |"
        )
    return "\n".join(lines)
