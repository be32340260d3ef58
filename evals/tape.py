"""Recorded traffic of a run: each request to a port with its reply, stored by the request's digest, to be played back.

`traffic.jsonl` in the run folder has one row for each distinct request, written to the disk before the reply is used.
Rows hold what passed a port, but no key, address or user.
"""

import asyncio
import contextlib
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from evals.records import RowWriter, complete_rows, open_rows
from tools.errors import InvalidInput

TRAFFIC_FILE = "traffic.jsonl"
SHOWN_CHARACTERS = 160

Json = Any
Missing = Literal["live", "fail"]


@dataclass(frozen=True, slots=True)
class Traffic:
    """Options of `hopline eval`: record this run, play back an earlier run's traffic, or both. `missing` says what
    happens to a request that the earlier run did not make: `live` makes it now."""

    record: bool = False
    replay: Path | None = None
    missing: Missing = "live"

    @property
    def wanted(self) -> bool:
        return self.record or self.replay is not None


class Tape:
    """Replies by request. A request has one reply in a run, the first that was recorded."""

    def __init__(self, path: Path | None, *, replay: Path | None = None, missing: Missing = "live") -> None:
        """`path` is the file to record into, `replay` the one to play back. Blocks while reading them.

        Raises InvalidInput for a recording that is missing, damaged, or being written by another process.
        """
        self._replay, self._missing = replay, missing
        self._replies: dict[str, Json] = {}
        if replay is not None:
            if not replay.is_file():
                raise InvalidInput(f"{replay}: this run recorded no traffic; record it with hopline eval --record.")
            self._replies |= _read(replay)
        self._recorded: set[str] = set()
        self._writer: RowWriter | None = None
        if path is not None:
            self._writer = open_rows(path)
            with contextlib.ExitStack() as undo:
                undo.callback(self._writer.close)
                own = _read(path)
                undo.pop_all()
            self._recorded = set(own)
            self._replies = own | self._replies
        self._turn = asyncio.Lock()

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()

    def holds(self, request: Mapping[str, Json]) -> bool:
        """Whether the reply is on the tape. Raises InvalidInput if it is not and nothing may be done live."""
        key = address(request)
        if key not in self._replies and self._missing == "fail":
            raise InvalidInput(self._not_recorded(request, key))
        return key in self._replies

    async def reply(self, request: Mapping[str, Json], live: Callable[[], Awaitable[Json]]) -> Json:
        """The reply on the tape, else the live one, which is recorded. Raises InvalidInput if only recorded ones are
        allowed."""
        (reply,) = await self.replies([request], lambda requests: _alone(live))
        return reply

    async def replies(
        self,
        requests: Sequence[Mapping[str, Json]],
        live: Callable[[Sequence[int]], Awaitable[Sequence[Json]]],
    ) -> list[Json]:
        """Like `reply`, for many requests; `live` gets the indexes of those that have to be made."""
        keys = [address(request) for request in requests]
        absent = [place for place, key in enumerate(keys) if key not in self._replies]
        if absent:
            self.holds(requests[absent[0]])
            for place, reply in zip(absent, await live(absent), strict=True):
                self._replies.setdefault(keys[place], reply)
        await self._keep(requests, keys)
        return [self._replies[key] for key in keys]

    async def _keep(self, requests: Sequence[Mapping[str, Json]], keys: Sequence[str]) -> None:
        if self._writer is None or self._recorded.issuperset(keys):
            return
        async with self._turn:
            fresh = {key: place for place, key in enumerate(keys) if key not in self._recorded}
            rows = [
                {"key": key, "request": requests[place], "reply": self._replies[key]} for key, place in fresh.items()
            ]
            saving = asyncio.ensure_future(asyncio.to_thread(self._writer.append_rows, rows))
            try:
                await asyncio.shield(saving)
            except asyncio.CancelledError:
                await saving
                raise
            finally:
                if saving.done() and not saving.cancelled() and saving.exception() is None:
                    self._recorded.update(fresh)

    def _not_recorded(self, request: Mapping[str, Json], key: str) -> str:
        said = json.dumps(request, ensure_ascii=False)
        shown = said if len(said) <= SHOWN_CHARACTERS else f"{said[:SHOWN_CHARACTERS]}…"
        return (
            f"{self._replay}: it holds no reply to the request {key[:12]} {shown}; make it now with "
            "--replay-missing live."
        )


def address(request: Mapping[str, Json]) -> str:
    """SHA-256 of a request's canonical JSON, in hexadecimal."""
    return hashlib.sha256(json.dumps(request, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


async def _alone(live: Callable[[], Awaitable[Json]]) -> Sequence[Json]:
    return [await live()]


def _read(path: Path) -> dict[str, Json]:
    replies: dict[str, Json] = {}
    for number, line in enumerate(complete_rows(path), start=1):
        try:
            row = json.loads(line)
            key, reply = row["key"], row["reply"]
            if address(row["request"]) != key:
                raise ValueError("its key does not belong to its request")
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidInput(f"{path}:{number}: not a row of recorded traffic ({error}).") from None
        replies.setdefault(key, reply)
    return replies
