"""`python -m evals.bench.answers DATASET [--limit N]`: our answers beside single-shot retrieval with the same model.

Single-shot: the first search's five passages in full, and one plain prompt. Ours: the graph as configured; the same
with nothing declined, its model replies played back; and its quotations, which need no model. All use the same store
and the model that HOPLINE_MODEL names.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from agent.settings import Settings, load_settings
from agent.speech import chat_of
from evals.bench.command import run_bench
from evals.datasets import Question, load_dataset
from evals.metrics.answers import answer_recall, exact_match, f1, without_marks
from evals.metrics.intervals import interval_of_share, resampled_places
from evals.opening import open_subject
from evals.replay import taped_ports
from evals.sampling import stratified
from evals.subject import Subject
from evals.tape import Tape
from tools.errors import InvalidInput
from tools.passages import Reader
from tools.ports import ChatModel, Message, Usage

PASSAGES = 5
MAX_TOKENS = 120
PROMPT = "Answer the question from the passages. Give the answer alone, as short as possible."
QUALITY = ("f1", "exact_match", "answer_recall")
COST = ("model_calls", "tokens", "seconds")

SINGLE_SHOT = "single-shot"
OURS = "hopline"
AT_ANY_CONFIDENCE = "hopline, declining nothing"
QUOTATIONS = "hopline without a model"

Row = dict[str, float]
_Asking = Callable[[Subject, Question, Reader], Awaitable[Row]]


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    return run_bench(
        lambda folder, messages: asyncio.run(
            compare(asked.dataset, load_settings(), asked.limit, messages, folder / "traffic.jsonl")
        ),
        lambda result: _print(result, Console()),
        as_json=asked.json,
    )


async def compare(path: str, settings: Settings, limit: int | None, messages: Console, traffic: Path) -> dict[str, Any]:
    """Means with 95% intervals by system. The model's replies to our graph are recorded in `traffic`.

    Raises InvalidInput without a model, and what opening and asking raise.
    """
    if settings.model is None:
        raise InvalidInput("this bench needs a model: set HOPLINE_MODEL (and OPENAI_BASE_URL for a local one)")
    dataset = load_dataset(path)
    questions = stratified([each for each in dataset.questions if each.answers and not each.history], limit)
    chat = chat_of(settings, settings.model)

    async def single_shot(subject: Subject, question: Question, reader: Reader) -> Row:
        return await _single_shot(subject, chat, question, reader)

    systems: dict[str, tuple[Settings, _Asking]] = {
        SINGLE_SHOT: (settings, single_shot),
        OURS: (settings, _ours),
        AT_ANY_CONFIDENCE: (settings.model_copy(update={"max_error_rate": 1.0}), _ours),
        QUOTATIONS: (settings.model_copy(update={"model": None, "small_model": None, "second_model": None}), _ours),
    }
    result: dict[str, Any] = {"dataset": dataset.name, "n": len(questions), "model": settings.model, "systems": {}}
    tape = Tape(traffic)
    try:
        for name, (own, ask) in systems.items():
            rows: list[Row] = []
            async with open_subject(dataset, own, messages, taped_ports(tape)) as opened:
                for place, question in enumerate(questions, 1):
                    rows.append(await ask(opened.subject, question, Reader(groups=question.groups, tenant=own.tenant)))
                    mean = np.mean([row["f1"] for row in rows])
                    said = f"{name}: {place} of {len(questions)}, F1 {mean:.3f}"
                    messages.print(said, style="dim", highlight=False)
            result["systems"][name] = _summary(rows)
    finally:
        tape.close()
    return result


async def _single_shot(subject: Subject, chat: ChatModel, question: Question, reader: Reader) -> Row:
    started = time.perf_counter()
    found = await subject.search(question.question, reader=reader, history=(), k=PASSAGES, max_hops=1)
    passages = "\n\n".join(f"{result.title}\n{result.text}" for result in found.results)
    asked = [Message("system", PROMPT), Message("user", f"{passages}\n\nQuestion: {question.question}\nAnswer:")]
    text, usage = "", Usage()
    async for delta in chat.stream(asked, max_tokens=MAX_TOKENS):
        text += delta.text
        usage = usage + (delta.usage or Usage())
    return _row(text, question, usage.model_calls, usage.input_tokens + usage.output_tokens, started)


async def _ours(subject: Subject, question: Question, reader: Reader) -> Row:
    started = time.perf_counter()
    answer = await subject.ask(question.question, reader=reader, history=())
    text = "" if answer.status == "declined" else without_marks(answer.answer)
    used = answer.usage
    row = _row(text, question, used.model_calls, used.input_tokens + used.output_tokens, started)
    return row | {"declined": float(answer.status == "declined")}


def _row(text: str, question: Question, calls: int, tokens: int, started: float) -> Row:
    values: Mapping[str, float | None] = {
        "f1": f1(text, question.answers),
        "exact_match": exact_match(text, question.answers),
        "answer_recall": answer_recall(text, question.answers),
    }
    quality = {name: value if value is not None else float("nan") for name, value in values.items()}
    cost = {"model_calls": float(calls), "tokens": float(tokens), "seconds": time.perf_counter() - started}
    return quality | cost


def _summary(rows: Sequence[Row]) -> dict[str, Any]:
    places = resampled_places(len(rows))
    summary: dict[str, Any] = {}
    for name in (*QUALITY, *COST):
        column = np.array([row[name] for row in rows])
        summary[name] = float(np.nanmean(column))
        if name in QUALITY and (interval := interval_of_share(column, places)) is not None:
            summary[f"{name}_interval"] = interval
    if "declined" in rows[0]:
        summary["declined"] = float(np.mean([row["declined"] for row in rows]))
    return summary


def _print(result: Mapping[str, Any], console: Console) -> None:
    table = Table(title=f"{result['dataset']}: {result['n']} questions, {result['model']}")
    table.add_column("")
    for name in (*QUALITY, *COST):
        table.add_column(name, justify="right")
    table.add_column("declined", justify="right")
    for name, summary in result["systems"].items():
        cells = [f"{summary[each]:.1%} {_shown(summary.get(f'{each}_interval'))}" for each in QUALITY]
        declined = f"{summary['declined']:.0%}" if "declined" in summary else "–"
        table.add_row(name, *cells, *(f"{summary[each]:,.1f}" for each in COST), declined)
    console.print(table)


def _shown(interval: tuple[float, float] | None) -> str:
    return f"({interval[0]:.1%}–{interval[1]:.1%})" if interval else ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals.bench.answers", description=__doc__)
    parser.add_argument("dataset", metavar="DATASET", help="a data set as hopline eval takes it")
    parser.add_argument("--limit", type=int, metavar="N", help="ask N questions, spread over types")
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout")
    return parser


if __name__ == "__main__":
    sys.exit(main())
