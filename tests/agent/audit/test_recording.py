"""What the assistant writes into the audit log, and what happens when it can't."""

import asyncio
from pathlib import Path

import pytest
import spacy

from agent.answers import Answer
from agent.assistant import Assistant
from agent.audit.chain import GENESIS, Entry, Head
from agent.audit.log import AuditLog
from agent.memory import open_memory
from agent.settings import load_settings
from tests.agent.assistants import assistant_over
from tools.errors import InvalidSetting, StorageDamaged, StorageFull
from tools.passages import Reader

FINANCE = Reader(user="fin", groups=("finance",))
SALARY = "How much does the duty manager earn a month?"


async def written(assistant: Assistant) -> list[Entry]:
    """All entries, once what waits to be written is."""
    await assistant._memory.close()
    return [entry async for entry in log_of(assistant).entries()]


def log_of(assistant: Assistant) -> AuditLog:
    return assistant._memory.audit_log


async def test_an_answer_is_recorded_with_its_reader_and_sources(tmp_path: Path) -> None:
    assistant = await assistant_over(tmp_path, audit="on")
    answer = await assistant.ask(f"{SALARY} sk-abcdefghijklmnop fin@example.org", reader=FINANCE, conversation="c")
    (entry,) = await written(assistant)
    told = entry.told
    assert (told["user"], told["groups"], told["tenant"]) == ("fin", ["finance"], "default")
    assert (told["question"], told["answer"]) == (
        f"{SALARY} [masked] [email address]",
        answer.answer.replace("fin@example.org", "[email address]").replace("sk-abcdefghijklmnop", "[masked]"),
    )
    assert told["sources"] == [citation.source for citation in answer.citations] or answer.status == "declined"
    assert (told["run_id"], told["status"], told["conversation"]) == (answer.run_id, answer.status, "c")


async def test_names_of_people_are_masked_where_a_pipeline_is_named(tmp_path: Path) -> None:
    pipeline = str(tmp_path / "pipeline")

    def write() -> None:
        made = spacy.blank("en")
        rules = made.add_pipe("entity_ruler")
        rules.add_patterns([{"label": "PERSON", "pattern": "Lotte Verbeek"}])  # type: ignore[attr-defined]
        made.to_disk(pipeline)

    await asyncio.to_thread(write)
    assistant = await assistant_over(tmp_path, audit="on", audit_names_model=pipeline)
    await assistant.search("Is Lotte Verbeek the duty manager?", reader=FINANCE)
    (entry,) = await written(assistant)
    assert entry.told["question"] == "Is [person] the duty manager?"


async def test_a_pipeline_that_is_not_there_is_an_error_before_anything_is_asked(tmp_path: Path) -> None:
    settings = await asyncio.to_thread(load_settings, home=tmp_path, audit="on", audit_names_model="no_such_pipeline")
    with pytest.raises(InvalidSetting, match="no_such_pipeline"):
        async with open_memory(settings):
            pass


async def test_a_search_is_recorded_as_one(tmp_path: Path) -> None:
    assistant = await assistant_over(tmp_path, audit="on")
    report = await assistant.search(SALARY, reader=FINANCE)
    (entry,) = await written(assistant)
    assert entry.told["status"] == "searched"
    assert set(entry.told["sources"]) == {result.source for result in report.results}


async def test_nothing_is_recorded_by_default(tmp_path: Path) -> None:
    assistant = await assistant_over(tmp_path)
    await assistant.ask(SALARY, reader=FINANCE)
    assert await written(assistant) == []
    assert not [file.name for file in tmp_path.iterdir() if "key" in file.name]


async def test_questions_at_once_are_all_recorded_in_one_chain(tmp_path: Path) -> None:
    assistant = await assistant_over(tmp_path, audit="on")
    await asyncio.gather(*(assistant.ask(f"{SALARY} ({n})", reader=FINANCE) for n in range(12)))
    assert len(await written(assistant)) == 12
    assert (await log_of(assistant).verify()).holds


async def test_an_answer_does_not_wait_for_its_record(tmp_path: Path) -> None:
    assistant = await assistant_over(tmp_path, audit="on")
    answer = await assistant.ask("Who is the duty manager?")
    assert await log_of(assistant).head() == Head(0, GENESIS)
    assert [entry.told["run_id"] for entry in await written(assistant)] == [answer.run_id]


async def test_where_a_record_is_required_it_is_there_before_the_answer(tmp_path: Path) -> None:
    assistant = await assistant_over(tmp_path, audit="required")
    async for event in assistant.stream("Who is the duty manager?"):
        if isinstance(event, Answer):
            assert (await log_of(assistant).head()).seq == 1


@pytest.mark.parametrize("mode", ["on", "required"])
async def test_a_log_that_can_not_be_written_costs_the_answer_only_when_required(
    tmp_path: Path, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    assistant = await assistant_over(tmp_path, audit=mode)
    await asyncio.to_thread((tmp_path / "audit.sqlite").write_bytes, b"not a database at all" * 500)
    if mode == "required":
        with pytest.raises(StorageDamaged, match=r"audit\.sqlite is damaged"):
            await assistant.ask(SALARY, reader=FINANCE, conversation="c")
    else:
        answer = await assistant.ask("Who is the duty manager?", reader=FINANCE, conversation="c")
        assert "Lotte Verbeek" in answer.answer
        assert "this question is not remembered" in caplog.text
    assert await assistant._conversations.turns("c", reader=FINANCE, limit=9) == []


async def test_a_log_that_breaks_while_a_question_is_answered_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assistant = await assistant_over(tmp_path, audit="on")
    await assistant.ask("Who is the duty manager?")
    await assistant._memory.close()
    await log_of(assistant)._database.run(lambda tx: tx.execute("UPDATE {p}head SET seal = 'x'"))
    await assistant.ask("Who is the duty manager?")
    await assistant._memory.close()
    assert "a question is missing from the audit log" in caplog.text


class UnprunableLog(AuditLog):
    async def prune(self, keep_days: float) -> int:
        raise StorageFull("no room")


async def test_old_entries_that_can_not_be_dropped_cost_no_new_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assistant = await assistant_over(tmp_path, audit="required")
    kept = log_of(assistant)
    recorder = assistant._memory._recorder
    recorder._log = UnprunableLog(kept._database, kept._keeping)
    assert (await assistant.ask("Who is the duty manager?")).status == "answered"
    assert "old entries of the audit log were not dropped: no room" in caplog.text
    assert "is missing" not in caplog.text
    assert len(await written(assistant)) == 1


async def test_entries_are_pruned_as_the_setting_says(tmp_path: Path) -> None:
    assistant = await assistant_over(tmp_path, audit="on", audit_retention_days=1e-8)
    await assistant.ask("Who is the duty manager?")
    await assistant._memory.close()
    await asyncio.sleep(0.01)
    again = await assistant_over(tmp_path, audit="on", audit_retention_days=1e-8)
    await again.ask("Who is the duty manager?")
    kinds = [entry.kind for entry in await written(again)]
    assert "pruned" in kinds
    assert (await log_of(again).verify()).holds
