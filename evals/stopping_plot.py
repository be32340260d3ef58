"""The picture of a stopping rule beside every fixed number of hops and an oracle."""

from typing import Literal

from evals.charts import Mark, Plot, Tick, in_milliseconds, x_of, y_of
from evals.results import StoppingCurve, StoppingPoint

KINDS: dict[str, Literal["rule", "oracle"]] = {"rule": "rule", "oracle": "oracle"}
COLUMNS = ("Stopping", "Recall@5", "95% interval", "Hops", "Store requests", "Model calls", "Median latency")
SAME_PLACE = 16


def stopping_rule(curve: StoppingCurve) -> Plot:
    """Recall@5 against mean hops: a line through every fixed number of hops, with the rule and the oracle beside it."""
    floor = max(0.0, min(point.interval[0] for point in curve.points) // 0.1 / 10)
    last = max(point.hops_mean for point in curve.points) + 0.25
    step = next(step for step, most in ((5, 20), (10, 60), (20, 100)) if 100 * (1 - floor) <= most + 0.5)
    shares = [percent / 100 for percent in range(round(100 * floor), 101, step)]
    fixed = _names_of_fixed(curve, last)

    def height(value: float) -> float:
        return y_of((value - floor) / (1 - floor))

    marks = tuple(
        Mark(
            x=x_of(point.hops_mean / last),
            y=height(point.recall),
            radius=5,
            label=f"{point.name}: Recall@5 {point.recall:.1%} at {point.hops_mean:.2f} hops",
            kind=KINDS.get(point.name, "point"),
            name=fixed.get(point.name, point.name),
            name_y=height(point.interval[0]) + 15 if point.name in fixed else height(point.interval[1]) - 6,
            low=height(point.interval[0]),
            high=height(point.interval[1]),
        )
        for point in curve.points
    )
    return Plot(
        title="Recall against hops and cost",
        description="Recall@5 over mean hops, with 95% intervals: a fixed number of hops for everyone (1, 2, …), the "
        "stopping rule, and an oracle that stops each question where its recall is best. "
        + "; ".join(mark.label for mark in marks)
        + ".",
        x_title="mean hops taken",
        y_title="Recall@5",
        x_ticks=tuple(Tick(x_of(hops / last), str(hops)) for hops in range(1, int(last) + 1)),
        y_ticks=tuple(Tick(height(share), f"{share:.0%}") for share in shares),
        marks=marks,
        line=" ".join(f"{mark.x},{mark.y}" for mark in marks if mark.kind == "point"),
        columns=COLUMNS,
        rows=tuple(map(_row, curve.points)),
    )


def _row(point: StoppingPoint) -> tuple[str, ...]:
    """A row of the table, in the order of COLUMNS."""
    return (
        point.name,
        f"{point.recall:.1%}",
        f"{point.interval[0]:.1%} – {point.interval[1]:.1%}",
        f"{point.hops_mean:.2f}",
        f"{point.store_requests_mean:.2f}",
        f"{point.model_calls_mean:.2f}",
        in_milliseconds(point.latency_ms_p50),
    )


def _names_of_fixed(curve: StoppingCurve, last: float) -> dict[str, str]:
    """The label at each fixed number of hops. Points at the same place, because chains had ended, share one label at
    the first."""
    groups: dict[int, list[str]] = {}
    for point in curve.points:
        if point.name not in KINDS:
            groups.setdefault(round(x_of(point.hops_mean / last) / SAME_PLACE), []).append(point.name)
    names: dict[str, str] = {}
    for first, *others in groups.values():
        names[first] = ", ".join(name.removeprefix("always ") for name in (first, *others))
        names |= dict.fromkeys(others, "")
    return names
