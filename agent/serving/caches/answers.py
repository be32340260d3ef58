"""Answers that were given a moment ago: to the same question, under the same rights, from the same documents."""

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import numpy as np
from cachetools import TTLCache
from pydantic import BaseModel

from agent.answers import Answer, UsageReport
from agent.holders import Erasures, is_below, was_erased
from agent.serving.caches.counting import FAILURES, count
from agent.serving.caches.kept import Kept
from agent.serving.caches.wording import canonical, differs_in_dress_alone
from agent.serving.generations import Generations
from tools.errors import HoplineError, MemoryUnavailable
from tools.passages import Reader
from tools.ports import FloatArray

Embed = Callable[[str], Awaitable[tuple[float, ...]]]
_WORDINGS = 2_000


@dataclass(frozen=True, slots=True)
class Alike:
    """Also take questions whose vectors have at least this cosine and that differ in dress alone (`caches.wording`)."""

    similarity: float
    embed: Embed


@dataclass(frozen=True, slots=True)
class Place:
    """Where the answer to a question belongs; made before it is worked on, at `asked` (seconds since 1970). `answer` is
    there when it was known."""

    key: str
    rights: str
    generation: int
    tenant: str
    words: tuple[str, ...]
    asked: float
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class _Wording:
    key: str
    words: tuple[str, ...]
    vector: FloatArray


class _Entry(BaseModel):
    """What is kept under a key; the answer itself is read when it is given."""

    user: str | None
    tenant: str
    sources: tuple[str, ...]
    answer: dict[str, Any]


class AnswerCache:
    """`shape` is a digest of every setting and model that an answer depends on. Implements `agent.holders.Holder`."""

    name = "cached answers"

    def __init__(
        self, kept: Kept, generations: Generations, *, shape: str, alike: Alike | None, seconds: float
    ) -> None:
        self._kept, self._generations, self._shape, self._alike = kept, generations, shape, alike
        self._wordings: TTLCache[str, tuple[_Wording, ...]] = TTLCache(
            _WORDINGS, seconds, getsizeof=lambda wordings: max(1, len(wordings))
        )
        self._erasures: Erasures | None = None

    def look_at(self, erasures: Erasures) -> None:
        """Set how to find out who was erased while a question was under way: nothing is kept of them."""
        self._erasures = erasures

    async def find(self, question: str, reader: Reader, options: object) -> Place | None:
        """The place of an answer; None while the documents are being changed, since nothing is remembered then.
        `options` are the caller's own."""
        generation = await self._generations.current(reader.tenant)
        if generation is None:
            count("answers", misses=1)
            return None
        rights = _digest(reader.tenant, sorted(reader.readable_groups), self._shape, options, generation)
        words = canonical(question)
        place = Place(_digest(rights, words), rights, generation, reader.tenant, words, time.time())
        kind, answer = "answers", await self._kept_at(place.key)
        if answer is None and self._alike is not None:
            kind = "answers_alike"
            similar = await self._similar(place, question, self._alike)
            answer = await self._kept_at(similar) if similar else None
        count(kind, hits=1) if answer else count(kind, misses=1)
        return replace(place, answer=answer)

    async def keep(self, place: Place, question: str, answer: Answer, user: str | None) -> None:
        """Remember the answer, unless a document was written or the person was erased since the question came."""
        if await self._generations.current(place.tenant) != place.generation:
            return
        sources = {ranked.source for ranked in answer.ranking} | {citation.source for citation in answer.citations}
        value = {
            "user": user,
            "tenant": place.tenant,
            "sources": sorted(sources),
            "answer": answer.model_dump(mode="json"),
        }
        try:
            await self._kept.put(place.key, json.dumps(value, ensure_ascii=True).encode())
            if self._alike is not None and (vector := await _vector(question, self._alike)) is not None:
                known = self._wordings.get(place.rights, ())[-_WORDINGS // 4 :]
                self._wordings[place.rights] = (*known, _Wording(place.key, place.words, vector))
        finally:  # also when whoever asked has gone away
            if user and await was_erased(self._erasures, place.asked, user, (), place.tenant):
                await self._dropped(place.key)

    async def erase_user(self, user: str) -> int:
        """What a person was the first to ask; the answer itself may be worked out again for anybody else."""
        return await self._erase(lambda entry: entry.user == user)

    async def erase_source(self, source: str, tenant: str) -> int:
        return await self._erase(
            lambda entry: entry.tenant == tenant and any(is_below(used, source) for used in entry.sources)
        )

    async def export_user(self, user: str) -> AsyncIterator[dict[str, Any]]:
        async for kept in self._kept.items():
            entry = _read(kept[1])
            if entry is not None and entry.user == user:
                yield {"question": entry.answer.get("question", ""), "answer": entry.answer.get("answer", "")}

    async def close(self) -> None:
        await self._kept.close()

    async def _erase(self, concerns: Callable[[_Entry], bool]) -> int:
        """What can't be read may be of anybody: it goes as well, and is not counted."""
        found, unreadable = [], []
        async for key, value in self._kept.items():
            entry = _read(value)
            if entry is None:
                unreadable.append(key)
            elif concerns(entry):
                found.append(key)
        await self._kept.drop([*found, *unreadable])
        self._wordings.clear()
        return len(found)

    async def _kept_at(self, key: str) -> Answer | None:
        """A value of another version, or of somebody else's, is a miss, and does not stay."""
        value = await self._kept.get(key)
        if value is None:
            return None
        entry = _read(value)
        try:
            if entry is not None:
                return Answer.model_validate(entry.answer)
        except ValueError:
            pass
        FAILURES.labels("answers").inc()
        await self._dropped(key)
        return None

    async def _dropped(self, key: str) -> None:
        try:
            await self._kept.drop([key])
        except MemoryUnavailable:
            FAILURES.labels("answers").inc()

    async def _similar(self, place: Place, question: str, alike: Alike) -> str | None:
        known = self._wordings.get(place.rights, ())
        vector = await _vector(question, alike) if known else None
        if vector is None:
            return None
        cosines = np.stack([wording.vector for wording in known]) @ vector
        for index in map(int, np.argsort(-cosines)):
            if cosines[index] < alike.similarity:
                return None
            if differs_in_dress_alone(known[index].words, place.words):
                return known[index].key
        return None


def given_again(answer: Answer, question: str, run_id: str, total_ms: float) -> Answer:
    """The remembered answer as the answer to this question: it cost nothing and took no time."""
    rewritten = question if answer.rewritten_question == answer.question else answer.rewritten_question
    return answer.model_copy(
        update={
            "question": question,
            "rewritten_question": rewritten,
            "run_id": run_id,
            "usage": UsageReport(),
            "timings_ms": {"total": round(total_ms, 3)},
            "from_cache": True,
        }
    )


async def _vector(question: str, alike: Alike) -> FloatArray | None:
    """None where the embedder can't say: an answer that is there is not lost for want of likeness."""
    try:
        return np.array(await alike.embed(question), dtype=np.float32)
    except HoplineError:
        return None


def _read(value: bytes) -> _Entry | None:
    """The answer in these bytes; None if this version can't read them."""
    try:
        return _Entry.model_validate(json.loads(value))
    except (ValueError, RecursionError):
        return None


def _digest(*parts: object) -> str:
    return sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()
