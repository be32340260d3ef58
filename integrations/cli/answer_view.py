"""An answer for people: on a terminal with colour, anywhere else as plain lines."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from textwrap import shorten
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from integrations.cli.output import names_in, one_line, safe
from tools.names import folded

if TYPE_CHECKING:
    from agent.answers import Answer, Citation, Hop

STATUS_STYLE = {"answered": "green", "partial": "yellow", "declined": "red", "failed": "red"}
_HOP_WORDS = {"search": "searched", "link": "followed links of", "follow_up": "then asked:"}
_SHOWN_DOCUMENTS = 3
_SHOWN_QUERY = 100
"""Characters: a search may be put in the words of a whole earlier answer."""


def confidence_words(confidence: float) -> str:
    """The same number in words; the steps are those of a weather forecast, not of the calibration."""
    for least, words in ((0.9, "very sure"), (0.75, "sure"), (0.6, "fairly sure"), (0.4, "unsure")):
        if confidence >= least:
            return words
    return "doubtful"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the view; longer ones wrap under their own start on a terminal and stay whole elsewhere."""

    text: Text
    indent: int = 0


def _says_as_much(asked: str, understood: str) -> bool:
    """Whether only a greeting, an apostrophe or the spacing is another: nothing that a reader has to be told."""
    return folded(asked).replace(" ", "").endswith(folded(understood).replace(" ", ""))


def print_answer(answer: "Answer", console: Console) -> None:
    for line in answer_lines(answer):
        if console.is_terminal:
            console.print(Padding(line.text, (0, 0, 0, line.indent)))
        else:
            console.out(" " * line.indent + line.text.plain, highlight=False)


def answer_lines(answer: "Answer") -> Iterator[Line]:
    """Answer, confidence, what is missing or withheld, sources, hops and what it took, in that order."""
    if answer.rewritten_question and not _says_as_much(answer.question, answer.rewritten_question):
        yield _line(f"understood as: {one_line(answer.rewritten_question)}", "dim")
        yield _line()
    for paragraph in safe(answer.answer).strip().splitlines():
        yield _line(paragraph, "bold" if answer.status == "answered" else "")
    # A greeting is nothing to be sure of.
    if answer.status != "answered" or answer.citations or answer.hops:
        yield _line()
        yield Line(_verdict(answer))
    for missing in answer.missing:
        # A refusal says it in its own sentence.
        if missing not in answer.answer:
            yield _line(f"missing: {one_line(missing)}", "yellow")
    for remark in answer.notes:
        yield _line(f"note: {one_line(remark)}", "yellow")
    if answer.citations:
        yield _line()
        yield _line("Sources", "bold")
        for citation in answer.citations:
            yield from _source(citation)
    if answer.hops:
        yield _line()
        yield _line("How it was found", "bold")
        yield from _hops(answer)
    yield _line()
    yield _line(_took(answer), "dim")


def _line(text: str = "", style: str = "", indent: int = 0) -> Line:
    return Line(Text(text, style=style), indent)


def _verdict(answer: "Answer") -> Text:
    verdict = Text()
    verdict.append(answer.status, style=STATUS_STYLE.get(answer.status, ""))
    verdict.append(f" · {confidence_words(answer.confidence)} ({answer.confidence:.2f})")
    withheld = sum(claim.support == "unsupported" for claim in answer.claims)
    if withheld:
        verdict.append(f" · {withheld} claim{'s' if withheld > 1 else ''} withheld", style="yellow")
    return verdict


def _hops(answer: "Answer") -> Iterator[Line]:
    """Lookups of one hop ran side by side: they stand under its one number."""
    before = 0
    for hop in answer.hops:
        number = f"{hop.n}. "
        lookup = _lookup(hop, {answer.question: "the question as asked", answer.rewritten_question: "the question"})
        yield Line(Text(number if hop.n != before else " " * len(number)).append_text(lookup), indent=2)
        before = hop.n


def _lookup(hop: "Hop", questions: Mapping[str, str]) -> Text:
    asked = questions.get(hop.query) or shorten(one_line(hop.query), _SHOWN_QUERY, placeholder=" …")
    number = len(hop.passage_ids)
    # A chunk's id is its document's and a digest that tells a person nothing.
    documents = dict.fromkeys(identifier.partition("#")[0] for identifier in hop.passage_ids)
    found = f"{number} passage{'s' if number > 1 else ''} of {names_in(documents, at_most=_SHOWN_DOCUMENTS)}"
    return Text(f"{_HOP_WORDS[hop.kind]} {asked}").append(f" → {found if number else 'nothing new'}", style="dim")


def _source(citation: "Citation") -> Iterator[Line]:
    places = dict.fromkeys(one_line(part) for part in (citation.title, citation.locator, citation.source) if part)
    yield Line(Text(f"[{citation.marker}] ", style="cyan").append(" · ".join(places), style="default"), indent=2)
    yield _line(f"“{one_line(citation.quote)}”", "italic", indent=6)
    if citation.url:
        yield _line(one_line(citation.url), "dim", indent=6)


def _took(answer: "Answer") -> str:
    seconds = answer.timings_ms.get("total", 0.0) / 1000
    usage = answer.usage
    spent = f"{answer.mode} · {seconds:.2f} s"
    if usage.model_calls:
        calls = f"{usage.model_calls} model call{'s' if usage.model_calls > 1 else ''}"
        spent += f" · {calls}, {usage.input_tokens:,} + {usage.output_tokens:,} tokens · {usage.cost}"
    slowest = sorted((item for item in answer.timings_ms.items() if item[0] != "total"), key=lambda item: -item[1])
    nodes = ", ".join(f"{node} {ms:.0f}" for node, ms in slowest[:3])
    return f"{spent}{f' ({nodes} ms)' if nodes else ''} · run {answer.run_id}"
