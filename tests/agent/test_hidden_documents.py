"""Whoever may not read a document is told nothing of it, and what they are told is the same as if it were not there.

One home, all caches on. Before the reader asks, somebody who may read everything has asked the same. The hidden
documents share the public ones' names, tables, lists, links and words, and contradict them.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from agent.assistant import Assistant
from graph.languages.model import ModelLanguage
from tests.agent.assistants import chat_at
from tests.agent.serving.worlds import world
from tests.openai_server import OpenAIServer
from tests.tools.ingestion.loading.test_loader import Desk
from tools.passages import Reader

ADA = Reader(user="ada", groups=("finance",))
BOB = Reader(user="bob", groups=("support",))
SECRET = "Zanzibar"
TABLE = "# Offices\n\n| Office | City | Floor |\n|---|---|---|\n"
PUBLIC = {
    "refunds.md": "# Refunds\n\nA refund above 500 euros is approved by the [duty manager](hr/roles.md). Smaller ones "
    "need nobody.\n\n## Steps\n\n1. Open the case.\n2. Ask the duty manager.\n3. Pay within a week.\n",
    "roles.md": "# Duty manager\n\nThe duty manager is Lotte Verbeek. She sits in Utrecht.\n",
    "offices.md": f"{TABLE}| Support | Utrecht | 2 |\n| Legal | Ghent | 4 |\n",
    "travel.md": "# Travel\n\nTrips by train are booked second class. A hotel may cost 120 euros a night.\n",
}
HIDDEN = {
    "hr/access.toml": 'groups = ["finance"]\n',
    "hr/roles.md": f"# Duty manager\n\nThe duty manager is {SECRET} Quux. She sits in Ghent and earns 4,200 euros.\n",
    "hr/offices.md": f"{TABLE}| Support | {SECRET} | 9 |\n| Board | Bonn | 5 |\n",
    "hr/refunds.md": f"# Refunds\n\nA refund above 500 euros is approved by {SECRET}.\n\n## Steps\n\n1. Wait.\n",
    "hr/hotels.md": f"# Hotels\n\nA hotel may cost 300 euros a night in {SECRET}, says [travel](../travel.md).\n",
}
REPLACING = {
    "hr/zanzibar.md": f"---\ngroups: [finance]\nsupersedes: ../travel.md\n---\n# {SECRET}\n\nA hotel costs 90 euros.\n"
}
QUESTIONS = (
    "Who approves a refund above 500 euros?",
    "Who is the duty manager that approves a refund above 500 euros, and where does she sit?",
    "How much does the duty manager earn?",
    "Which offices are there, and on which floors?",
    "What are the steps of a refund?",
    "What may a hotel cost a night?",
    "Who is Zanzibr Quux?",
)


async def answered(assistant: Assistant, question: str) -> list[Any]:
    """Twice: the second comes out of the cache."""
    return [await assistant.ask(question, reader=BOB) for _ in range(2)]


async def followed(assistant: Assistant, question: str) -> list[Any]:
    """In the conversation that the other one's question stands in."""
    return [await assistant.ask(asked, reader=BOB, conversation="c") for asked in (question, "And where?", question)]


async def streamed(assistant: Assistant, question: str) -> list[Any]:
    return [event async for event in assistant.stream(question, reader=BOB)]


async def searched(assistant: Assistant, question: str) -> list[Any]:
    return [await assistant.search(question, reader=BOB, k=50, stopping=False)]


async def exported(assistant: Assistant, question: str) -> list[Any]:
    await assistant.ask(question, reader=BOB, conversation="c")
    return [entry async for entry in assistant.export_user("bob")]


PATHS = (answered, followed, streamed, searched, exported)
OF_CHANCE = {"run_id", "timings_ms", "at", "asked_at", "id", "time", "created", "started", "hash", "link", "ms"}


def plain(told: Any) -> Any:
    """Without ids and times."""
    if hasattr(told, "model_dump"):
        told = told.model_dump(mode="json")
    if isinstance(told, dict):
        return {key: plain(value) for key, value in told.items() if key not in OF_CHANCE}
    return [plain(one) for one in told] if isinstance(told, list | tuple) else repr(told)


def desk_of(place: Path, documents: dict[str, str]) -> Desk:
    place.mkdir()
    desk = Desk(place)
    for name, text in documents.items():
        desk.write(name, text)
    return desk


@asynccontextmanager
async def home(place: Path, documents: dict[str, str], **options: Any) -> AsyncIterator[Assistant]:
    desk = await asyncio.to_thread(desk_of, place, documents)
    assert (await desk.ingest()).ok
    async with world(place, desk.store, embedder=desk.embedder, cache_similarity=0.9, **options) as here:
        yield here.assistant


async def told(place: Path, documents: dict[str, str], path: Callable[..., Any]) -> list[Any]:
    async with home(place, documents) as assistant:
        found = []
        for question in QUESTIONS:
            await assistant.ask(question, reader=ADA, conversation="c")
            found.append(plain(await path(assistant, question)))
        return found


@pytest.mark.parametrize("path", PATHS)
async def test_all_is_as_if_the_hidden_documents_were_not_there(tmp_path: Path, path: Callable[..., Any]) -> None:
    hiding = await told(tmp_path / "hiding", PUBLIC | HIDDEN, path)
    assert SECRET.casefold() not in json.dumps(hiding).casefold()
    assert hiding == await told(tmp_path / "without", PUBLIC, path)


async def test_a_model_is_shown_none_of_them_also_where_it_searches_in_words_of_its_own(
    tmp_path: Path, openai_server: OpenAIServer
) -> None:
    words = "What does the duty manager Quux earn in Ghent?"
    openai_server.handler = lambda request: (
        "NOT FOUND" if request.get("stream") else {"complete": False, "next_question": words, "question": words}
    )
    chat, shown = chat_at(openai_server), {ADA: "", BOB: ""}
    async with home(tmp_path / "hiding", PUBLIC | HIDDEN, language=ModelLanguage(chat)) as assistant:
        for question in QUESTIONS[1:3]:
            for reader in shown:
                begun = len(openai_server.chats)
                answer = await assistant.ask(question, reader=reader)
                shown[reader] += "".join(request.prompt for request in openai_server.chats[begun:])
                shown[reader] += answer.model_dump_json()
    await chat.close()
    assert all(words in prompts for prompts in shown.values())
    assert SECRET in shown[ADA]
    assert SECRET not in shown[BOB]


async def test_what_a_hidden_document_replaces_is_marked_and_its_name_kept(tmp_path: Path) -> None:
    """That there is something newer is told, so that nobody follows what does not hold any more."""
    async with home(tmp_path / "hiding", PUBLIC | REPLACING) as assistant:
        answer = await assistant.ask(QUESTIONS[5], reader=BOB)
    assert "120 euros" in answer.answer
    assert "marked as superseded" in str(answer.notes)
    assert SECRET.casefold() not in answer.model_dump_json().casefold()
