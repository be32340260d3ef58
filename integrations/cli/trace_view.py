"""How a trace looks: what came of the question, then its way as a tree, each step beside its place in time."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from agent.telemetry import conventions as names
from integrations.cli.answer_view import STATUS_STYLE, confidence_words
from integrations.cli.output import UNCUT, one_line

if TYPE_CHECKING:
    from agent.telemetry.traces import HopTrace, Step, Trace

BAR = 16
_SUPPORT_STYLE = {"supported": "green", "partial": "yellow", "unsupported": "red"}
_KIND_STYLE = {"node": "bold", "model": "magenta", "port": "cyan"}
_SAID_ELSEWHERE = frozenset(
    {
        "hopline.rewritten",
        "hopline.queries",
        "hopline.draft",
        "hopline.verdicts",
        "hopline.best",
        "hopline.titles",
        names.NODE,
        names.QUERY_TEXT,
    }
)


def print_trace(trace: "Trace", console: Console) -> None:
    if not console.is_terminal:
        console.width = UNCUT
    for line in _head(trace):
        console.print(line)
    for tree in (_way(trace), _hops(trace), _passages(trace), _claims(trace), _confidence(trace, console.width)):
        if tree is not None:
            console.print()
            console.print(tree)


def _head(trace: "Trace") -> Iterator[Text]:
    yield Text(one_line(trace.question), style="bold")
    if trace.rewritten and trace.rewritten != trace.question:
        yield Text(f"understood as: {one_line(trace.rewritten)}", style="dim")
    if trace.answer:
        yield Text(one_line(trace.answer))
    outcome = Text(trace.status, style=STATUS_STYLE.get(trace.status, "red"))
    if trace.confidence is not None:
        outcome.append(f" · {confidence_words(trace.confidence)} ({trace.confidence:.2f})", style="default")
    usage = trace.usage
    spent = f" · {trace.mode} · {_duration(trace.total_ms)} · {_counted(usage.model_calls, 'model call')}"
    if usage.model_calls:
        spent += f", {usage.input_tokens:,} + {usage.output_tokens:,} tokens, {usage.cost}"
    yield outcome.append(spent, style="default")
    if trace.error:
        yield Text(one_line(trace.error), style="red")
    for missing in trace.missing:
        # A refusal says it in its own sentence.
        if missing not in trace.answer:
            yield Text(f"missing: {one_line(missing)}", style="yellow")
    for note in trace.notes:
        yield Text(f"note: {one_line(note)}", style="yellow")
    where = f" · conversation {one_line(trace.conversation)}" if trace.conversation else ""
    yield Text(f"run {trace.run_id} · {trace.asked_at}{where}", style="dim")


def _way(trace: "Trace") -> Table:
    """A row a step, indented by its depth, its bar in one column with all others: the time axis of the question."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="blue")
    table.add_column(no_wrap=True, justify="right")
    table.add_column(overflow="fold")
    table.add_row(Text("Way", style="bold"), Text(_duration(trace.total_ms), style="dim"))
    for depth, step in _walk(trace.steps):
        table.add_row(_bar(step, trace.total_ms), _duration(step.ms), _step(step, depth))
    return table


def _walk(steps: Sequence["Step"], depth: int = 0) -> Iterator[tuple[int, "Step"]]:
    for step in steps:
        yield depth, step
        yield from _walk(step.steps, depth + 1)


def _step(step: "Step", depth: int) -> Text:
    line = Text().append(f"{'  ' * (depth - 1)}└ " if depth else "", style="dim")
    line.append(one_line(step.name), style=_KIND_STYLE.get(step.kind, "default"))
    if facts := _facts(step):
        line.append(f"  {facts}", style="dim")
    if step.error:
        line.append(f"  {step.error}", style="red")
    return line


def _bar(step: "Step", total_ms: float) -> str:
    """Where in the question's time the step lies, in sixteenths of it."""
    scale = BAR / total_ms if total_ms else 0.0
    start = min(BAR - 1, int(step.start_ms * scale))
    return f"{' ' * start}{'█' * max(1, min(BAR - start, round(step.ms * scale)))}".ljust(BAR, " ")


def _facts(step: "Step") -> str:
    facts = step.facts
    if step.kind == "model":
        tokens = f"{facts.get(names.INPUT_TOKENS, 0)} + {facts.get(names.OUTPUT_TOKENS, 0)} tokens"
        first = facts.get(names.FIRST_CHUNK_SECONDS)
        cost = float(facts.get(names.COST_USD, 0.0))
        parts = [tokens, f"${cost:.4f}" if cost else "", f"first words after {first:g} s" if first is not None else ""]
        return ", ".join(part for part in parts if part)
    if facts.get(names.PORT) == "store":
        return f"{facts.get('hopline.request', '')}, {facts.get(names.FOUND, 0)} found"
    if names.PORT in facts:
        return _counted(int(facts.get(names.ITEMS, 0)), "text")
    own = [
        f"{name.removeprefix('hopline.').replace('_', ' ')}{'' if value is True else f' {one_line(str(value))}'}"
        for name, value in facts.items()
        if name.startswith("hopline.") and name not in _SAID_ELSEWHERE and value not in ("", False)
    ]
    return ", ".join(own)


def _hops(trace: "Trace") -> Tree | None:
    if not trace.hops:
        return None
    tree = Tree(Text("Hops", style="bold"), guide_style="dim")
    for hop in trace.hops:
        tree.add(_hop(hop))
    return tree


def _hop(hop: "HopTrace") -> Tree:
    line = Text(f"{hop.n}. {hop.kind.replace('_', ' ')} ", style="cyan").append(one_line(hop.query), style="default")
    tree = Tree(line.append(f" → {_counted(hop.found, 'passage')}", style="dim"), guide_style="dim")
    titles = dict.fromkeys(one_line(passage.title or passage.source) for passage in hop.first)
    if titles:
        tree.add(Text(" · ".join(titles), style="dim"))
    return tree


def _passages(trace: "Trace") -> Tree | None:
    if not trace.passages:
        return None
    tree = Tree(Text("Passages kept", style="bold"), guide_style="dim")
    for place, passage in enumerate(trace.passages, 1):
        line = Text(f"{place:>2}. {passage.score:.3f}  ").append(one_line(passage.title), style="bold")
        tree.add(
            line.append(f"  {one_line(passage.passage_id)} · hop {passage.hop}, {one_line(passage.via)}", style="dim")
        )
    return tree


def _claims(trace: "Trace") -> Tree | None:
    if not trace.claims:
        return None
    tree = Tree(Text("Verdicts", style="bold"), guide_style="dim")
    for claim in trace.claims:
        verdict = Text(f"{claim.support:<11} {claim.score:.2f}  ", style=_SUPPORT_STYLE.get(claim.support, ""))
        marks = "".join(f" [{marker}]" for marker in claim.markers)
        withheld = "  withheld" if claim.support == "unsupported" else ""
        tree.add(verdict.append(f"{one_line(claim.text)}{marks}", style="default").append(withheld, style="red"))
    return tree


def _confidence(trace: "Trace", width: int) -> Tree | None:
    """Three features a line, or as many of their 30 columns as fit beside the tree's guide."""
    if not trace.features:
        return None
    tree = Tree(Text("Confidence from", style="bold"), guide_style="dim")
    for row in _in_rows(sorted(trace.features.items()), max(1, min(3, (width - 2) // 30))):
        tree.add(Text("  ".join(f"{name.replace('_', ' '):<22}{value:>6.2f}" for name, value in row)))
    return tree


def _in_rows(items: Sequence[tuple[str, float]], width: int) -> Iterator[Sequence[tuple[str, float]]]:
    for start in range(0, len(items), width):
        yield items[start : start + width]


def _duration(ms: float) -> str:
    return f"{ms / 1000:.2f} s" if ms >= 1000 else f"{ms:.1f} ms"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
