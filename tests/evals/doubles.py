"""A scripted assistant and the rows that evaluations are tested with."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console

from agent.answers import Answer, Citation, Claim, Hop, RankedPassage, SearchReport, SearchResult, UsageReport
from agent.port_wrappers import AS_THEY_ARE, PortWrappers
from agent.settings import Settings
from evals.datasets import Dataset, Question
from evals.records import Record
from evals.subject import Opened
from graph.language import Turn
from tools.errors import ModelUnavailable
from tools.passages import Reader


def made_answer(question: str = "?", answer: str = "Paris [1].", **changes: Any) -> Answer:
    values: dict[str, Any] = {
        "question": question,
        "rewritten_question": question,
        "status": "answered",
        "answer": answer,
        "confidence": 0.8,
        "usage": UsageReport(model_calls=1, input_tokens=100, output_tokens=20, cost_usd=0.001),
        "timings_ms": {"retrieve": 5.0, "total": 10.0},
    }
    return Answer.model_validate(values | changes)


def made_citation(marker: int, source: str, quote: str = "Paris.") -> Citation:
    return Citation(
        marker=marker,
        passage_id=f"{source}#1",
        source=source,
        title=source,
        locator="",
        url=None,
        quote=quote,
        start=0,
        end=len(quote),
    )


def made_claim(text: str, *markers: int, support: str = "supported", score: float = 0.9) -> Claim:
    return Claim.model_validate({"text": text, "markers": markers, "support": support, "score": score})


def made_hop(n: int, *passage_ids: str) -> Hop:
    return Hop(n=n, kind="search", query="?", passage_ids=passage_ids)


def made_ranking(*passage_ids: str) -> tuple[RankedPassage, ...]:
    return tuple(RankedPassage(passage_id=name, source=name, score=-n, hop=1) for n, name in enumerate(passage_ids))


def made_search(question: str, *passage_ids: str, hop: int = 1) -> SearchReport:
    results = tuple(
        SearchResult(passage_id=name, source=name, title=f"Title of {name}", text="…", score=-n, hop=hop, via="search")
        for n, name in enumerate(passage_ids)
    )
    return SearchReport(question=question, results=results, timings_ms={"retrieve": 5.0, "total": 7.0})


def made_record(question: Question, **changes: Any) -> Record:
    values: dict[str, Any] = {
        "question": question,
        "asked_at": "2026-01-01T00:00:00+00:00",
        "elapsed_ms": 12.0,
        "manifest": "f" * 64,
    }
    return Record.model_validate(values | changes)


@dataclass
class ScriptedAssistant:
    """Answers and finds what the script says, and records what it was asked."""

    answers: Mapping[str, Answer] = field(default_factory=dict)
    found: Mapping[str, Sequence[str]] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)
    asked: list[tuple[str, Reader, tuple[Turn, ...]]] = field(default_factory=list)
    running: int = 0
    most_running: int = 0
    seconds: float = 0.0
    by_hop: bool = False

    async def ask(
        self,
        question: str,
        *,
        reader: Reader,
        history: Sequence[Turn],
        max_hops: int | None = None,
        stopping: bool = True,
    ) -> Answer:
        await self._take(question, reader, history)
        return self.answers.get(question, made_answer(question, ranking=made_ranking("a")))

    async def search(
        self,
        question: str,
        *,
        reader: Reader,
        history: Sequence[Turn],
        k: int,
        max_hops: int | None = None,
        stopping: bool = True,
    ) -> SearchReport:
        """With `by_hop`, each hop finds the next passage; the stopping rule stops after two."""
        await self._take(question, reader, history)
        names = list(self.found.get(question, ()))
        if not self.by_hop:
            return made_search(question, *names[:k])
        hops = min(max_hops or 4, 2) if stopping else max_hops or 4
        report = made_search(question, *names[:hops][:k])
        return report.model_copy(update={"hops": tuple(made_hop(n, *names[n - 1 : n]) for n in range(1, hops + 1))})

    async def _take(self, question: str, reader: Reader, history: Sequence[Turn]) -> None:
        self.asked.append((question, reader, tuple(history)))
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        await asyncio.sleep(self.seconds)
        self.running -= 1
        if question in self.failing:
            raise ModelUnavailable("The model did not answer.")


def opening(subject: ScriptedAssistant, left_out: Sequence[str] = ()) -> Callable[..., Any]:
    @asynccontextmanager
    async def opened(
        dataset: Dataset, settings: Settings, console: Console | None, ports: PortWrappers = AS_THEY_ARE
    ) -> AsyncIterator[Opened]:
        yield Opened(subject, tuple(left_out))

    return opened
