"""The contract of conversation memory, kept by both databases."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.conversations import PAGE, Conversations, open_conversations
from graph.language import Turn
from tools.passages import Reader

MARA = Reader(user="mara", groups=("finance", "support"))
TURN = Turn("Who owns the budget?", "Ines owns it.")


@asynccontextmanager
async def empty_memory(kind: str, request: pytest.FixtureRequest) -> AsyncIterator[Conversations]:
    if kind == "sqlite":
        memory = await asyncio.to_thread(open_conversations, request.getfixturevalue("tmp_path") / "home", None)
    else:
        memory = await asyncio.to_thread(open_conversations, Path(), request.getfixturevalue("postgres"))
        await memory.turns("anything", reader=MARA, limit=1)
        async with await psycopg.AsyncConnection.connect(request.getfixturevalue("postgres")) as connection:
            await connection.execute("TRUNCATE hopline_conversations_turns, hopline_conversations_turn_sources")
    try:
        yield memory
    finally:
        await memory.close()


@pytest.fixture(params=["sqlite", "postgres"])
async def memory(request: pytest.FixtureRequest) -> AsyncIterator[Conversations]:
    async with empty_memory(request.param, request) as conversations:
        yield conversations


async def remember(
    memory: Conversations, *turns: Turn, to: str = "c1", reader: Reader = MARA, sources: str = ""
) -> None:
    for turn in turns:
        await memory.append(to, turn, reader=reader, run_id=uuid.uuid4().hex, sources=sources.split())


async def recall(memory: Conversations, conversation: str = "c1", reader: Reader = MARA, limit: int = 10) -> list[Turn]:
    return await memory.turns(conversation, reader=reader, limit=limit)


async def test_the_newest_turns_come_back_oldest_first(memory: Conversations) -> None:
    said = [Turn(f"q{n}", f"a{n}") for n in range(5)]
    await remember(memory, *said)
    assert await recall(memory) == said
    assert await recall(memory, limit=2) == said[3:]
    assert await recall(memory, limit=0) == []


async def test_conversations_do_not_mix(memory: Conversations) -> None:
    await remember(memory, TURN)
    await remember(memory, Turn("else", "where"), to="c2")
    assert await recall(memory) == [TURN]


@pytest.mark.parametrize(
    "other",
    [
        Reader(user="noor", groups=MARA.groups),
        Reader(user=None, groups=MARA.groups),
        Reader(user="mara", groups=MARA.groups, tenant="other"),
    ],
)
async def test_an_id_guessed_by_somebody_else_is_a_new_conversation(memory: Conversations, other: Reader) -> None:
    await remember(memory, TURN)
    assert await recall(memory, reader=other) == []
    await remember(memory, Turn("mine", "only"), reader=other)
    assert await recall(memory, reader=other) == [Turn("mine", "only")]
    assert await recall(memory) == [TURN]


async def test_nameless_readers_of_a_tenant_share_their_conversations_across_openings(memory: Conversations) -> None:
    await remember(memory, TURN, reader=Reader())
    await memory.close()
    assert await recall(memory, reader=Reader()) == [TURN]


@pytest.mark.parametrize(
    ("now", "readable"),
    [
        (("support", "finance", "legal"), True),
        (("finance", "support", "public"), True),
        (("finance",), False),
        ((), False),
        (("Finance", "support"), False),
        (("financesupport",), False),
    ],
)
async def test_a_turn_needs_every_group_it_was_answered_under(
    memory: Conversations, now: tuple[str, ...], readable: bool
) -> None:
    await remember(memory, TURN)
    assert await recall(memory, reader=Reader(user="mara", groups=now)) == ([TURN] if readable else [])


async def test_unreadable_turns_do_not_use_up_the_limit(memory: Conversations) -> None:
    await remember(memory, Turn("open", "1"), reader=Reader(user="mara"))
    await remember(memory, TURN, TURN, TURN)
    assert await recall(memory, reader=Reader(user="mara"), limit=1) == [Turn("open", "1")]


async def test_turns_are_looked_for_as_far_back_as_needed(memory: Conversations) -> None:
    await remember(memory, Turn("open", "1"), reader=Reader(user="mara"))
    await asyncio.gather(*(remember(memory, TURN) for _ in range(PAGE + 5)))
    assert await recall(memory, reader=Reader(user="mara"), limit=1) == [Turn("open", "1")]


async def test_a_person_gets_all_that_was_said_and_nothing_of_others(memory: Conversations) -> None:
    await asyncio.gather(*(remember(memory, Turn(f"q{n}", "a"), sources="b.md a.md") for n in range(PAGE + 5)))
    await remember(memory, TURN, to="c2", reader=Reader(user="mara", tenant="other"))
    await remember(memory, TURN, reader=Reader(user="noor"))
    told = [entry async for entry in memory.export_user("mara")]
    assert len(told) == PAGE + 6
    assert {entry["question"] for entry in told} == {f"q{n}" for n in range(PAGE + 5)} | {TURN.question}
    assert (told[0]["sources"], told[0]["tenant"], told[-1]["conversation"]) == (["a.md", "b.md"], "default", "c2")
    assert told[0]["at"] > "2026"


async def test_erasing_a_user_forgets_all_tenants_and_nobody_else(memory: Conversations) -> None:
    await remember(memory, TURN, TURN, sources="a.md")
    await remember(memory, TURN, reader=Reader(user="mara", tenant="other"))
    await remember(memory, TURN, reader=Reader(user="mara2"))
    assert await memory.erase_user("mara") == 3
    assert await memory.erase_user("mara") == 0
    assert await recall(memory) == []
    assert await recall(memory, reader=Reader(user="mara2")) == [TURN]


@pytest.mark.parametrize("used", ["docs/pay", "docs/pay#4", "docs/pay/2024.md", "x y docs/pay#a z"])
async def test_erasing_a_source_takes_the_answers_that_drew_on_it(memory: Conversations, used: str) -> None:
    await remember(memory, TURN, sources=used)
    assert await memory.erase_source("docs/pay", "default") == 1
    assert await recall(memory) == []


@pytest.mark.parametrize(
    "used", ["docs/payroll", "docs", "docs/pa", "old/docs/pay", "docs%pay", "docs_pay", "DOCS/PAY", ""]
)
async def test_erasing_a_source_leaves_the_answers_of_others(memory: Conversations, used: str) -> None:
    await remember(memory, TURN, sources=used)
    assert await memory.erase_source("docs/pay", "default") == 0
    assert await memory.erase_source("docs_p%y", "default") == 0
    assert await recall(memory) == [TURN]


async def test_erasing_a_source_stays_within_its_tenant(memory: Conversations) -> None:
    await remember(memory, TURN, sources="a.md a.md a.md#2")
    assert await memory.erase_source("a.md", "other") == 0
    assert await memory.erase_source("a.md", "default") == 1


async def test_appends_at_once_are_all_kept(memory: Conversations) -> None:
    await asyncio.gather(*(remember(memory, Turn(str(n), "a"), sources="s") for n in range(40)))
    assert sorted(int(turn.question) for turn in await recall(memory, limit=99)) == list(range(40))


async def test_a_cancelled_append_leaves_all_or_nothing_and_no_open_transaction(memory: Conversations) -> None:
    await recall(memory)
    for delay in (0.0, 0.0001, 0.0005, 0.002):
        append = asyncio.create_task(remember(memory, Turn("half", "x"), sources="gone.md"))
        await asyncio.sleep(delay)
        append.cancel()
        await asyncio.gather(append, return_exceptions=True)
    await asyncio.sleep(0.2)  # what had begun in its thread comes to its end
    await remember(memory, TURN)
    kept = await recall(memory)
    assert kept[-1] == TURN
    assert await memory.erase_source("gone.md", "default") == len(kept) - 1


@given(texts=st.tuples(*[st.text(st.characters(), max_size=40) for _ in range(3)]))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_any_text_is_kept_and_found_again(
    request: pytest.FixtureRequest, kind: str, texts: tuple[str, str, str]
) -> None:
    question, conversation, source = texts

    async def keep_find_and_erase() -> None:
        async with empty_memory(kind, request) as memory:
            await memory.erase_user("mara")
            turn = Turn(question, "a")
            await memory.append(conversation, turn, reader=MARA, run_id=source, sources=[source])
            (kept,) = await recall(memory, conversation)
            if "\x00" not in question and question.isprintable():
                assert kept == turn
            assert await memory.erase_source(source, "default") == 1

    asyncio.run(keep_find_and_erase())


async def test_nothing_is_opened_before_the_first_use(tmp_path: Path) -> None:
    for url in (None, "", "postgresql://nobody@127.0.0.1:1/x"):
        await (await asyncio.to_thread(open_conversations, tmp_path, url)).close()
    assert list(tmp_path.iterdir()) == []


async def test_the_turn_of_a_run_is_remembered_once_however_often_its_worker_dies(memory: Conversations) -> None:
    for run_id in ("r1", "r1", "r2"):
        await memory.append("c1", Turn("q", f"answer of {run_id}"), reader=MARA, run_id=run_id, sources=["s"])
    assert [turn.answer for turn in await recall(memory)] == ["answer of r1", "answer of r2"]
