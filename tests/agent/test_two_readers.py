"""Two people with different rights, on every path of the real assistant, and rights that change between two questions.

Everything goes through the real store, so whatever keeps answers or passages between questions is tested as well.
"""

import asyncio
import json
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.answers import Answer
from agent.assistant import Assistant
from agent.opening import open_assistant
from agent.settings import Settings, load_settings
from evals.datasets import Dataset, Question
from evals.manifest import describe_run
from evals.records import Record, RunFolder
from evals.runner import Asking, run_questions
from tests.conftest import with_model, write
from tools.errors import InvalidInput
from tools.passages import Reader

ADA = Reader(user="ada", groups=("finance",))
BOB = Reader(user="bob", groups=("support",))
SALARY = "How much does the duty manager earn a month?"
SECRETS = ("4,200", "Salary bands", "Nightfall")  # the file's name stands in the public document that links to it
PUBLIC = {
    "refunds.md": "# Refunds\n\nA refund above 500 euros is approved by the [duty manager](hr/salary.md).\n",
    "roles.md": "# Duty manager\n\nThe duty manager is Lotte Verbeek. She sits in Utrecht.\n",
}
RESTRICTED = {
    "access.toml": 'groups = ["finance"]\n',
    "salary.md": "# Salary bands\n\nThe duty manager earns 4,200 euros a month. See [Nightfall](nightfall.md).\n",
    "nightfall.md": "---\ngroups: [board]\n---\n# Nightfall\n\nProject Nightfall moves the duty manager to Ghent.\n",
}


def written(folder: Path) -> Path:
    write(folder / "hr", RESTRICTED)
    return write(folder, PUBLIC)


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    return written(tmp_path / "docs")


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Path:
    """A home with the documents, which each test copies, since ingesting takes longer than most of these tests."""
    folder = tmp_path_factory.mktemp("two-readers")
    with_model(folder / "home", model_cache)

    async def ingest() -> None:
        async with open_assistant(Settings(home=folder / "home"), create=True) as opened:
            assert (await opened.ingest([written(folder / "docs")])).ok

    asyncio.run(ingest())
    return folder / "home"


@pytest.fixture
async def assistant(clean_environment: Path, ingested: Path) -> AsyncIterator[Assistant]:
    await asyncio.to_thread(shutil.copytree, ingested, clean_environment, symlinks=True)
    async with open_assistant() as opened:
        yield opened


@pytest.fixture
async def ingesting(home_with_model: Path, documents: Path) -> AsyncIterator[Assistant]:
    """An assistant over documents of this test alone, which it may change."""
    async with open_assistant(create=True) as opened:
        assert (await opened.ingest([documents])).ok
        yield opened


def leaks(answer: object) -> list[str]:
    told = answer if isinstance(answer, str) else answer.model_dump_json()  # type: ignore[attr-defined]
    return [secret for secret in SECRETS if secret in told]


async def rewrite(path: Path, text: str) -> None:
    await asyncio.to_thread(path.write_text, text)


async def test_each_gets_their_own_answer_whoever_asks_first(assistant: Assistant) -> None:
    for first, second in ((ADA, BOB), (BOB, ADA), (ADA, BOB)):
        answers = {reader.user: await assistant.ask(SALARY, reader=reader) for reader in (first, second)}
        assert "4,200" in answers["ada"].answer
        assert leaks(answers["bob"]) == []
        assert "Nightfall" not in answers["ada"].answer


async def test_at_once_nobody_gets_anothers_answer(assistant: Assistant) -> None:
    readers = [ADA, BOB] * 6
    answers = await asyncio.gather(*(assistant.ask(SALARY, reader=reader) for reader in readers))
    for reader, answer in zip(readers, answers, strict=True):
        assert ("4,200" in answer.answer) is (reader == ADA)
        assert reader == ADA or leaks(answer) == []


async def test_a_search_and_the_links_it_follows_stop_at_what_its_reader_may_read(assistant: Assistant) -> None:
    for question in (SALARY, "Who approves a refund above 500 euros, and what do they earn?", "Project Nightfall"):
        for reader, allowed in ((BOB, {"refunds.md", "roles.md"}), (ADA, {"refunds.md", "roles.md", "salary.md"})):
            report = await assistant.search(question, reader=reader, k=50, stopping=False)
            assert {Path(result.source).name for result in report.results} <= allowed
            ranked = (await assistant.ask(question, reader=reader, stopping=False)).ranking
            assert {Path(place.source).name for place in ranked} <= allowed
    followed = await assistant.search("Who approves a refund above 500 euros?", reader=ADA, k=50, stopping=False)
    assert "docs/hr/salary.md" in {result.source for result in followed.results}


async def test_every_citation_is_of_a_source_its_reader_may_read(assistant: Assistant) -> None:
    for reader, sources in ((ADA, {"docs/hr/salary.md"}), (BOB, set[str]())):
        answer = await assistant.ask(SALARY, reader=reader)
        assert {citation.source for citation in answer.citations if "hr/" in citation.source} == sources


async def test_what_streams_by_holds_nothing_of_others(assistant: Assistant) -> None:
    await assistant.ask(SALARY, reader=ADA)
    seen = [repr(event) async for event in assistant.stream(SALARY, reader=BOB)]
    assert leaks(" ".join(seen)) == []


async def test_a_conversation_is_its_owners_and_forgets_with_the_owners_rights(assistant: Assistant) -> None:
    await assistant.ask(SALARY, reader=ADA, conversation="c")
    follow_up = "And where does that manager sit?"
    for reader in (BOB, Reader(user="ada"), Reader(user="ada", groups=("finance",), tenant="other")):
        assert await assistant._memory.turns("c", reader, 9) == ()
        assert leaks(await assistant.ask(follow_up, reader=reader, conversation="c")) == []
    first, own_without_groups = await assistant._memory.turns("c", ADA, 9)
    assert "4,200" in first.answer
    assert leaks(own_without_groups.answer) == []


async def ask_after(assistant: Assistant, documents: Path, reader: Reader) -> Answer:
    await assistant.ingest([documents])
    return await assistant.ask(SALARY, reader=reader, conversation="c")


async def test_a_changed_right_holds_for_the_next_question(ingesting: Assistant, documents: Path) -> None:
    """By access.toml, then by the document itself: opened, closed, opened to others."""
    access, salary = documents / "hr" / "access.toml", documents / "hr" / "salary.md"
    assert leaks(await ingesting.ask(SALARY, reader=BOB, conversation="c")) == []
    await rewrite(access, 'groups = ["finance", "support"]')
    assert "4,200" in (await ask_after(ingesting, documents, BOB)).answer
    await rewrite(access, 'groups = ["finance"]')
    assert leaks(await ask_after(ingesting, documents, BOB)) == []
    await rewrite(salary, f"---\ngroups: [support]\n---\n{RESTRICTED['salary.md']}")
    assert "4,200" in (await ask_after(ingesting, documents, BOB)).answer
    assert leaks(await ingesting.ask(SALARY, reader=ADA)) == []


async def test_a_changed_right_holds_for_what_was_said_before(ingesting: Assistant, documents: Path) -> None:
    """Bob's turn was answered under a right that the document had then; a deleted one is forgotten as well."""
    await rewrite(documents / "hr" / "access.toml", 'groups = ["public"]')
    await ask_after(ingesting, documents, BOB)
    assert len(await ingesting._memory.turns("c", BOB, 9)) == 1
    await rewrite(documents / "hr" / "access.toml", 'groups = ["finance"]')
    await ingesting.ingest([documents])
    assert await ingesting._memory.turns("c", BOB, 9) == ()
    await ingesting.ask(SALARY, reader=ADA, conversation="a")
    assert len(await ingesting._memory.turns("a", ADA, 9)) == 1
    await asyncio.to_thread((documents / "hr" / "salary.md").unlink)
    await ingesting.ingest([documents])
    assert await ingesting._memory.turns("a", ADA, 9) == ()


async def test_a_changed_mapping_holds_for_the_next_question(
    home_with_model: Path, documents: Path, tmp_path: Path
) -> None:
    await asyncio.to_thread((documents / "hr" / "access.toml").unlink)
    rules = tmp_path / "rules.toml"
    await rewrite(rules, '[documents]\n"**" = ["public"]')
    async with open_assistant(await asyncio.to_thread(load_settings, access_file=rules), create=True) as assistant:
        assert "4,200" in (await ask_after(assistant, documents, BOB)).answer
        await rewrite(rules, '[documents]\n"**" = ["public"]\n"docs/hr/**" = ["finance"]')
        assert leaks(await ask_after(assistant, documents, BOB)) == []
        assert "4,200" in (await assistant.ask(SALARY, reader=ADA)).answer
        assert leaks(repr(await assistant._memory.turns("c", BOB, 9))) == []


async def test_an_erased_source_is_neither_found_nor_cited_nor_remembered(assistant: Assistant) -> None:
    assert "4,200" in (await assistant.ask(SALARY, reader=ADA, conversation="c")).answer
    receipt = await assistant.erase_source("docs/hr")
    assert receipt.complete
    erased = {place.name: place.entries for place in receipt.places}
    assert erased["turns of conversations"] == 1
    assert erased["embeddings in the cache"] > 0
    assert erased.keys() >= {"cached answers", "traces of questions", "entries of the cost ledger"}
    assert leaks(await assistant.ask(SALARY, reader=ADA, conversation="c")) == []


async def test_an_evaluation_asks_each_question_under_its_own_groups(assistant: Assistant, tmp_path: Path) -> None:
    questions = tuple(
        Question(id=f"{user}-{n}", question=SALARY, answers=(), supporting_ids=(), groups=groups)
        for n in range(2)
        for user, groups in (("ada", ("finance",)), ("bob", ()))
    )
    folder = RunFolder(tmp_path / "run")
    dataset = Dataset("sample", questions, (), frozenset(), "c" * 64)
    settings = assistant.settings
    manifest = await asyncio.to_thread(describe_run, dataset, questions, settings, retrieval_only=False, k=10)
    await asyncio.to_thread(folder.claim, manifest)
    seen: list[Record] = []
    asking = Asking(subject=assistant, manifest="m", corpus_ids=frozenset())
    await run_questions(questions, folder, asking, concurrency=2, observe=seen.append)
    assert len(seen) == 4
    for record in seen:
        assert record.answer is not None
        assert ("4,200" in record.answer.answer) is record.question.id.startswith("ada")
        assert record.question.id.startswith("ada") or leaks(json.dumps(record.model_dump(mode="json"))) == []


async def test_the_bare_graph_keeps_to_its_context(assistant: Assistant) -> None:
    """What LangGraph's own tools run, without the assistant around it."""
    for context, knows in (
        ({"groups": ["finance"]}, True),
        ({}, False),
        ({"groups": ["finance"], "tenant": "x"}, False),
    ):
        state = await assistant.graph.ainvoke({"question": SALARY}, context=context)  # type: ignore[call-overload]
        told = repr(state)
        assert ("4,200" in told) is knows
        assert knows or leaks(told) == []


def test_groups_without_the_comma_of_a_tuple_are_no_groups_of_one_letter() -> None:
    with pytest.raises(InvalidInput, match=re.escape("groups='finance' is one text: write groups=('finance',)")):
        Reader(groups="finance")  # type: ignore[arg-type]
