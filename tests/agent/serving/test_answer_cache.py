"""A remembered answer is the one that would be worked out now, for this reader; or there is none."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from agent.answers import Answer
from agent.erasure import erase
from agent.serving.caches.counting import FAILURES
from agent.serving.generations import open_generations
from agent.serving.serving import shared_generations
from agent.settings import Settings
from graph.confidence import Calibration
from graph.progress import Validated
from tests.agent.assistants import passage
from tests.agent.serving.conftest import RedisServer
from tests.agent.serving.worlds import world
from tests.doubles import HashEmbedder
from tools.errors import EmbedderUnavailable, MemoryUnavailable
from tools.passages import Reader
from tools.ports import FloatArray

QUESTION = "Who approves a refund above 500 euros?"
SALARY = "What does the Duty manager earn a month?"
FINANCE = Reader(user="mara", groups=("finance",))


async def test_the_same_question_is_answered_from_memory_at_no_cost(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        first = await here.assistant.ask(QUESTION, reader=FINANCE)
        searches = here.inner.searches
        again = await here.assistant.ask("who  approves a refund above 500 euros", reader=FINANCE)
    assert here.inner.searches == searches
    assert again.from_cache
    assert not first.from_cache
    assert (again.answer, again.citations, again.confidence) == (first.answer, first.citations, first.confidence)
    assert again.question == "who approves a refund above 500 euros"
    assert again.run_id != first.run_id
    assert again.usage.model_calls == 0


async def test_a_write_makes_it_forgotten_whatever_was_written(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        assert "Duty manager" in (await here.assistant.ask(QUESTION)).answer
        await here.write(passage("refunds", "Refunds", "A refund above 500 euros is approved by the Night porter."))
        again = await here.assistant.ask(QUESTION)
    assert not again.from_cache
    assert "Night porter" in again.answer


async def test_a_write_by_another_process_makes_it_forgotten(tmp_path: Path) -> None:
    async with world(tmp_path) as here, world(tmp_path, here.inner) as there:
        await here.assistant.ask(QUESTION)
        assert (await here.assistant.ask(QUESTION)).from_cache
        await there.write(passage("refunds", "Refunds", "A refund above 500 euros is approved by the Night porter."))
        assert "Night porter" in (await here.assistant.ask(QUESTION)).answer


async def test_an_answer_that_a_write_overtook_is_not_remembered(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        await here.assistant.ask("What does the canteen serve on Mondays?")

        async def meanwhile() -> None:
            here.inner.before_search = None
            await here.write(passage("new", "Refunds 2027", "A refund is approved by the Night porter."))

        here.inner.before_search = meanwhile
        await here.assistant.ask(QUESTION)
        assert not (await here.assistant.ask(QUESTION)).from_cache
        assert (await here.assistant.ask(QUESTION)).from_cache


@pytest.mark.parametrize(
    "other",
    [
        Reader(user="mara"),
        Reader(user="mara", groups=("finance", "board")),
        Reader(user="mara", groups=("finance",), tenant="other"),
    ],
)
async def test_nobody_gets_an_answer_of_other_rights(tmp_path: Path, other: Reader) -> None:
    async with world(tmp_path) as here:
        assert "4200" in (await here.assistant.ask(SALARY, reader=FINANCE)).answer
        answer = await here.assistant.ask(SALARY, reader=other)
        assert not answer.from_cache
        assert ("4200" in answer.answer) == ("finance" in other.groups and other.tenant == "default")
        same_rights = Reader(user="jon", groups=("public", "finance"))
        assert (await here.assistant.ask(SALARY, reader=same_rights)).from_cache


async def test_limits_of_the_question_and_settings_are_part_of_it(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        await here.assistant.ask(QUESTION)
        assert not (await here.assistant.ask(QUESTION, max_hops=1)).from_cache
        assert not (await here.assistant.ask(QUESTION, stopping=False)).from_cache


async def test_what_was_answered_yesterday_is_worked_out_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tomorrow = time.time() + 86_400
    async with world(tmp_path, cache_seconds=7 * 86_400) as here:
        await here.assistant.ask(QUESTION)
        monkeypatch.setattr(time, "time", lambda: tomorrow)
        assert not (await here.assistant.ask(QUESTION)).from_cache
        assert (await here.assistant.ask(QUESTION)).from_cache


async def test_a_follow_up_is_never_answered_from_memory(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        await here.assistant.ask("Who approves a refund above 500 euros?", conversation="c")
        first = await here.assistant.ask("Where does she sit?", conversation="c")
        assert not first.from_cache
        assert not (await here.assistant.ask("Where does she sit?", conversation="c")).from_cache
        assert not (await here.assistant.ask("Where does she sit?")).from_cache


async def test_a_remembered_answer_is_a_turn_of_the_conversation(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        await here.assistant.ask(QUESTION)
        assert (await here.assistant.ask(QUESTION, conversation="c")).from_cache
        turns = await here.assistant._conversations.turns("c", reader=Reader(), limit=5)
    assert [turn.question for turn in turns] == [QUESTION]


class Flaky(HashEmbedder):
    """Fails for the given number of calls."""

    fails = 0

    async def embed_queries(self, texts: Sequence[str]) -> FloatArray:
        if self.fails:
            self.fails -= 1
            raise EmbedderUnavailable("away")
        return await super().embed_queries(texts)


async def test_an_embedder_that_goes_down_costs_the_likeness_and_no_answer(tmp_path: Path) -> None:
    embedder = Flaky(256)
    async with world(tmp_path, embedder=embedder, cache_similarity=0.9) as here:
        events = []
        async for event in here.assistant.stream(f"Hello! {QUESTION}"):
            events.append(event)
            if isinstance(event, Validated):
                embedder.fails = 2  # the guard tries twice
        assert isinstance(events[-1], Answer)
        assert embedder.fails == 0
        assert (await here.assistant.ask(QUESTION)).from_cache
        await here.assistant.ask(f"Hello! {SALARY}", reader=FINANCE)
        embedder.fails = 2
        alike = await here.assistant.ask("What does a Duty manager earn a month?", reader=FINANCE)
        assert embedder.fails == 0
        assert (alike.status, alike.from_cache) == ("answered", False)


async def test_erasing_a_source_or_a_person_takes_their_answers_away(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        cache = here.assistant.serving.answers
        assert cache is not None
        answer = await here.assistant.ask(QUESTION, reader=Reader(user="mara"))
        found = {one.source for one in answer.ranking} - {one.source for one in answer.citations}
        assert await cache.erase_source(min(found), "default") == 1, "it holds the names of all that was found"
        await here.assistant.ask(QUESTION, reader=Reader(user="mara"))
        assert await cache.erase_source("somewhere-else.md", "default") == 0
        assert await cache.erase_source("refunds.md", "other tenant") == 0
        assert [entry["question"] async for entry in cache.export_user("mara")] == [QUESTION]
        assert await cache.erase_source("refunds.md", "default") == 1
        await here.assistant.ask(QUESTION, reader=Reader(user="mara"))
        assert await cache.erase_user("jon") == 0
        assert await cache.erase_user("mara") == 1
        assert not (await here.assistant.ask(QUESTION)).from_cache


async def test_whoever_is_erased_while_the_question_is_under_way_is_not_remembered(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        cache, log = here.assistant.serving.answers, here.assistant._memory.audit_log
        assert cache is not None
        cache.look_at(log)

        async def meanwhile() -> None:
            here.inner.before_search = None
            await erase("user", "mara", "default", [cache], log)

        for user, remembered in (("mara", []), ("jon", [QUESTION])):
            here.inner.before_search = meanwhile
            await here.write(passage(f"new-{user}", "New", "Something new."))
            await here.assistant.ask(QUESTION, reader=Reader(user=user))
            assert [entry["question"] async for entry in cache.export_user(user)] == remembered


class Nobody:
    """Can't be reached."""

    async def erased_after(self, *_: object) -> bool:
        raise MemoryUnavailable("away")


async def test_while_nobody_can_tell_who_was_erased_no_person_is_remembered(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        assert here.assistant.serving.answers is not None
        here.assistant.serving.answers.look_at(Nobody())
        await here.assistant.ask(QUESTION, reader=Reader(user="mara"))
        assert not (await here.assistant.ask(QUESTION)).from_cache
        assert (await here.assistant.ask(QUESTION)).from_cache


UNREADABLE = (
    b"garbage",
    b"{}",
    b"[]",
    b"\xff",
    b"[" * 100_000,
    b'{"user": null, "tenant": "default", "sources": [], "answer": {}}',
    b'{"user": null, "tenant": "default", "sources": [], "answer": {"status": 7}}',
)


@pytest.mark.parametrize("value", UNREADABLE)
async def test_a_value_that_cannot_be_read_is_a_miss_and_does_not_stay(
    tmp_path: Path, redis_server: RedisServer, value: bytes
) -> None:
    async with world(tmp_path, redis_url=redis_server.url) as here:
        cache = here.assistant.serving.answers
        assert cache is not None
        await here.assistant.ask(QUESTION)
        [(key, _)] = [item async for item in cache._kept.items()]
        await cache._kept.put(key, value)
        failures = FAILURES.labels("answers")._value.get()
        answer = await here.assistant.ask(QUESTION)
        assert (answer.status, answer.from_cache) == ("answered", False)
        assert FAILURES.labels("answers")._value.get() == failures + 1
        assert (await here.assistant.ask(QUESTION)).from_cache


async def test_forgetting_and_telling_pass_over_what_cannot_be_read(tmp_path: Path, redis_server: RedisServer) -> None:
    async with world(tmp_path, redis_url=redis_server.url) as here:
        cache = here.assistant.serving.answers
        assert cache is not None
        for number, value in enumerate(UNREADABLE):
            await cache._kept.put(f"other-{number}", value)
        await here.assistant.ask(QUESTION, reader=Reader(user="mara"))
        assert [entry["question"] async for entry in cache.export_user("mara")] == [QUESTION]
        assert await cache.erase_source("refunds.md", "other tenant") == 0
        left = {key async for key, _ in cache._kept.items()}
        assert left > {"other-5", "other-6"}  # of these it can be told whose they are
        assert len(left) == 3
        assert [entry["question"] async for entry in cache.export_user("mara")] == [QUESTION]
        assert await cache.erase_user("mara") == 1


async def test_without_cache_seconds_nothing_is_remembered(tmp_path: Path) -> None:
    async with world(tmp_path, cache_seconds=0) as here:
        await here.assistant.ask(QUESTION)
        assert not (await here.assistant.ask(QUESTION)).from_cache


async def test_a_server_without_a_database_in_common_is_never_cached(tmp_path: Path) -> None:
    numbers = open_generations(tmp_path, None, milvus_uri=None, collection="c")
    alone: dict[str, Any] = {"milvus_uri": "http://milvus:19530"}
    for values, shared in ((alone, False), (alone | {"database_url": "postgresql://db/x"}, True), ({}, True)):
        settings = await asyncio.to_thread(Settings.model_validate, values)
        assert (shared_generations(settings, numbers) is numbers) == shared
    await numbers.close()


async def test_processes_share_answers_through_redis(tmp_path: Path, redis_server: RedisServer) -> None:
    async with (
        world(tmp_path, redis_url=redis_server.url) as here,
        world(tmp_path, here.inner, redis_url=redis_server.url) as there,
    ):
        await here.assistant.ask(QUESTION, reader=Reader(user="mara"))
        assert (await there.assistant.ask(QUESTION)).from_cache
        assert there.assistant.serving.answers is not None
        assert await there.assistant.serving.answers.erase_user("mara") == 1
        assert not (await here.assistant.ask(QUESTION)).from_cache


async def test_another_fit_of_quotations_makes_other_answers(tmp_path: Path, redis_server: RedisServer) -> None:
    quoting = Calibration({}, 1.0), Calibration({}, 2.0)
    async with (
        world(tmp_path, redis_url=redis_server.url, quoting=quoting[0]) as here,
        world(tmp_path, here.inner, redis_url=redis_server.url, quoting=quoting[1]) as there,
        world(tmp_path, here.inner, redis_url=redis_server.url, quoting=quoting[0]) as again,
    ):
        await here.assistant.ask(QUESTION)
        assert not (await there.assistant.ask(QUESTION)).from_cache
        assert (await again.assistant.ask(QUESTION)).from_cache


async def test_a_redis_that_is_down_costs_a_miss_and_comes_back(tmp_path: Path, redis_server: RedisServer) -> None:
    async with world(tmp_path, redis_url=redis_server.url) as here:
        await here.assistant.ask(QUESTION)
        await asyncio.to_thread(redis_server.stop)
        started = asyncio.get_running_loop().time()
        for _ in range(8):
            answer = await here.assistant.ask(QUESTION)
            assert not answer.from_cache
            assert answer.status == "answered"
        assert asyncio.get_running_loop().time() - started < 8
        assert here.assistant.serving.answers is not None
        with pytest.raises(MemoryUnavailable, match="HOPLINE_REDIS_URL"):
            await here.assistant.serving.answers.erase_user("mara")


async def test_searches_are_remembered_under_the_same_conditions(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        await here.assistant.search(SALARY, reader=FINANCE)
        searches = here.inner.searches
        found = await here.assistant.search(SALARY, reader=FINANCE)
        assert here.inner.searches == searches
        assert any("4200" in result.text for result in found.results)
        other = await here.assistant.search(SALARY, reader=Reader())
        assert here.inner.searches > searches
        assert not any("4200" in result.text for result in other.results)
        searches = here.inner.searches
        await here.write(passage("new", "New", "Something new."))
        await here.assistant.search(SALARY, reader=FINANCE)
        assert here.inner.searches > searches
