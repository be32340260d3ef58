"""`hopline demo`: the bundled handbook, and three questions that show what Hopline does with it."""

import asyncio
import json
import shutil
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from integrations.cli.ask import answered
from integrations.cli.ingest import ingested, print_report
from integrations.cli.options import Json
from integrations.cli.output import note, print_json, stdout_console
from integrations.cli.session import say_mode, start

if TYPE_CHECKING:
    from agent.answers import Answer
    from agent.settings import Settings
    from tools.ingestion.planning.changes import IngestReport

_TELLING = {
    "two_hop": "A question that needs two documents",
    "follow_up": "A follow-up in the same conversation",
    "unanswerable": "A question that the documents can't answer",
}


@dataclass(frozen=True, slots=True)
class DemoQuestion:
    question: str
    type: str


def demo(as_json: Json = False) -> int:
    """Ingest the bundled handbook into .hopline/demo and ask it three questions.

    Example: `hopline demo`
    """
    started = time.monotonic()
    settings = demo_settings(start())
    say_mode(settings, as_json=as_json)
    report, answers = asyncio.run(_shown(settings, as_json=as_json))
    if as_json:
        print_json({"ingested": report, "answers": answers})
    else:
        seconds = time.monotonic() - started
        command = "hopline" if shutil.which("hopline") else sys.argv[0]  # `make demo` puts it on nobody's PATH
        note(f"{seconds:.1f} s in all; to ask more: HOPLINE_HOME={settings.home} {command} ask QUESTION")
    return 0 if report.ok and all(answer.status != "failed" for answer in answers) else 1


def demo_settings(settings: "Settings") -> "Settings":
    """A home of its own, embedded, so that the demo touches nobody's documents or server."""
    apart = {"home": settings.home / "demo", "milvus_uri": None, "database_url": None}
    return settings.model_copy(update=apart)


def demo_questions() -> list[DemoQuestion]:
    """The rows of the handbook's questions that are marked `demo`, in that order."""
    from evals.bundled import handbook

    rows = [json.loads(line) for line in handbook.QUESTIONS.read_text(encoding="utf-8").splitlines()]
    chosen = sorted((row for row in rows if "demo" in row), key=lambda row: int(row["demo"]))
    return [DemoQuestion(row["question"], row["type"]) for row in chosen]


async def _shown(settings: "Settings", *, as_json: bool) -> "tuple[IngestReport, list[Answer]]":
    from agent import open_assistant
    from evals.bundled import handbook
    from tools.passages import Reader

    report = await ingested(settings, [handbook.DOCUMENTS], None, None, shows_progress=not as_json)
    if not as_json:
        print_report(report)
    reader, conversation = Reader(tenant=settings.tenant), f"demo-{time.time_ns()}"
    answers = []
    async with open_assistant(settings) as assistant:
        for asked in demo_questions():
            answer = await answered(assistant, asked.question, reader, conversation, live=False)
            if not as_json:
                _print_exchange(asked, answer)
            answers.append(answer)
    return report, answers


def _print_exchange(asked: DemoQuestion, answer: "Answer") -> None:
    from rich.rule import Rule
    from rich.text import Text

    from integrations.cli.answer_view import print_answer

    console = stdout_console()
    console.print()
    console.print(Rule(_TELLING.get(asked.type, asked.type), align="left", style="dim"))
    console.print(Text(f"? {asked.question}", style="bold cyan"))
    console.print()
    print_answer(answer, console)
