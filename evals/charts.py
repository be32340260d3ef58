"""The geometry of the report's pictures: numbers in, coordinates out; the template draws them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

WIDTH, HEIGHT = 420, 300
LEFT, RIGHT, TOP, BOTTOM = 58, 24, 14, 48


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A point with its sentence for a pointer or a screen reader. `radius` is in picture units, `name` is written above
    or below it, `low` and `high` are the ends of its interval."""

    x: float
    y: float
    radius: float
    label: str
    kind: Literal["point", "rule", "oracle"] = "point"
    name: str = ""
    name_y: float = 0.0
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture of `width` × `height` units: axes, a line, points, and a table with the same numbers."""

    title: str
    description: str
    x_title: str
    y_title: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    marks: tuple[Mark, ...]
    line: str = ""
    diagonal: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


@dataclass(frozen=True, slots=True)
class Bar:
    """A horizontal bar, as a `share` of the longest. `inner` is the share of a darker part (the median in a p90
    bar)."""

    label: str
    share: float
    text: str
    inner: float | None = None


@dataclass(frozen=True, slots=True)
class Bars:
    title: str
    description: str
    bars: tuple[Bar, ...] = field(default_factory=tuple)


def x_of(share: float) -> float:
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def y_of(share: float) -> float:
    return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)


def _share_ticks() -> tuple[tuple[Tick, ...], tuple[Tick, ...]]:
    shares = [0.0, 0.25, 0.5, 0.75, 1.0]
    labels = [f"{share:.0%}" for share in shares]
    return (
        tuple(Tick(x_of(share), label) for share, label in zip(shares, labels, strict=True)),
        tuple(Tick(y_of(share), label) for share, label in zip(shares, labels, strict=True)),
    )


def reliability(bins: Sequence[tuple[float, float, int]]) -> Plot:
    """`bins` are (mean confidence, share right, count) by rising confidence."""
    x_ticks, y_ticks = _share_ticks()
    largest = max((count for _, _, count in bins), default=1)
    sentences = [f"{count} answers: confidence {mean:.0%}, right {right:.0%}" for mean, right, count in bins]
    marks = tuple(
        Mark(x_of(mean), y_of(right), 3 + 3 * (count / largest) ** 0.5, sentence)
        for (mean, right, count), sentence in zip(bins, sentences, strict=True)
    )
    return Plot(
        title="Reliability",
        description="Share of right answers against stated confidence, in bins of equally many answers. "
        "On the diagonal a confidence means what it says. " + "; ".join(sentences) + ".",
        x_title="stated confidence",
        y_title="share right",
        x_ticks=x_ticks,
        y_ticks=y_ticks,
        marks=marks,
        line=" ".join(f"{mark.x},{mark.y}" for mark in marks),
        diagonal=f"{x_of(0)},{y_of(0)} {x_of(1)},{y_of(1)}",
        columns=("Confidence", "Right", "Answers"),
        rows=tuple((f"{mean:.1%}", f"{right:.1%}", str(count)) for mean, right, count in bins),
    )


def risk_against_coverage(coverage: Sequence[float], risk: Sequence[float]) -> Plot:
    """Both are in 0–1, by falling confidence."""
    x_ticks, y_ticks = _share_ticks()
    points = list(zip(coverage, risk, strict=True))
    step = max(1, len(points) // 200)
    drawn = [*points[::step], *points[-1:]]
    read = [points[min(len(points) - 1, max(0, round(share * len(points)) - 1))] for share in (0.25, 0.5, 0.75, 1.0)]
    sentences = [f"the surest {at:.0%}: {error:.0%} wrong" for at, error in read] if points else []
    return Plot(
        title="Risk and coverage",
        description="Share of wrong answers when only the surest are given. " + "; ".join(sentences) + ".",
        x_title="share of answers given, surest first",
        y_title="share wrong",
        x_ticks=x_ticks,
        y_ticks=y_ticks,
        marks=tuple(
            Mark(x_of(at), y_of(error), 4, sentence) for (at, error), sentence in zip(read, sentences, strict=True)
        ),
        line=" ".join(f"{x_of(at)},{y_of(error)}" for at, error in drawn),
        columns=("Answers given", "Wrong among them"),
        rows=tuple((f"{at:.0%}", f"{error:.1%}") for at, error in read),
    )


@dataclass(frozen=True, slots=True)
class HopPoint:
    """Recall@5 with only the passages of the first `hops` hops, and the cost of questions that took exactly so many."""

    hops: int
    recall: float
    questions: int
    model_calls: float | None
    cost_usd: float | None
    latency_ms: float | None


def recall_against_hops(points: Sequence[HopPoint]) -> Plot:
    _, y_ticks = _share_ticks()
    last = max(len(points) - 1, 1)
    places = [0.06 + 0.88 * place / last for place in range(len(points))]
    sentences = [f"up to hop {point.hops}: Recall@5 {point.recall:.1%}" for point in points]
    return Plot(
        title="Recall against hops and cost",
        description="Recall@5 when only what the first hops found may be used. " + "; ".join(sentences) + ".",
        x_title="hops used",
        y_title="Recall@5",
        x_ticks=tuple(Tick(x_of(place), str(point.hops)) for place, point in zip(places, points, strict=True)),
        y_ticks=y_ticks,
        marks=tuple(
            Mark(x_of(place), y_of(point.recall), 5, sentence)
            for place, point, sentence in zip(places, points, sentences, strict=True)
        ),
        line=" ".join(f"{x_of(place)},{y_of(point.recall)}" for place, point in zip(places, points, strict=True)),
        columns=("Hops", "Recall@5 up to here", "Questions that stopped here", "Model calls", "Cost", "Median latency"),
        rows=tuple(
            (
                str(point.hops),
                f"{point.recall:.1%}",
                str(point.questions),
                _or_dash(point.model_calls, "{:.1f}"),
                _or_dash(point.cost_usd, "${:.5f}"),
                _or_dash(point.latency_ms, "{:,.0f} ms"),
            )
            for point in points
        ),
    )


def latency_bars(by_node: Mapping[str, Mapping[str, float]]) -> Bars:
    longest = max((times["p90"] for times in by_node.values()), default=0.0) or 1.0
    bars = tuple(
        Bar(
            node,
            times["p90"] / longest,
            " · ".join(f"{name} {in_milliseconds(times[name])}" for name in ("p50", "p90", "p99")),
            inner=times["p50"] / longest,
        )
        for node, times in sorted(by_node.items(), key=lambda item: (item[0] == "total", -item[1]["p90"]))
    )
    return Bars("Latency by node", "Dark: the median; light: the 90th percentile.", bars)


def miss_bars(misses: Mapping[str, int]) -> Bars:
    most = max(misses.values(), default=1)
    bars = tuple(Bar(cause, count / most, str(count)) for cause, count in misses.items())
    return Bars("Where misses were lost", "Each miss is put down to the first node that lost what it needed.", bars)


def in_milliseconds(milliseconds: float) -> str:
    return f"{milliseconds:,.0f} ms" if milliseconds >= 10 else f"{milliseconds:.1f} ms"


def _or_dash(value: float | None, form: str) -> str:
    return "–" if value is None else form.format(value)
