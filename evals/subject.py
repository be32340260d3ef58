"""What an evaluation needs from the assistant; anything else that answers and searches can take its place."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from rich.console import Console

from agent.answers import Answer, SearchReport
from agent.port_wrappers import AS_THEY_ARE, PortWrappers
from agent.settings import Settings
from evals.datasets.questions import Dataset
from graph.language import Turn
from tools.passages import Reader
from tools.ports import Verifier


class Subject(Protocol):
    """The assistant under evaluation. It sees the question, the reader and the conversation, but no annotation.

    `max_hops` None is the settings' own limit. With `stopping` False every hop is taken, whatever it finds.
    """

    async def ask(
        self,
        question: str,
        *,
        reader: Reader,
        history: Sequence[Turn],
        max_hops: int | None = None,
        stopping: bool = True,
    ) -> Answer: ...

    async def search(
        self,
        question: str,
        *,
        reader: Reader,
        history: Sequence[Turn],
        k: int,
        max_hops: int | None = None,
        stopping: bool = True,
    ) -> SearchReport: ...


@dataclass(frozen=True, slots=True)
class Opened:
    """`left_out` are parts of the corpus that could not be ingested, one sentence each."""

    subject: Subject
    left_out: tuple[str, ...] = ()
    verifier: Verifier | None = None


class SubjectOpener(Protocol):
    """Opens the assistant over a data set's corpus, which is indexed first if needed. `ports` wraps its adapters when
    traffic is recorded or played back."""

    def __call__(
        self, dataset: Dataset, settings: Settings, console: Console | None, ports: PortWrappers = AS_THEY_ARE
    ) -> AbstractAsyncContextManager[Opened]: ...
