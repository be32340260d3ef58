"""Parses in separate processes under limits of time and memory, so that a hostile file harms only itself.

They are not started with `multiprocessing`, whose children import the caller's main module again (a script without a
guard would run twice) or inherit locks held by threads. They get no environment, hence no keys.
"""

import json
import os
import pickle
import select
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from tools.errors import UnreadableSource
from tools.ingestion.documents import UnclearRights
from tools.ingestion.parsing.tasks import Made, Task

MAX_REPLY_BYTES = 1 << 30
MAX_WORKERS = 8
START_SECONDS = 120.0
READY = b"ready\n"
_LENGTH_BYTES = 8
_PIPE_BYTES = 1 << 16
_ROOT = Path(__file__).parents[3]


class WorkerGone(Exception):
    """The process ended in the middle of a task; `reason` says why."""

    def __init__(self, reason: str, *, may_be_another_files_fault: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.may_be_another_files_fault = may_be_another_files_fault


class ParserWorkers:
    """Implements Parser. Workers are started when files wait for them, reused, and replaced when they die."""

    def __init__(self, *, workers: int = 0, seconds: float = 60.0, memory_mb: int = 1024) -> None:
        """`workers` 0 starts one a core. `seconds` and `memory_mb` are limits for one file."""
        self.capacity = (workers or min(MAX_WORKERS, os.cpu_count() or 1)) * 2
        self._seconds, self._memory_bytes = seconds, memory_mb * 1024 * 1024
        self._threads = ThreadPoolExecutor(self.capacity // 2, thread_name_prefix="parser")
        self._idle: SimpleQueue[_Worker] = SimpleQueue()
        self._all: set[_Worker] = set()
        self._lock = threading.Lock()
        self._closed = False

    def submit(self, task: Task[Made]) -> "Future[Made]":
        return self._threads.submit(self._parse, task)

    def close(self) -> None:
        """End the workers, even in the middle of a task."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            self._closed = True
            for worker in self._all:
                worker.end()
        self._threads.shutdown(wait=True)

    def _parse(self, task: Task[Made]) -> Made:
        worker = self._taken()
        try:
            return self._parse_in(worker, task)
        except WorkerGone as gone:
            if worker.tasks == 1 or not gone.may_be_another_files_fault:
                raise UnreadableSource(task.source, gone.reason) from None
        # An earlier file may have damaged the worker: try again in a fresh one.
        try:
            return self._parse_in(self._started(), task)
        except WorkerGone as gone:
            raise UnreadableSource(task.source, gone.reason) from None

    def _parse_in(self, worker: "_Worker", task: Task[Made]) -> Made:
        keeps = False
        try:
            reply = worker.ask(task)
            keeps = not reply["retires"]
        finally:
            if keeps:
                self._idle.put(worker)
            else:
                worker.end()
                with self._lock:
                    self._all.discard(worker)
        if (reason := reply.get("refused")) is not None:
            raise (UnclearRights if reply.get("unclear_rights") else UnreadableSource)(task.source, str(reason))
        return task.made(reply["found"])

    def _taken(self) -> "_Worker":
        try:
            return self._idle.get_nowait()
        except Empty:
            return self._started()

    def _started(self) -> "_Worker":
        worker = _Worker(self._seconds, self._memory_bytes)
        with self._lock:
            self._all.add(worker)
            if self._closed:
                worker.end()
        return worker


class _Worker:
    def __init__(self, seconds: float, memory_bytes: int) -> None:
        self._seconds, self._memory_bytes = seconds, memory_bytes
        self.tasks = 0
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [
                sys.executable,
                "-P",
                "-m",
                "tools.ingestion.parsing.worker_process",
                str(memory_bytes),
                str(max(1, int(seconds))),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            close_fds=True,
            cwd="/",
            env={"PYTHONPATH": os.pathsep.join([str(_ROOT), *filter(None, sys.path)]), "LC_ALL": "C.UTF-8"},
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to, self._from = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._to, False)

    def ask(self, task: Task[Any]) -> dict[str, Any]:
        """Raises WorkerGone when the process ends, or has to be ended, before it has answered."""
        self.tasks += 1
        if self.tasks == 1:
            self._await_start()
        deadline = time.monotonic() + self._seconds
        data = pickle.dumps(task)
        try:
            self._send(len(data).to_bytes(_LENGTH_BYTES, "little") + data, deadline)
            length = int.from_bytes(self._receive(_LENGTH_BYTES, deadline), "little")
            if length > MAX_REPLY_BYTES:
                raise WorkerGone("makes more passages than can be taken", may_be_another_files_fault=False)
            reply: dict[str, Any] = json.loads(self._receive(length, deadline))
        except (OSError, EOFError):  # it ended, or `end` closed its pipes
            raise self._death() from None
        return reply

    def _await_start(self) -> None:
        """On a busy machine starting may take longer than parsing is allowed to."""
        try:
            self._receive(len(READY), time.monotonic() + START_SECONDS)
        except OSError:  # `end` closed its pipes
            raise self._death() from None
        except EOFError:
            raise WorkerGone(
                f"can't be read: its parser does not start (exit status {self._process.wait()})",
                may_be_another_files_fault=False,
            ) from None

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _send(self, data: bytes, deadline: float) -> None:
        rest = memoryview(data)
        while rest:
            self._wait(self._to, select.POLLOUT, deadline)
            try:
                rest = rest[os.write(self._to, rest[:_PIPE_BYTES]) :]
            except BlockingIOError:
                continue

    def _receive(self, length: int, deadline: float) -> bytes:
        data = bytearray()
        while len(data) < length:
            self._wait(self._from, select.POLLIN, deadline)
            piece = os.read(self._from, min(_PIPE_BYTES, length - len(data)))
            if not piece:
                raise EOFError
            data += piece
        return bytes(data)

    def _wait(self, pipe: int, event: int, deadline: float) -> None:
        waiting = select.poll()
        waiting.register(pipe, event)
        if not waiting.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise WorkerGone(f"takes more than {self._seconds:g} s to be read", may_be_another_files_fault=False)

    def _death(self) -> WorkerGone:
        status = self._process.wait()
        if status == -signal.SIGXCPU:
            return WorkerGone(f"takes more than {self._seconds:g} s to be read", may_be_another_files_fault=False)
        how = signal.Signals(-status).name if status < 0 else f"exit status {status}"
        memory = f"{self._memory_bytes / 1e6:,.0f} MB"
        return WorkerGone(
            f"can't be read: its parser crashed ({how}), or needs more than {memory}", may_be_another_files_fault=True
        )
