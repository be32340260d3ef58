"""Opens the assistant over a data set's corpus, which is indexed the first time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from agent.answers import Answer, SearchReport
from agent.assistant import Assistant
from agent.opening import open_assistant
from agent.port_wrappers import AS_THEY_ARE, PortWrappers
from agent.settings import Settings
from evals.datasets.questions import Dataset
from evals.indexing import CorpusIndex, index_corpus, index_of
from evals.subject import Opened
from graph.language import Turn
from tools.errors import StoreEmpty
from tools.ingestion.planning.changes import Progress as IngestProgress
from tools.passages import Reader
from tools.verifiers.opening import open_verifier


@asynccontextmanager
async def open_subject(
    dataset: Dataset, settings: Settings, console: Console | None, ports: PortWrappers = AS_THEY_ARE
) -> AsyncIterator[Opened]:
    """The `evals.subject.SubjectOpener` for the real assistant. Raises what opening and ingesting raise."""
    index = index_of(dataset, settings)
    async with AsyncExitStack() as closing:
        assistant = await _open(closing, index, settings, ports)

        async def ingest(path: Path) -> Sequence[str]:
            with _shown_ingestion(console, dataset.name) as progress:
                report = await assistant.ingest([path], progress=progress)
            return [f"{source}: {reason}" for source, reason in report.failures]

        left_out = await index_corpus(dataset, index, ingest)
        yield Opened(_Batch(assistant), left_out, await asyncio.to_thread(open_verifier, settings.verifier))


class _Batch:
    """The assistant as an evaluation asks it: people who ask at the same time go first."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    async def ask(
        self,
        question: str,
        *,
        reader: Reader,
        history: Sequence[Turn],
        max_hops: int | None = None,
        stopping: bool = True,
    ) -> Answer:
        return await self._assistant.ask(
            question, reader=reader, history=history, max_hops=max_hops, stopping=stopping, priority="batch"
        )

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
        return await self._assistant.search(
            question, reader=reader, history=history, k=k, max_hops=max_hops, stopping=stopping, priority="batch"
        )


async def _open(closing: AsyncExitStack, index: CorpusIndex, settings: Settings, ports: PortWrappers) -> Assistant:
    """If the store of an index was removed, the index is made again."""
    # Caches are off: the work is to be measured.
    own = index.settings(settings).model_copy(update={"cache_seconds": 0.0})
    if await asyncio.to_thread(index.left_out) is not None:
        try:
            return await closing.enter_async_context(open_assistant(own, ports=ports))
        except StoreEmpty:
            await asyncio.to_thread(index.forget)
    return await closing.enter_async_context(open_assistant(own, create=True, ports=ports))


@contextmanager
def _shown_ingestion(console: Console | None, name: str) -> Iterator[Callable[[IngestProgress], None]]:
    if console is None or not console.is_terminal:
        yield lambda step: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=None), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(f"indexing {name}", total=None)

        def show(step: IngestProgress) -> None:
            progress.update(task, total=step.bytes_total or None, completed=step.bytes_done)

        yield show
