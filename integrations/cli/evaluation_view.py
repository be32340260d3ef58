"""How the result of an evaluation looks: its metrics, what stands beside them, and the fit that was made on it."""

from pathlib import Path
from typing import TYPE_CHECKING

from integrations.cli.output import one_line, stdout_console

if TYPE_CHECKING:
    from evals.calibration import Calibration, Quality
    from evals.results import ClaimsResult, EvalResult


def print_result(result: "EvalResult") -> None:
    _print_metrics(f"{result.dataset}: {result.n} questions", result)
    console = stdout_console()
    for remark in result.notes:
        console.print(f"note: {one_line(remark)}", style="yellow")
    if result.comparison is not None:
        console.print(f"against {one_line(result.comparison.run_before)}, {result.comparison.n} shared questions:")
        for name, change in result.comparison.metrics.items():
            chance = "" if change.p_value is None else f"  p = {change.p_value:.3f}"
            console.print(f"  {name:<22} {change.before:.4f} → {change.after:.4f}  ({change.difference:+.4f}){chance}")
    for line in _lines_beside_the_metrics(result):
        console.print(line)
    console.print(f"run: {one_line(result.run_dir)}", style="dim")
    if result.report:
        console.print(f"report: {one_line(result.report)}", style="dim")


def _lines_beside_the_metrics(result: "EvalResult") -> list[str]:
    lines = []
    if (judge := result.judge) is not None:
        kappa = "–" if judge.kappa is None else f"{judge.kappa:.2f}"
        shares = ", ".join(f"{count} {grade}" for grade, count in judge.grades.items())
        lines.append(f"judge {one_line(judge.model)}: {judge.score:.4f} over {judge.n} answers ({shares})")
        if judge.agreement is not None:
            lines.append(f"  agrees with the reference on {judge.agreement:.1%}, Cohen's kappa {kappa}")
    lines += [
        f"red team, {team.mode}: {team.passed} of {team.n} attacks had no effect ({team.pass_rate:.1%})"
        for team in result.redteam
    ]
    if (curve := result.stopping) is not None:
        lines.append(f"recall against hops, {curve.n} questions:")
        lines += [
            f"  {point.name:<10} {point.hops_mean:5.2f} hops  {point.store_requests_mean:5.2f} requests  "
            f"{point.latency_ms_p50:7.0f} ms  recall@5 {point.recall:.4f}"
            for point in curve.points
        ]
    return lines


def print_claims(result: "ClaimsResult") -> None:
    _print_metrics(f"{result.dataset}: {result.n} claims, verifier {result.verifier}", result)
    stdout_console().print(f"latency {result.latency_ms_p50:.0f} ms a claim (p50)", style="dim")


def print_calibration(fitted: "Calibration", out: Path) -> None:
    console = stdout_console()
    console.print(f"calibration on {fitted.n} {fitted.mode} answers, {fitted.right} right; held out by fold:")
    console.print(f"  {_quality(fitted)}  best threshold {fitted.threshold:.3f}")
    for run, quality in fitted.transfer.items():
        console.print(f"  fitted without {one_line(run)}: {_quality(quality)}  n {quality.n}")
    console.print(f"written to {one_line(str(out))}", style="dim")


def _quality(of: "Calibration | Quality") -> str:
    return "  ".join(
        f"{name} {'–' if value is None else f'{value:.3f}'}" for name, value in (("AUROC", of.auroc), ("ECE", of.ece))
    )


def _print_metrics(title: str, result: "EvalResult | ClaimsResult") -> None:
    console = stdout_console()
    console.print(one_line(title), style="bold")
    for name, value in result.metrics.items():
        low, high = result.intervals.get(name, (None, None))
        interval = "" if low is None or high is None else f"  [{low:.4f}, {high:.4f}]"
        console.print(f"  {name:<22} {value:>10.4f}{interval}")
