"""Parses and embeds on a Ray cluster with Ray Data jobs; everything else stays in the calling process.

To the loader, this is its parser and its embedder. A job takes some hundred changed files: its actors parse them and
embed what the store lacks, and the vectors wait here until the loader asks for them. Only this process writes to the
catalogue and the store, so both are right whatever dies and when.
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
from tools.ingestion.parsing.tasks import FileTask, Made, Parser, Task
from tools.ingestion.planning.differences import as_stored
from tools.passages import Passage
from tools.ports import Embedder, FloatArray

FILES_A_JOB = 512
FILES_A_BATCH = 8
CONNECT_SECONDS = 5.0
MAX_VECTORS_WAITING = 65_536
_BATCH = 16


@dataclass(frozen=True, slots=True)
class _Unread:
    """A file that can't be read, as sent home by an actor: errors with two arguments of their own can't be pickled."""

    kind: type[UnreadableSource]
    source: str
    reason: str


class RayCluster(AroundEmbedder):
    """Implements Parser and Embedder.

    `embedder` is this process's own, `make_embedder` makes the same one in an actor. `open_parser` opens a parser here
    or in an actor. Blocking except for embedding. Raises InvalidSetting when Ray is not installed or no cluster is at
    the address.
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
        """Files are collected: the job starts when the first result is asked for. Other tasks run here, which is faster
        than sending them."""
        if not isinstance(task, FileTask):
            return self._here.submit(task)
        waiting = _Waiting(self._run_job)
        self._pending.append((task, waiting))
        return cast("Future[Made]", waiting)

    def close(self) -> None:
        """Disconnect from the cluster."""
        self._here.close()
        self._ray.shutdown()

    async def _embed(self, kind: Kind, texts: Sequence[str], embed: Embed) -> FloatArray:
        """Vectors that the jobs computed. Passages that no job has seen, because the store lost them, are embedded
        here."""
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
            # The loss of a node is not among these: Ray gives its work to other nodes.
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
    """The work of an actor on a batch of files; it loads the embedding model once.

    Errors of Hopline are returned as outcomes. Raised in an actor, they would arrive wrapped, after a retry.
    """

    def __init__(self, make_embedder: Callable[[], Embedder], open_parser: Callable[[], Parser]) -> None:
        import asyncio

        self._loop = asyncio.new_event_loop()  # kept: an endpoint's client belongs to the loop it was made in
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
            self._opened = _placed(error)  # the job has failed: its other files need no work
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
    """Checked before Ray is asked, which would go on trying for minutes."""
    place = urlsplit(address if "//" in address else f"//{address}")
    try:
        if place.hostname and place.port:
            socket.create_connection((place.hostname, place.port), timeout=CONNECT_SECONDS).close()
    except (OSError, ValueError) as error:
        raise InvalidSetting(f"--ray {address}: there is no Ray cluster ({error}).") from None


def _placed(error: HoplineError) -> HoplineError:
    """The error with the name of this machine in front of its message."""
    error.args = (f"On the Ray node {socket.gethostname()}: {error}",)
    return error


def _last_line(error: Exception) -> str:
    """The last line of the error's text; above it is the traceback."""
    said = [line.strip() for line in str(error).splitlines() if line.strip()] or [""]
    return f"{type(error).__name__}: {said[-1][:200]}"


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
