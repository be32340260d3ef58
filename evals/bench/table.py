"""The bench's table for a terminal: one system a row, each number with its ratio to ours."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from evals.bench.measures import COST, QUALITY
from evals.bench.systems import OURS

LABELS = {
    "recall@2": "Recall@2",
    "recall@5": "Recall@5",
    "recall@10": "Recall@10",
    "full_recall@5": "Chain@5",
    "mrr": "MRR",
    "ndcg@10": "nDCG@10",
    "latency_ms_p50": "p50 ms",
    "latency_ms_p95": "p95 ms",
    "indexing_seconds": "index s",
    "memory_mb": "MB",
}


def print_bench(result: Mapping[str, Any], console: Console) -> None:
    chunks = result["throughput"]["chunks"]
    table = Table(
        title=f"{escape(result['dataset'])}: {result['questions']} questions, {chunks:.0f} chunks",
        caption="(×: over Hopline's own number; Chain@5: every supporting passage among the first five)",
    )
    table.add_column("System")
    for name in (*QUALITY, *COST):
        table.add_column(LABELS[name], justify="right")
    for row in result["systems"]:
        if "metrics" in row:
            table.add_row(escape(row["title"]), *(_cell(row, name) for name in (*QUALITY, *COST)))
    console.print(table)
    for row in result["systems"]:
        if "error" in row:
            console.print(f"{escape(row['title'])}: {escape(row['error'])}", style="yellow")
    for line in _lines(result):
        console.print(line)


def _cell(row: Mapping[str, Any], name: str) -> str:
    value, ratio = row["metrics"].get(name), row["ratios"].get(name)
    if value is None:
        return "–"
    shown = f"{value:.1%}" if name in QUALITY else f"{value:,.1f}" if value < 100 else f"{value:,.0f}"
    return shown if ratio is None or row["system"] == OURS else f"{shown}\n[dim]×{ratio:.2f}[/dim]"


def _lines(result: Mapping[str, Any]) -> list[str]:
    speed = result["throughput"]
    lines = [f"ingestion: {speed['ours']:.0f} chunks a second, peak memory {result['indexing_memory_mb']:,.0f} MB"]
    if "ratio" in speed:
        lines.append(
            f"bare SentenceTransformer.encode of the same chunks: {speed['bare_encode']:.0f} a second; "
            f"ours is ×{speed['ratio']:.2f}"
        )
    lines += [f"{escape(what)}: {seconds:.2f} s" for what, seconds in result["startup_seconds"].items()]
    return lines
