"""Forgetting a person or a source in every place the assistant knows of, also while questions are under way."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from agent.answers import Answer
from agent.assistant import Assistant
from agent.erasure import Receipt, erase
from agent.holders import Holder, enclosing, is_below
from graph.progress import HopStarted
from tests.agent.assistants import assistant_over
from tools.passages import Reader

ZORA, NOOR = Reader(user="zora"), Reader(user="noor")
"""Names that can't occur by chance in a hexadecimal hash, as "ada" can."""

QUESTION = "Who is the duty manager?"


class Shelf:
    """A holder that fails the given number of times."""

    def __init__(self, name: str = "books on a shelf", failures: int = 0) -> None:
        self.name, self.failures, self.books = name, failures, ["zora", "noor", "zora"]

    async def erase_user(self, user: str) -> int:
        if self.failures:
            self.failures -= 1
            raise OSError(f"the shelf of {user} is locked")
        before = len(self.books)
        self.books = [owner for owner in self.books if owner != user]
        return before - len(self.books)

    async def erase_source(self, source: str, tenant: str) -> int:
        return 0

    async def export_user(self, user: str) -> AsyncIterator[dict[str, Any]]:
        for owner in self.books:
            if owner == user:
                yield {"book": owner}


def counts(receipt: Receipt) -> dict[str, int]:
    return {place.name: place.entries for place in receipt.places}


async def erased_source(assistant: Assistant, source: str, tenant: str = "default") -> Receipt:
    """Erase a source without a store, which these assistants can't write to."""
    memory = assistant._memory
    return await erase("source", source, tenant, memory.holders, memory.audit_log)


async def test_a_person_is_forgotten_everywhere_with_a_receipt_that_can_be_proved(tmp_path: Path) -> None:
    assistant = await assistant_over(tmp_path, audit="required")
    for reader in (ZORA, NOOR):
        await assistant.ask(QUESTION, reader=reader, conversation="c")
    receipt = await assistant.erase_user("zora", elsewhere=[Shelf()])
    assert counts(receipt) == {"turns of conversations": 1, "entries of the audit log": 1, "books on a shelf": 2}
    assert (receipt.complete, receipt.entries, receipt.tenant) == (True, 4, None)
    told = {name: value for name, value in asdict(receipt).items() if name != "digest"}
    assert receipt.digest == hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    entries = [entry async for entry in assistant._memory.audit_log.entries()]
    assert entries[-1].told["digest"] == receipt.digest
    assert "zora" not in json.dumps([entry.content for entry in entries])
    assert (await assistant._memory.audit_log.verify()).holds
    assert await assistant._conversations.turns("c", reader=ZORA, limit=9) == []
    assert len(await assistant._conversations.turns("c", reader=NOOR, limit=9)) == 1
    await assistant._memory.close()


async def test_a_place_that_fails_is_named_spares_no_other_and_is_finished_by_erasing_again(tmp_path: Path) -> None:
    assistant = await assistant_over(tmp_path)
    await assistant.ask(QUESTION, reader=ZORA, conversation="c")
    shelves: Sequence[Holder] = [Shelf("the locked shelf", failures=1), Shelf()]
    first = await assistant.erase_user("zora", elsewhere=shelves)
    assert not first.complete
    assert [(place.name, place.problem) for place in first.places if place.problem] == [
        ("the locked shelf", "OSError: the shelf of … is locked")
    ]
    assert counts(first)["books on a shelf"] == 2
    second = await assistant.erase_user("zora", elsewhere=shelves)
    assert second.complete
    assert (counts(second)["the locked shelf"], second.entries) == (2, 2)


async def test_a_person_gets_what_every_place_holds_about_them(tmp_path: Path) -> None:
    assistant = await assistant_over(tmp_path, audit="required")
    await assistant.ask(QUESTION, reader=ZORA, conversation="c")
    await assistant.ask(QUESTION, reader=NOOR, conversation="d")
    told = [entry async for entry in assistant.export_user("zora", elsewhere=[Shelf()])]
    assert [entry["place"] for entry in told] == [
        *("turns of conversations", "entries of the audit log", "books on a shelf", "books on a shelf"),
    ]
    assert (told[0]["question"], told[0]["conversation"], told[1]["user"]) == (QUESTION, "c", "zora")
    assert json.dumps(told)


async def interrupted(assistant: Assistant, reader: Reader, what: str, name: str, tenant: str = "default") -> Answer:
    """An answer during whose first hop an erasure begins and ends."""
    memory = assistant._memory
    answer = None
    async for event in assistant.stream(QUESTION, reader=reader, conversation="c"):
        if isinstance(event, HopStarted) and event.n == 1:
            await erase("user" if what == "user" else "source", name, tenant, memory.holders, memory.audit_log)
        answer = event if isinstance(event, Answer) else answer
    assert answer is not None
    return answer


async def test_a_question_under_way_leaves_no_copy_of_what_is_erased_meanwhile(tmp_path: Path) -> None:
    for what, name in (("source", "roles.md"), ("user", "zora")):
        assistant = await assistant_over(tmp_path / what, audit="required")
        answer = await interrupted(assistant, ZORA, what, name)
        assert "roles.md" in {citation.source for citation in answer.citations}
        assert await assistant._conversations.turns("c", reader=ZORA, limit=9) == []
        last = [entry async for entry in assistant._memory.audit_log.entries()][-1]
        assert last.told == {"run_id": answer.run_id, "withheld": True}
        await assistant._memory.close()


async def test_a_question_under_way_is_kept_when_the_erasure_does_not_concern_it(tmp_path: Path) -> None:
    cases = [("source", "roles", "default"), ("source", "roles.md", "other"), ("user", "noor", "default")]
    for number, (what, name, tenant) in enumerate(cases):
        assistant = await assistant_over(tmp_path / str(number), audit="required")
        await interrupted(assistant, ZORA, what, name, tenant)
        assert len(await assistant._conversations.turns("c", reader=ZORA, limit=9)) == 1
        await assistant._memory.close()


async def test_an_erasure_that_begins_while_many_ask_leaves_no_turn_of_theirs(tmp_path: Path) -> None:
    """Whichever is faster: the erasure finds the turn, or the turn finds the erasure."""
    for number, delay in enumerate((0.0, 0.01, 0.05, 0.1)):
        assistant = await assistant_over(tmp_path / str(number))
        readers = [replace(ZORA, user=f"u{n}") for n in range(8)]
        begun = [asyncio.Event() for _ in readers]
        asking = [
            asyncio.create_task(asked(assistant, *both, delay=delay * n / 8))
            for n, both in enumerate(zip(readers, begun, strict=True))
        ]
        await asyncio.gather(*(event.wait() for event in begun))
        await erased_source(assistant, "roles.md")
        await asyncio.gather(*asking)
        for reader in readers:
            assert await assistant._conversations.turns("c", reader=reader, limit=9) == []
        await assistant._memory.close()


async def asked(assistant: Assistant, reader: Reader, begun: asyncio.Event, delay: float) -> None:
    async for event in assistant.stream(QUESTION, reader=reader, conversation="c"):
        begun.set()
        if isinstance(event, HopStarted):
            await asyncio.sleep(delay)


def test_a_source_is_found_by_the_names_that_enclose_it() -> None:
    assert enclosing("a/b.jsonl#3") == ("a/b.jsonl#3", "a", "a/b.jsonl")
    for used in ("a/b.jsonl#3", "a", "/a//b#", "#"):
        assert all(is_below(used, name) for name in enclosing(used))
