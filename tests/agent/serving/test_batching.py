"""Many callers, few calls; and nobody waits or fails for another's sake."""

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest

from agent.serving.batching import BatchedAnswerChecker, BatchedEmbedder, BatchedVerifier, Batcher
from agent.serving.ports import serving_embedder
from agent.settings import Settings
from tests.doubles import HashEmbedder
from tools.embedders.cached import CachedEmbedder
from tools.errors import BadReply, EmbedderUnavailable
from tools.ports import AnswerToCheck, ClaimToCheck, FloatArray
from tools.verifiers.lexical import LexicalVerifier


class Doubling:
    """Doubles numbers and records its batches; waits for `gate` if there is one."""

    def __init__(self, error: Exception | None = None, bad: int | None = None) -> None:
        self.batches: list[list[int]] = []
        self.gate: asyncio.Event | None = None
        self._error, self._bad = error, bad

    async def __call__(self, numbers: list[int]) -> list[int]:
        self.batches.append(numbers)
        if self.gate is not None:
            await self.gate.wait()
        if self._error and (self._bad is None or self._bad in numbers):
            raise self._error
        return [2 * number for number in numbers]


async def test_a_lone_caller_goes_at_once() -> None:
    work = Doubling()
    batcher = Batcher(work, max_items=8)
    loop = asyncio.get_running_loop()
    started = loop.time()
    assert await batcher.run([1, 2]) == [2, 4]
    assert loop.time() - started < 0.05
    assert work.batches == [[1, 2]]


async def test_callers_of_one_moment_share_a_call_and_get_their_own_results() -> None:
    work = Doubling()
    batcher = Batcher(work, max_items=100)
    assert await asyncio.gather(*(batcher.run([n, 10 * n]) for n in range(5))) == [[2 * n, 20 * n] for n in range(5)]
    assert len(work.batches) == 1


async def test_what_comes_while_a_call_is_under_way_goes_together_within_the_limit() -> None:
    work = Doubling()
    work.gate = asyncio.Event()
    batcher = Batcher(work, max_items=3)
    first = asyncio.create_task(batcher.run([0]))
    await asyncio.sleep(0.01)
    later = [asyncio.create_task(batcher.run([n])) for n in range(1, 8)]
    await asyncio.sleep(0.01)
    assert work.batches == [[0]]
    work.gate.set()
    assert await asyncio.gather(first, *later) == [[2 * n] for n in range(8)]
    assert work.batches == [[0], [1, 2, 3], [4, 5, 6], [7]]


async def test_a_caller_that_is_cancelled_leaves_the_others_their_results() -> None:
    work = Doubling()
    work.gate = asyncio.Event()
    batcher = Batcher(work, max_items=10)
    tasks = [asyncio.create_task(batcher.run([n])) for n in range(3)]
    await asyncio.sleep(0.01)
    waiting = asyncio.create_task(batcher.run([9]))
    await asyncio.sleep(0.01)
    tasks[1].cancel()
    waiting.cancel()
    work.gate.set()
    assert await tasks[0] == [0]
    assert await tasks[2] == [4]
    assert work.batches == [[0, 1, 2]]


async def test_an_item_that_breaks_its_batch_fails_alone() -> None:
    error = BadReply("no such number")
    batcher = Batcher(Doubling(error, bad=2), max_items=10)
    outcomes = await asyncio.gather(*(batcher.run([n]) for n in range(4)), return_exceptions=True)
    assert outcomes == [[0], [2], error, [6]]


class Picky(HashEmbedder):
    """Fails on one of the words."""

    async def embed_queries(self, texts: Sequence[str]) -> FloatArray:
        if "bad" in texts:
            raise TypeError("TextEncodeInput must be str")
        return await super().embed_queries(texts)


async def test_a_text_that_a_local_model_can_not_take_fails_alone() -> None:
    settings = await asyncio.to_thread(Settings)
    embedder = serving_embedder(Picky(32), settings)
    asked = [embedder.embed_queries([text]) for text in ("one", "bad", "three")]
    one, bad, three = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(bad, EmbedderUnavailable)
    for vectors, text in ((one, "one"), (three, "three")):
        assert isinstance(vectors, np.ndarray)
        assert np.array_equal(vectors, await HashEmbedder(32).embed_queries([text]))


async def test_half_a_character_is_embedded_as_a_question_mark() -> None:
    cached = CachedEmbedder(HashEmbedder(32), max_bytes=10_000, counted=lambda *what: None)
    half, mark = await cached.embed_queries(["red \ud83d", "red ?"])
    assert np.array_equal(half, mark)


async def test_a_port_that_is_down_is_asked_once_for_all() -> None:
    work = Doubling(EmbedderUnavailable("away"))
    batcher = Batcher(work, max_items=10)
    outcomes = await asyncio.gather(*(batcher.run([n]) for n in range(4)), return_exceptions=True)
    assert all(isinstance(outcome, EmbedderUnavailable) for outcome in outcomes)
    assert len(work.batches) == 1


async def test_batched_vectors_and_verdicts_are_those_of_single_calls() -> None:
    alone = HashEmbedder(64)
    batched = BatchedEmbedder(alone)
    texts = [f"text number {n}" for n in range(6)]
    rows = await asyncio.gather(*(batched.embed_queries([text]) for text in texts))
    assert np.array_equal(np.concatenate(rows), await alone.embed_queries(texts))
    assert (await batched.embed_passages([])).shape == (0, 64)
    claims = [ClaimToCheck(f"The office is in city {n}.", (f"The office is in city {n % 2}.",)) for n in range(4)]
    lexical = LexicalVerifier()
    verdicts = await asyncio.gather(*(BatchedVerifier(lexical).verify([claim]) for claim in claims))
    assert [verdict for row in verdicts for verdict in row] == await lexical.verify(claims)


class LengthChecker:
    name = "length"

    async def check(self, answers: Sequence[AnswerToCheck]) -> list[float]:
        return [len(answer.text) / 100 for answer in answers]


async def test_batched_answers_are_those_of_single_calls() -> None:
    batched = BatchedAnswerChecker(LengthChecker())
    texts = ["one", "three", "fourteen"]
    found = await asyncio.gather(*(batched.check([AnswerToCheck("How long?", text)]) for text in texts))
    assert found == [[0.03], [0.05], [0.08]]
    assert await batched.check([]) == []


class Counting(HashEmbedder):
    def __init__(self) -> None:
        super().__init__(32)
        self.asked: list[str] = []

    async def embed_queries(self, texts: Sequence[str]) -> FloatArray:
        self.asked.extend(texts)
        return await super().embed_queries(texts)


async def test_a_text_is_embedded_once_and_the_memory_of_it_is_bounded() -> None:
    counted: list[tuple[str, int, int]] = []
    embedder = Counting()
    room_for_three = 3 * (32 * 4 + 250)
    cached = CachedEmbedder(embedder, max_bytes=room_for_three, counted=lambda *what: counted.append(what))
    first = await cached.embed_queries(["a"])
    assert np.array_equal(await cached.embed_queries(["a", "b", "a"]), await embedder.embed_queries(["a", "b", "a"]))
    assert embedder.asked[:2] == ["a", "b"]
    assert counted == [("queries", 0, 1), ("queries", 2, 1)]
    await cached.embed_queries(["c", "d", "e"])
    embedder.asked.clear()
    assert np.array_equal(await cached.embed_queries(["a"]), first)
    assert embedder.asked == ["a"]


async def test_a_query_and_a_passage_of_the_same_words_are_two_texts() -> None:
    embedder = Counting()
    cached = CachedEmbedder(embedder, max_bytes=10_000)
    await cached.embed_queries(["a"])
    await cached.embed_passages(["a"])
    assert embedder.batches == [["a"]]


@pytest.mark.parametrize("at_once", [1, 3])
async def test_no_more_calls_are_under_way_than_allowed(at_once: int) -> None:
    running, most = 0, 0

    async def work(numbers: list[int]) -> list[int]:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.002)
        running -= 1
        return numbers

    batcher = Batcher(work, max_items=1, at_once=at_once)
    await asyncio.gather(*(batcher.run([n]) for n in range(12)))
    assert most == at_once
