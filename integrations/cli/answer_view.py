"""An answer for people: on a terminal with colour, anywhere else as plain lines."""

from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from integrations.cli.output import names_in, one_line, safe

if TYPE_CHECKING:
    from agent.answers import Answer, Citation, Hop

_STATUS_STYLE = {"answered": "green", "partial": "yellow", "declined": "red", "failed": "red"}
_HOP_WORDS = {"search": "search", "link": "link", "follow_up": "follow-up"}
_SHOWN_PASSAGES = 4


def confidence_words(confidence: float) -> str:
    """The same number in words; the steps are those of a weather forecast, not of the calibration."""
    for least, words in ((0.9, "very sure"), (0.75, "sure"), (0.6, "fairly sure"), (0.4, "unsure")):
        if confidence >= least:
            return words
    return "doubtful"


def print_answer(answer: "Answer", console: Console) -> None:
    console.print(answer_view(answer))


def answer_view(answer: "Answer") -> Group:
    """Answer, confidence, hops, sources, what is missing or withheld, and what it took, in that order."""
    parts: list[RenderableType] = []
    if answer.rewritten_question and answer.rewritten_question != answer.question:
        parts += [Text(f"Understood as: {one_line(answer.rewritten_question)}", style="dim"), Text()]
    if answer.answer:
        parts.append(Text(safe(answer.answer).strip(), style="bold" if answer.status == "answered" else ""))
        parts.append(Text())
    parts.append(_verdict(answer))
    parts += _listed("Missing", answer.missing)
    parts += _listed("Note", answer.notes)
    if answer.hops:
        parts += [Text(), Text("How it was found", style="bold")]
        parts += [_hop(hop) for hop in answer.hops]
    if answer.citations:
        parts += [Text(), Text("Sources", style="bold")]
        for citation in answer.citations:
            parts += _source(citation)
    parts += [Text(), Text(_took(answer), style="dim")]
    return Group(*parts)


def _verdict(answer: "Answer") -> Text:
    verdict = Text()
    verdict.append(answer.status, style=_STATUS_STYLE.get(answer.status, ""))
    verdict.append(f" · {confidence_words(answer.confidence)} ({answer.confidence:.2f})")
    withheld = sum(claim.support == "unsupported" for claim in answer.claims)
    if withheld:
        verdict.append(f" · {withheld} claim{'s' if withheld > 1 else ''} withheld", style="yellow")
    return verdict


def _listed(label: str, items: tuple[str, ...]) -> list[RenderableType]:
    return [Text(f"{label}: {one_line(item)}", style="yellow") for item in items]


def _hop(hop: "Hop") -> RenderableType:
    line = Text(f"{hop.n}. {_HOP_WORDS[hop.kind]:<9} {one_line(hop.query)}")
    found = names_in(hop.passage_ids, at_most=_SHOWN_PASSAGES) or "nothing new"
    return Group(Padding(line, (0, 0, 0, 2)), Padding(Text(f"→ {found}", style="dim"), (0, 0, 0, 15)))


def _source(citation: "Citation") -> list[RenderableType]:
    place = " · ".join(one_line(part) for part in (citation.title, citation.locator, citation.source) if part)
    head = Text(f"[{citation.marker}] ", style="cyan").append(place, style="default")
    lines: list[RenderableType] = [Padding(head, (0, 0, 0, 2))]
    lines.append(Padding(Text(f"“{one_line(citation.quote)}”", style="italic"), (0, 0, 0, 6)))
    if citation.url:
        lines.append(Padding(Text(one_line(citation.url), style="dim"), (0, 0, 0, 6)))
    return lines


def _took(answer: "Answer") -> str:
    seconds = answer.timings_ms.get("total", 0.0) / 1000
    usage = answer.usage
    spent = f"{answer.mode} · {seconds:.2f} s"
    if usage.model_calls:
        spent += f" · {usage.model_calls} model calls, {usage.input_tokens} + {usage.output_tokens} tokens"
    if usage.cost_usd:
        spent += f" · ${usage.cost_usd:.4f}"
    slowest = sorted((item for item in answer.timings_ms.items() if item[0] != "total"), key=lambda item: -item[1])
    nodes = ", ".join(f"{node} {ms:.0f}" for node, ms in slowest[:3])
    return f"{spent}{f' ({nodes} ms)' if nodes else ''} · run {answer.run_id}"
