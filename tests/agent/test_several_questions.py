"""One message, several questions: each is answered from its own evidence, or named as missing."""

import math
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

import pytest

from agent.answers import Answer
from agent.assistant import Assistant
from agent.events import Token
from tests.agent.assistants import WORLD, assistant_over, passage
from tests.doubles import HashEmbedder
from tools.errors import EmbedderUnavailable
from tools.passages import Reader
from tools.ports import FloatArray

BOTH = "What does parking cost and when does the canteen open?"
HALF = "What does parking cost and who founded Norvik Oy of Helsinki?"
NEITHER = "When was Norvik Oy founded and who owns Norvik Oy of Helsinki?"


@pytest.fixture
async def assistant(tmp_path: Path) -> Assistant:
    return await assistant_over(tmp_path)


async def streamed(assistant: Assistant, question: str) -> tuple[str, Answer]:
    text, sources = "", set[str]()
    async with aclosing(assistant.stream(question)) as events:
        async for event in events:
            if isinstance(event, Token):
                text, sources = text + event.text, {*sources, *event.sources}
            if isinstance(event, Answer):
                assert sources == {citation.source for citation in event.citations}
                return text, event
    raise AssertionError("the stream ended without an answer")


async def test_each_question_is_answered_from_its_own_evidence(assistant: Assistant) -> None:
    text, answer = await streamed(assistant, BOTH)
    assert answer.status == "answered"
    assert "three euros" in answer.answer.partition("[1]")[0]
    assert "at nine" in answer.answer.partition("[1]")[2]
    assert {citation.source for citation in answer.citations} >= {"parking.md", "canteen.md"}
    assert [citation.marker for citation in answer.citations] == list(range(1, len(answer.citations) + 1))
    texts = {one.source: one.text for one in WORLD}
    assert all(one.quote == texts[one.source][one.start : one.end] for one in answer.citations)
    assert text == answer.answer
    assert "three euros" in answer.draft
    assert "at nine" in answer.draft
    assert {"What does parking cost?", "when does the canteen open?"} <= {hop.query for hop in answer.hops}


async def test_all_of_it_is_right_as_often_as_each_part_together(assistant: Assistant) -> None:
    alone = [await assistant.ask(part) for part in ("What does parking cost?", "When does the canteen open?")]
    both = await assistant.ask(BOTH)
    assert both.confidence == pytest.approx(math.prod(one.confidence for one in alone), abs=0.15)
    assert both.confidence < min(one.confidence for one in alone)


async def test_what_is_not_found_is_named_beside_what_is(assistant: Assistant) -> None:
    text, answer = await streamed(assistant, HALF)
    assert answer.status == "partial"
    assert "three euros" in answer.answer
    assert text == answer.answer
    assert "Norvik" in " ".join(answer.missing)
    assert {citation.source for citation in answer.citations} == {"parking.md"}


async def test_it_is_declined_where_nothing_is_found(assistant: Assistant) -> None:
    text, answer = await streamed(assistant, NEITHER)
    assert (answer.status, text, answer.citations, answer.claims) == ("declined", "", (), ())
    assert "Norvik" in " ".join(answer.missing)


async def test_a_sentence_that_answers_both_is_said_once(tmp_path: Path) -> None:
    said = "The canteen opens at nine and closes at six."
    assistant = await assistant_over(tmp_path, [passage("canteen", "Canteen", said)])
    answer = await assistant.ask("When does the canteen open and when does the canteen close?")
    assert answer.answer == f"{said} [1]"
    assert answer.status == "answered"


async def test_a_part_may_lean_on_what_was_found_for_the_one_before_it(assistant: Assistant) -> None:
    answer = await assistant.ask("Who is the duty manager and where does she sit?")
    assert "Lotte Verbeek" in answer.answer
    assert "Utrecht" in answer.answer


async def test_no_part_reads_what_its_reader_may_not(assistant: Assistant) -> None:
    question = "What does parking cost and how much does the duty manager earn a month?"
    answer = await assistant.ask(question)
    assert "4200" not in answer.model_dump_json(exclude={"run_id"})
    told = await assistant.ask(question, reader=Reader(user="fin", groups=("finance",)))
    assert "4200" in told.answer


async def test_it_is_no_whole_answer_when_all_of_it_together_is_not_sure_enough(tmp_path: Path) -> None:
    sure = await assistant_over(tmp_path, min_confidence=0.5)
    both = await sure.ask(BOTH)
    assert both.features == {}
    strict = await assistant_over(tmp_path, min_confidence=both.confidence + 0.002)
    answer = await strict.ask(BOTH)
    assert (answer.status, answer.answer) == ("partial", both.answer)
    assert "by itself" in " ".join(answer.notes)


async def test_what_follows_up_on_no_turn_is_asked_without_its_topic(assistant: Assistant) -> None:
    await assistant.ask("When does the canteen open?", conversation="c")
    answer = await assistant.ask("Who is the duty manager and where does she sit?", conversation="c")
    assert "Utrecht" in answer.answer
    assert "canteen" not in answer.rewritten_question


async def test_a_part_that_can_not_be_embedded_is_read_as_the_whole_message(tmp_path: Path) -> None:
    class Tiring(HashEmbedder):
        """Embeds the searches and the first part."""

        left = 4

        async def embed_queries(self, texts: Sequence[str]) -> FloatArray:
            self.left -= 1
            if self.left < 0:
                raise EmbedderUnavailable("the embedder is down")
            return await super().embed_queries(texts)

    assistant = await assistant_over(tmp_path, embedder=Tiring(256))
    text, answer = await streamed(assistant, BOTH)
    assert "three euros" in text
    assert text == answer.answer


async def test_what_is_screened_is_screened_as_a_whole(tmp_path: Path) -> None:
    seen: list[str] = []

    class Seeing:
        async def flagged(self, text: str) -> tuple[str, ...]:
            seen.append(text)
            return ("harassment",)

    assistant = await assistant_over(tmp_path, screener=Seeing())
    text, answer = await streamed(assistant, BOTH)
    assert (text, answer.status, len(seen)) == ("", "declined", 1)
    assert "three euros" in seen[0]
    assert "nine" in seen[0]
    assert "three euros" not in answer.model_dump_json(exclude={"draft"})


async def test_notes_of_an_answer_that_is_held_back_do_not_say_it(tmp_path: Path) -> None:
    class Refusing:
        async def flagged(self, text: str) -> tuple[str, ...]:
            return ("harassment",)

    world = [
        passage("one", "Parking garage", "Parking in the garage costs 7 euros a day."),
        passage("two", "Parking garage", "Parking in the garage costs 9 euros a day."),
        passage("canteen", "Canteen", "The canteen opens at nine."),
    ]
    question = "What does parking in the garage cost and when does the canteen open?"
    shown = await (await assistant_over(tmp_path / "shown", world)).ask(question)
    assert "9 euros" in " ".join(shown.notes) or "7 euros" in " ".join(shown.notes)
    held = await (await assistant_over(tmp_path / "held", world, screener=Refusing())).ask(question)
    assert (held.status, held.notes) == ("declined", ())
