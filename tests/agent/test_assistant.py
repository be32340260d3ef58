"""The whole graph over documents in memory, without a model: what a reader gets, and what never reaches one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from agent.answers import Answer
from agent.assistant import Assistant
from agent.conversations import open_conversations
from agent.events import HopStarted, PassagesFound, Rewritten, Token, Validated
from evals.rechecking import verified_statements
from graph.confidence import shipped_calibration
from tests.agent.assistants import WORLD, assistant_over, memory, passage
from tests.doubles import MemoryStore
from tools.answer_checkers.opening import open_answer_checker
from tools.errors import InvalidInput, InvalidQuestion
from tools.passages import Hit, Reader
from tools.verifiers.lexical import LexicalVerifier

BRIDGE = "Who is the duty manager that approves a refund above 500 euros?"
FINANCE = Reader(user="fin", groups=("finance",))
Opener = Callable[..., Awaitable[Assistant]]


@pytest.fixture
async def open_one(tmp_path: Path) -> AsyncIterator[Opener]:
    """Opens assistants that share the test's folder, and closes their memory."""
    opened: list[Assistant] = []

    async def make(*arguments: Any, **options: Any) -> Assistant:
        opened.append(await assistant_over(tmp_path, *arguments, **options))
        return opened[-1]

    yield make
    for assistant in opened:
        await assistant._conversations.close()


def everything(answer: Answer) -> str:
    """The whole answer as JSON, without the run's random number, which may contain any digits."""
    return answer.model_dump_json(exclude={"run_id"})


async def test_two_documents_answer_one_question(open_one: Opener) -> None:
    answer = await (await open_one()).ask("In which city does the approver of refunds sit?")
    assert answer.status == "answered"
    assert "Utrecht" in answer.answer
    assert "Duty manager" in answer.answer
    assert {citation.source for citation in answer.citations} == {"refunds.md", "roles.md"}
    assert [citation.marker for citation in answer.citations] == list(range(1, len(answer.citations) + 1))
    by_source = {one.source: one for one in WORLD}
    for citation in answer.citations:
        assert citation.quote == by_source[citation.source].text[citation.start : citation.end]
        assert f"[{citation.marker}]" in answer.answer
    assert answer.usage.model_calls == 0
    assert answer.mode == "extractive"


async def test_a_cited_row_carries_its_exact_text_and_its_reading(open_one: Opener) -> None:
    table = "| Desk | Opens | Closes |\n|---|---|---|\n| Customs desk | At nine. Ring twice | At six |\n"
    assistant = await open_one([passage("desks", "Desks", table)])
    answer = await assistant.ask("When does the customs desk open?")
    (citation,) = answer.citations
    assert citation.quote == "| Customs desk | At nine. Ring twice | At six |"
    assert citation.reading == "Desk: Customs desk; Opens: At nine. Ring twice; Closes: At six"
    (statement,) = await verified_statements(answer, LexicalVerifier())
    assert (statement.entailed, statement.alone) == (True, (True,))


async def test_a_follow_up_is_understood_from_the_conversation(open_one: Opener) -> None:
    assistant = await open_one()
    await assistant.ask("Who is the duty manager?", conversation="c")
    answer = await assistant.ask("And where does she sit?", conversation="c")
    assert "Utrecht" in answer.answer
    assert "duty manager" in answer.rewritten_question


async def test_thanks_in_between_do_not_lose_the_thread(open_one: Opener) -> None:
    assistant = await open_one()
    await assistant.ask("Who is the duty manager?", conversation="c")
    thanks = await assistant.ask("Thanks!", conversation="c")
    assert (thanks.status, thanks.hops, thanks.citations) == ("answered", (), ())
    answer = await assistant.ask("And where does she sit?", conversation="c")
    assert "Utrecht" in answer.answer


async def test_what_no_document_says_is_declined_with_what_is_missing(open_one: Opener) -> None:
    answer = await (await open_one()).ask("When was the Helsinki warehouse of Norvik Oy demolished?")
    assert answer.status == "declined"
    assert answer.missing
    assert "Norvik" in " ".join(answer.missing)
    assert (answer.claims, answer.citations) == ((), ())
    assert "[1]" not in answer.answer


async def test_a_declined_answer_is_not_remembered_as_one(open_one: Opener, tmp_path: Path) -> None:
    await (await open_one()).ask("Who owns Norvik Oy of Helsinki?", conversation="c")
    memory_of = open_conversations(tmp_path, None)
    (turn,) = await memory_of.turns("c", reader=Reader(), limit=5)
    await memory_of.close()
    assert turn.answer == ""


@pytest.mark.parametrize(
    "question",
    ["How much does the duty manager earn a month?", "What is Project Nightfall?", BRIDGE, "Who sits where?"],
)
async def test_nothing_of_a_restricted_document_reaches_another_reader(open_one: Opener, question: str) -> None:
    assistant = await open_one()
    public = await assistant.ask(question, reader=Reader(user="pub"))
    for secret in ("4200", "Salary of", "salary.md", '"salary"', "merger", "Ghent"):
        assert secret not in everything(public)
    assert "Project Nightfall" not in everything(public).replace(question, "").replace(
        "anything about Project Nightfall", ""
    )
    report = await assistant.search(question, reader=Reader(user="pub"))
    assert {"salary", "merger"}.isdisjoint(result.passage_id for result in report.results)


async def test_the_rights_of_the_reader_decide_the_answer(open_one: Opener) -> None:
    assistant = await open_one()
    question = "How much does the duty manager earn a month?"
    assert "4200" in (await assistant.ask(question, reader=FINANCE)).answer
    assert "4200" not in everything(await assistant.ask(question, reader=Reader(user="fin", groups=("finances",))))
    assert "4200" not in everything(await assistant.ask(question, reader=Reader(groups=("finance",), tenant="other")))


async def test_a_conversation_never_reaches_another_user(open_one: Opener) -> None:
    assistant = await open_one()
    await assistant.ask("How much does the duty manager earn a month?", reader=FINANCE, conversation="c")
    own = await assistant.ask("And who gets it?", reader=FINANCE, conversation="c")
    assert "earn" in own.rewritten_question
    for stranger in (Reader(user="eve", groups=("finance",)), Reader(groups=("finance",)), Reader(user="fin")):
        other = await assistant.ask("And who gets it?", reader=stranger, conversation="c")
        assert "earn" not in everything(other)


async def test_the_current_policy_answers_not_the_superseded_one(open_one: Opener) -> None:
    answer = await (await open_one()).ask("In which class are trips by train booked?")
    assert "second class" in answer.answer
    assert "first class" not in answer.answer


async def test_the_current_policy_ranks_above_the_superseded_one(open_one: Opener) -> None:
    answer = await (await open_one()).ask("In which class are trips by train booked?")
    places = [ranked.passage_id for ranked in answer.ranking]
    assert places.index("travel-2") < places.index("travel-1")


HOTELS = (
    passage(
        "hotels-2024",
        "Hotels 2024",
        "A night in a hotel costs up to 120 euros.",
        status="superseded",
        superseded_by="hotels-2026.md",
    ),
    passage("hotels-2026", "Hotels 2026", "A night in a hotel costs up to 145 euros."),
)


async def test_who_asks_how_it_was_gets_the_whole_answer_of_the_older_version(open_one: Opener) -> None:
    assistant = await open_one(passages=HOTELS)
    then = await assistant.ask("What did a night in a hotel cost in 2024?")
    assert (then.status, "120 euros" in then.answer) == ("answered", True)
    assert then.notes[0].startswith("A newer version says otherwise: “Hotels 2026”")
    now = await assistant.ask("What does a night in a hotel cost?")
    assert (now.status, "145 euros" in now.answer) == ("answered", True)


async def test_a_refusal_says_of_no_source_that_the_answer_follows_it(open_one: Opener) -> None:
    refusal = await (await open_one(passages=HOTELS, min_confidence=1.0)).ask("What does a night in a hotel cost?")
    assert (refusal.status, refusal.notes) == ("declined", ())


async def test_a_question_for_yes_or_no_is_declined_as_such(open_one: Opener) -> None:
    question = "Does a night in a hotel cost up to 145 euros?"
    refusal = await (await open_one(passages=HOTELS, min_confidence=1.0)).ask(question)
    assert refusal.missing == (f"a passage that says yes or no to: {question}",)


async def test_slips_of_the_keyboard_are_read_as_the_documents_spell_them(open_one: Opener) -> None:
    assistant = await open_one(passages=HOTELS)
    answer = await assistant.ask("what does a nigth in a hottel cost?")
    assert (answer.status, "145 euros" in answer.answer) == ("answered", True)
    assert answer.rewritten_question == "what does a night in a hotel cost?"
    assert [hop.n for hop in answer.hops if hop.kind == "search"] == [1, 1]


async def test_no_word_of_a_restricted_document_mends_another_reader_s_question(open_one: Opener) -> None:
    secret = passage("merger", "Merger", "The merger is a nightfallen plan.", groups=("finance",))
    assistant = await open_one(passages=(*HOTELS, secret))
    question = "when is the nightfalen plan"
    assert (await assistant.ask(question, reader=FINANCE)).rewritten_question == "when is the nightfallen plan"
    assert (await assistant.ask(question, reader=Reader(user="pub"))).rewritten_question == question


async def test_one_hop_is_one_search(open_one: Opener) -> None:
    store = _CountingStore(await memory())
    answer = await (await open_one(searcher=store)).ask(BRIDGE, max_hops=1)
    assert {hop.n for hop in answer.hops} == {1}
    assert store.searches == 1


async def test_events_come_in_the_order_things_happen(open_one: Opener) -> None:
    events = [event async for event in (await open_one()).stream(BRIDGE)]
    assert isinstance(events[0], Rewritten)
    assert isinstance(events[-1], Answer)
    kinds = [type(event) for event in events]
    assert kinds.index(HopStarted) < kinds.index(PassagesFound) < kinds.index(Token) < kinds.index(Validated)
    assert kinds.count(HopStarted) == kinds.count(PassagesFound) == len(events[-1].hops)
    last_found = len(kinds) - 1 - kinds[::-1].index(PassagesFound)
    assert last_found < kinds.index(Token)
    assert kinds[-2:] == [Validated, Answer]
    hops = [event.n for event in events if isinstance(event, HopStarted)]
    assert hops == sorted(hops)


async def test_the_sentences_come_with_the_passages_that_they_cite(open_one: Opener) -> None:
    events = [event async for event in (await open_one()).stream(BRIDGE)]
    *_, last = (event for event in events if isinstance(event, Token))
    answer = events[-1]
    assert isinstance(answer, Answer)
    assert answer.citations
    assert set(zip(last.passage_ids, last.sources, strict=True)) == {
        (citation.passage_id, citation.source) for citation in answer.citations
    }


async def test_a_cancelled_question_leaves_no_turn_behind(open_one: Opener, tmp_path: Path) -> None:
    store = _CountingStore(await memory(), wait_at=2)
    assistant = await open_one(searcher=store)
    asking = asyncio.create_task(assistant.ask("Where does the duty manager sit? And why?", conversation="c"))
    await asyncio.wait_for(store.waiting.wait(), 10)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    store.go_on.set()
    assert await assistant._conversations.turns("c", reader=Reader(), limit=5) == []


async def test_a_stream_that_is_closed_early_stops_working(open_one: Opener) -> None:
    store = _CountingStore(await memory())
    assistant = await open_one(searcher=store)
    async with aclosing(assistant.stream(BRIDGE, conversation="c")) as events:
        async for event in events:
            if isinstance(event, PassagesFound):
                break
    assert asyncio.all_tasks() == {asyncio.current_task()}
    seen = store.requests
    await asyncio.sleep(0.05)
    assert store.requests == seen
    assert await assistant._conversations.turns("c", reader=Reader(), limit=5) == []


async def test_fifty_questions_at_once_do_not_mix(open_one: Opener) -> None:
    passages = [
        passage(f"badge-{n}", f"Badge {n}", f"The badge colour of team T{n} is shade{n}.", groups=(f"g{n}",))
        for n in range(50)
    ]
    assistant = await open_one(passages)
    answers = await asyncio.gather(
        *(
            assistant.ask("What is the badge colour of the team?", reader=Reader(user=f"u{n}", groups=(f"g{n}",)))
            for n in range(50)
        )
    )
    for n, answer in enumerate(answers):
        assert {ranked.passage_id for ranked in answer.ranking} == {f"badge-{n}"}
        assert f"shade{n}." in answer.answer
    assert len({answer.run_id for answer in answers}) == 50


@pytest.mark.parametrize("question", ["", "   ", "?!", "🎉🎉", "\x00\x1b[0m"[:1], "\ud800"])
async def test_a_question_without_a_word_is_refused(open_one: Opener, question: str) -> None:
    with pytest.raises(InvalidQuestion, match=r"empty|no letters or digits"):
        await (await open_one()).ask(question, conversation="c")


@pytest.mark.parametrize("hops", [0, -3, 11, 2.5, "2"])
async def test_hops_beyond_the_limit_are_refused_by_name(open_one: Opener, hops: Any) -> None:
    assistant = await open_one()
    with pytest.raises(InvalidInput, match=r"max_hops=.* is no whole number from 1 to 10"):
        await assistant.ask("Who leads sales?", max_hops=hops)
    with pytest.raises(InvalidInput, match=r"max_hops="):
        await assistant.search("Who leads sales?", max_hops=hops)


@pytest.mark.parametrize("k", [0, -1, 51])
async def test_a_search_for_no_or_too_many_passages_is_refused(open_one: Opener, k: int) -> None:
    with pytest.raises(InvalidInput, match=rf"k={k} is no whole number from 1 to 50"):
        await (await open_one()).search("Who leads sales?", k=k)


async def test_who_is_no_reader_reads_nothing(open_one: Opener) -> None:
    with pytest.raises(InvalidInput, match=r"reader='ada' is no reader: write reader=Reader"):
        await (await open_one()).ask("Who leads sales?", reader="ada")  # type: ignore[arg-type]


async def test_an_endless_question_is_refused_with_the_limit(open_one: Opener) -> None:
    with pytest.raises(InvalidQuestion, match="4,000"):
        await (await open_one()).ask("why " * 25_000)


class _CountingStore:
    """A MemoryStore that counts its requests, and pauses at request number `wait_at` until released."""

    def __init__(self, store: MemoryStore, wait_at: int | None = None) -> None:
        self._store, self._wait_at = store, wait_at
        self.searches = self.requests = 0
        self.waiting, self.go_on = asyncio.Event(), asyncio.Event()

    async def search(self, *arguments: Any) -> list[Hit]:
        self.searches += 1
        async with self._counted():
            return await self._store.search(*arguments)

    async def find_names(self, *arguments: Any) -> list[Hit]:
        async with self._counted():
            return await self._store.find_names(*arguments)

    async def find_sources(self, *arguments: Any) -> list[Hit]:
        return await self._store.find_sources(*arguments)

    async def fetch(self, *arguments: Any) -> list[Any]:
        return list(await self._store.fetch(*arguments))

    @asynccontextmanager
    async def _counted(self) -> AsyncIterator[None]:
        self.requests += 1
        if self.requests == self._wait_at:
            self.waiting.set()
            await self.go_on.wait()
        yield


async def test_the_confidence_looks_at_nothing_that_an_answer_does_not_have(open_one: Opener) -> None:
    """A feature that is gone counts as 0: its coefficient would go on saying something of every answer."""
    checker = await asyncio.to_thread(open_answer_checker)
    found = (await (await open_one(answer_checker=checker)).ask(BRIDGE)).features.keys()
    said = {"chain_agrees", "hesitates", "mean_logprob"}
    quoting, writing = [await asyncio.to_thread(shipped_calibration, mode) for mode in ("extractive", "model")]
    assert set(quoting.coefficients) <= found
    assert set(writing.coefficients) <= found | said
