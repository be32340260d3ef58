"""The costs as one page that needs nothing else, in the report's own look."""

from collections.abc import Sequence

from agent.costs.summary import Line
from evals.charts import Bar, Bars
from integrations.cli.costs import HEADINGS, each, named, shown_usd

TEMPLATE = "costs.html"
MAX_BARS = 60
HEADINGS_IN_FULL = ("Questions", "Calls", "Input tokens", "From cache", "Output tokens", "A question", "Cost")


def page_of(lines: Sequence[Line], total: Line, *, by: str, since: str) -> str:
    """Names are escaped: a channel or a person may be called anything."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    page = Environment(
        loader=PackageLoader("evals", "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return page.get_template(TEMPLATE).render(
        by=by,
        since=since,
        bars=bars_of(lines, by),
        headings=HEADINGS_IN_FULL,
        rows=[
            (named(line), [*(f"{getattr(line, field):,}" for field in HEADINGS), each(line, by), shown_usd(line)])
            for line in lines
        ],
        tiles=[
            (shown_usd(total), "in all"),
            (each(total, ""), "a question"),
            (f"{total.questions:,}", "questions"),
            (f"{total.calls:,}", "model calls"),
        ],
        unpriced=f"{total.unpriced_calls:,} of {total.calls:,} calls have no known price"
        if total.unpriced_calls
        else "",
    )


def bars_of(lines: Sequence[Line], by: str) -> Bars:
    """By cost; by tokens where no cost is known at all."""
    priced = any(line.usd for line in lines)
    sizes = [line.usd if priced else line.input_tokens + line.output_tokens for line in lines]
    largest = max(sizes, default=0) or 1
    shown = list(zip(lines, sizes, strict=True))[-MAX_BARS if by == "day" else None :][:MAX_BARS]
    left_out = len(lines) - len(shown)
    bars = tuple(
        Bar(named(line), size / largest, f"{shown_usd(line)} · {line.calls:,} calls · {line.questions:,} questions")
        for line, size in shown
    )
    what = "Cost" if priced else "Tokens (no price is known)"
    rest = f" {left_out:,} more are in the table." if left_out else ""
    return Bars(f"{what} by {by}", f"Bars are in proportion to the largest.{rest}", bars)
