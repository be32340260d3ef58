"""Parsing and embedding on a Ray cluster, as Ray Data jobs; everything else stays with the process that asked.

The loader's order of things is untouched: this is its parser and its embedder. A job takes some hundred changed files,
its actors parse them and embed what the store does not hold yet, and the vectors wait here until the loader comes to
their passages. So the catalogue is right whatever dies when: this process alone writes to it and to the store.
"""

import logging
import pickle
import socket
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, cast
from urllib.parse import urlsplit

import numpy as np

from tools.embedders.around import AroundEmbedder, Embed, Kind
from tools.errors import HoplineError, InvalidSetting, PermanentError, UnreadableSource
from tools.ingestion.differences import as_stored
from tools.ingestion.parsing import FileTask, Made, Parser, Task
from tools.passages import Passage
from tools.ports import Embedder, FloatArray

FILES_A_JOB = 512
FILES_A_BATCH = 8
CONNECT_SECONDS = 5.0
MAX_VECTORS_WAITING = 65_536
_BATCH = 16


@dataclass(frozen=True, slots=True)
class _Unread:
    """A file that can't be read, on its way back: an error with two arguments of its own can't be pickled."""

    kind: type[UnreadableSource]
    source: str
    reason: str


class RayCluster(AroundEmbedder):
    """Implements Parser and Embedder; `embedder` is this process's own, `make_embedder` makes the same in an actor, and
    `open_parser` opens what parses in either.

    Blocking but for the embedding. Raises InvalidSetting when Ray is not installed or no cluster is at the address.
    """

    capacity = FILES_A_JOB

    def __init__(
        self,
        address: str,
        embedder: Embedder,
        make_embedder: Callable[[], Embedder],
        open_parser: Callable[[], Parser],
    ) -> None:
        super().__init__(embedder)
        self._ray = _connected(address)
        self._make_embedder, self._open_parser = make_embedder, open_parser
        self._here = open_parser()
        self._pending: list[tuple[FileTask, _Waiting]] = []
        self._vectors: OrderedDict[bytes, FloatArray] = OrderedDict()

    def submit(self, task: Task[Made]) -> "Future[Made]":
        """A file waits for company: the job begins when a result is asked for. What is no file takes less time here
        than on its way to the cluster."""
        if not isinstance(task, FileTask):
            return self._here.submit(task)
        waiting = _Waiting(self._run_job)
        self._pending.append((task, waiting))
        return cast("Future[Made]", waiting)

    def close(self) -> None:
        """Leaves the cluster as it was found."""
        self._here.close()
        self._ray.shutdown()

    async def _embed(self, kind: Kind, texts: Sequence[str], embed: Embed) -> FloatArray:
        """Of passages what the jobs brought; a text that none of them saw (the store lost it) is embedded here."""
        if kind == "queries":
            return await embed(texts)
        found = [self._vectors.get(_digest(text)) for text in texts]
        missing = [text for text, vector in zip(texts, found, strict=True) if vector is None]
        here = iter(await embed(missing) if missing else ())
        return np.stack([vector if vector is not None else next(here) for vector in found])

    def _run_job(self) -> None:
        try:
            self._run_pending()
        except self._ray.exceptions.RayError as error:
            # A node that is lost is none of these: Ray gives its work to the others.
            raise PermanentError(f"The Ray cluster did not finish a job ({_last_line(error)}).") from error

    def _run_pending(self) -> None:
        pending, self._pending = self._pending, []
        rows = [{"number": number, "task": pickle.dumps(task)} for number, (task, _) in enumerate(pending)]
        nodes = max(1, int(self._ray.cluster_resources().get("CPU", 1)))
        actors = max(1, min(nodes, len(rows) // FILES_A_BATCH))
        job = self._ray.data.from_items(rows, override_num_blocks=actors).map_batches(
            _ParseAndEmbed,
            fn_constructor_args=(self._make_embedder, self._open_parser),
            batch_size=FILES_A_BATCH,
            compute=self._ray.data.ActorPoolStrategy(min_size=1, max_size=actors),
            num_cpus=1,
        )
        for row in job.iter_rows():
            outcome, vectors = pickle.loads(row["outcome"])  # noqa: S301 - written by our own actor
            waiting = pending[row["number"]][1]
            if isinstance(outcome, _Unread):
                waiting.set_exception(outcome.kind(outcome.source, outcome.reason))
                continue
            if isinstance(outcome, HoplineError):
                waiting.set_exception(outcome)
                continue
            self._vectors.update(vectors)
            waiting.set_result(outcome)
        for _, waiting in pending:
            if not waiting.done():
                waiting.set_exception(PermanentError("A Ray job ended without a word about one of its files."))
        while len(self._vectors) > MAX_VECTORS_WAITING:
            self._vectors.popitem(last=False)


class _Waiting(Future[tuple[Passage, ...]]):
    def __init__(self, run_job: Callable[[], None]) -> None:
        super().__init__()
        self._run_job = run_job

    def result(self, timeout: float | None = None) -> tuple[Passage, ...]:
        if not self.done():
            self._run_job()
        return super().result(timeout)


class _ParseAndEmbed:
    """What an actor does with a batch of files; it loads the embedding model once. What Hopline raises goes home as an
    outcome: as an error of the actor's it would come wrapped up, after the actor was tried again."""

    def __init__(self, make_embedder: Callable[[], Embedder], open_parser: Callable[[], Parser]) -> None:
        import asyncio

        self._loop = asyncio.new_event_loop()  # one for good: a client of an endpoint belongs to the loop it began in
        self._opened: tuple[Embedder, Parser] | HoplineError
        try:
            self._opened = make_embedder(), open_parser()
        except HoplineError as error:
            self._opened = _placed(error)

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        outcomes = [pickle.dumps(self._done(pickle.loads(task))) for task in batch["task"]]  # noqa: S301
        return {"number": batch["number"], "outcome": np.array(outcomes, dtype=object)}

    def _done(self, task: FileTask) -> "tuple[tuple[Passage, ...] | _Unread | HoplineError, dict[bytes, FloatArray]]":
        if isinstance(self._opened, HoplineError):
            return self._opened, {}
        embedder, parser = self._opened
        try:
            passages = parser.submit(task).result()
            stored = as_stored(passages, origin=task.origin or task.source, former_names=(), overruled="")
            texts = [passage.content for passage in stored if passage.key not in task.known]
            return passages, dict(zip(map(_digest, texts), self._embedded(embedder, texts), strict=True))
        except UnreadableSource as error:
            return _Unread(type(error), error.source, error.reason), {}
        except HoplineError as error:
            self._opened = _placed(error)  # the job has failed: what is left of it needs no work
            return self._opened, {}

    def _embedded(self, embedder: Embedder, texts: Sequence[str]) -> list[FloatArray]:
        found: list[FloatArray] = [np.zeros(0, dtype=np.float32)] * len(texts)
        shortest_first = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        for start in range(0, len(texts), _BATCH):
            indexes = shortest_first[start : start + _BATCH]
            vectors = self._loop.run_until_complete(embedder.embed_passages([texts[index] for index in indexes]))
            for index, vector in zip(indexes, vectors, strict=True):
                found[index] = np.asarray(vector, dtype=np.float32)
        return found


def _connected(address: str) -> Any:
    try:
        import ray
        import ray.data
    except ModuleNotFoundError as error:
        raise InvalidSetting("--ray needs an optional package; install it with pip install 'hopline[ray]'.") from error
    _check_that_somebody_listens(address)
    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, ignore_reinit_error=True)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise InvalidSetting(
            f"--ray {address}: there is no Ray cluster ({' '.join(str(error).split())[:200]})."
        ) from None
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)  # its errors are raised again in our words
    ray.data.DataContext.get_current().enable_progress_bars = False
    return ray


def _check_that_somebody_listens(address: str) -> None:
    """Ray itself goes on trying for minutes."""
    place = urlsplit(address if "//" in address else f"//{address}")
    try:
        if place.hostname and place.port:
            socket.create_connection((place.hostname, place.port), timeout=CONNECT_SECONDS).close()
    except (OSError, ValueError) as error:
        raise InvalidSetting(f"--ray {address}: there is no Ray cluster ({error}).") from None


def _placed(error: HoplineError) -> HoplineError:
    """With the name of the machine on which it is true."""
    error.args = (f"On the Ray node {socket.gethostname()}: {error}",)
    return error


def _last_line(error: Exception) -> str:
    """What is wrong; above it stand the frames that it went through."""
    said = [line.strip() for line in str(error).splitlines() if line.strip()] or [""]
    return f"{type(error).__name__}: {said[-1][:200]}"


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
