"""Every port down, alone and together: a stated degradation or a typed error, and nothing half-said."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from agent.answers import Answer
from agent.events import Token
from graph.chaining.chains import Chains
from graph.confidence import Calibration
from graph.languages.extractive import ExtractiveLanguage
from graph.languages.model import ModelLanguage
from tests.agent.assistants import chat_at, memory
from tests.agent.serving.worlds import world
from tests.doubles import HashEmbedder, MemoryStore
from tests.openai_server import OpenAIServer, Refuses, Says
from tools.database.tables import Database, T, Transaction
from tools.errors import EmbedderUnavailable, HoplineError, MemoryUnavailable, SearchUnavailable, TransientError
from tools.passages import Hit, Passage, Reader
from tools.ports import AnswerToCheck, ClaimToCheck, FloatArray, TextDelta, Usage, Verdict

QUESTION = "Who is the duty manager that approves a refund above 500 euros?"


class DownStore(MemoryStore):
    async def search(self, query: str, vector: Sequence[float], reader: Reader, limit: int) -> list[Hit]:
        raise SearchUnavailable("the store did not answer")

    async def find_names(self, names: Sequence[str], reader: Reader, limit: int) -> list[Hit]:
        raise SearchUnavailable("the store did not answer")


class DownEmbedder(HashEmbedder):
    async def embed_queries(self, texts: Sequence[str]) -> FloatArray:
        raise RuntimeError("onnxruntime: bad allocation")


class DownReranker:
    name = "down"

    async def score(self, query: str, texts: Sequence[str]) -> list[float]:
        raise RuntimeError("the model's file is gone")


class DownVerifier:
    name = "down"

    async def verify(self, claims: Sequence[ClaimToCheck]) -> list[Verdict]:
        raise RuntimeError("onnxruntime: bad allocation")


class DownChecker:
    """The first calls succeed, later ones fail."""

    name = "down"

    def __init__(self, succeeds: int = 0) -> None:
        self._succeeds = succeeds

    async def check(self, answers: Sequence[AnswerToCheck]) -> list[float]:
        if not self._succeeds:
            raise RuntimeError("onnxruntime: bad allocation")
        self._succeeds -= 1
        return [0.99] * len(answers)


class Hearing:
    """Finds texts with a given word likely; the first calls fail."""

    name = "hearing"

    def __init__(self, word: str, *, fails: int = 0) -> None:
        self._word, self._fails = word, fails

    async def check(self, answers: Sequence[AnswerToCheck]) -> list[float]:
        if self._fails:
            self._fails -= 1
            raise RuntimeError("onnxruntime: bad allocation")
        return [0.99 if self._word in one.text else 0.01 for one in answers]


class DownMemory:
    """The database of the conversations, which can't be reached."""

    async def run(self, work: Callable[[Transaction], T]) -> T:
        raise MemoryUnavailable("the database did not answer")

    async def scrub(self) -> None: ...

    async def close(self) -> None: ...


class InOwnWords(ExtractiveLanguage):
    """Answers in words of its own, so that the verifier is needed; a quotation would not need it."""

    async def answer(self, chains: Chains, *, max_tokens: int) -> AsyncIterator[TextDelta]:
        number = next(item.number for item in chains.evidence if "Verbeek" in item.quote)
        yield TextDelta(f"Lotte Verbeek is the duty manager [{number}].")
        yield TextDelta("", Usage())


async def _ask(home: Path, **ports: Any) -> tuple[Answer | HoplineError, list[Any]]:
    events: list[Any] = []
    async with world(home, **ports) as here:
        try:
            async for event in here.assistant.stream(QUESTION, conversation="c"):
                events.append(event)  # noqa: PERF401 - what came before an error counts
        except HoplineError as error:
            return error, events
    answer = events[-1]
    assert isinstance(answer, Answer)
    return answer, events


async def test_without_its_verifier_it_says_nothing_by_default(tmp_path: Path) -> None:
    answer, events = await _ask(tmp_path, verifier=DownVerifier(), language=InOwnWords())
    assert isinstance(answer, Answer)
    assert answer.status == "declined"
    assert any("verifier is down" in note for note in answer.notes)
    assert not any("do not support" in note for note in answer.notes)
    assert not any(isinstance(event, Token) for event in events)


async def test_without_its_verifier_an_answer_can_be_marked_unverified(tmp_path: Path) -> None:
    options = {"verifier_down": "mark", "min_confidence": 0.2}
    answer, _ = await _ask(tmp_path, verifier=DownVerifier(), language=InOwnWords(), **options)
    assert isinstance(answer, Answer)
    assert answer.status == "partial"
    assert "Verbeek" in answer.answer
    assert any(note.startswith("Not verified") for note in answer.notes)


async def test_quotations_need_no_verifier(tmp_path: Path) -> None:
    answer, _ = await _ask(tmp_path, verifier=DownVerifier())
    assert isinstance(answer, Answer)
    assert answer.status == "answered"


async def test_without_its_reranker_the_chains_are_ranked_without_it(tmp_path: Path) -> None:
    answer, _ = await _ask(tmp_path, reranker=DownReranker())
    assert isinstance(answer, Answer)
    assert answer.status == "answered"
    assert any("reranker failed" in note for note in answer.notes)


class LetsBy:
    """A screener that finds nothing."""

    async def flagged(self, text: str) -> tuple[str, ...]:
        return ()


@pytest.mark.parametrize("succeeds", [0, 1])
@pytest.mark.parametrize("screener", [None, LetsBy()])
async def test_without_its_answer_checker_the_confidence_says_that_it_knows_less(
    tmp_path: Path, screener: LetsBy | None, succeeds: int
) -> None:
    async with world(tmp_path, checker=DownChecker(succeeds), screener=screener) as here:
        answer = await here.assistant.ask(QUESTION)
        assert not (await here.assistant.ask(QUESTION)).from_cache
    assert answer.status == "answered"
    assert "answers" not in answer.features
    assert sum("near misses is down" in note for note in answer.notes) == 1


LANTERNS = (
    Passage(key="l", id="l", source="l", title="Lantern", text="The battery is replaced in the warranty of a lantern."),
    Passage(key="r", id="r", source="r", title="Rules", text="Every lantern is covered for three years."),
)
SURE = Calibration({}, 3.0)
COVERED = "How long is the warranty of a lantern?"


async def _quoted(home: Path, word: str, *, fails: int = 0, **ports: Any) -> tuple[Answer, bool]:
    """The answer, and whether it was remembered."""
    async with world(home, checker=Hearing(word, fails=fails), min_confidence=0.0, **ports) as here:
        for passage in LANTERNS:
            await here.write(passage)
        first = await here.assistant.ask(COVERED)
        return first, (await here.assistant.ask(COVERED)).from_cache


@pytest.mark.parametrize("word", ["covered", "battery"])
async def test_the_answer_checker_has_a_say_in_what_is_quoted(tmp_path: Path, word: str) -> None:
    answer, is_remembered = await _quoted(tmp_path, word)
    assert is_remembered
    assert word in answer.answer.split("[1]")[0]
    assert answer.features["answers"] > 0.5


@pytest.mark.parametrize(
    "fallen_short", [Refuses(500, "down", headers={"retry-after": "0"}), Says("It never ends [1].")]
)
async def test_what_stands_in_for_a_model_is_chosen_and_weighed_as_quotations_are(
    tmp_path: Path, openai_server: OpenAIServer, fallen_short: Refuses | Says
) -> None:
    openai_server.handler = lambda body: fallen_short
    chat = chat_at(openai_server)
    ports: dict[str, Any] = {"language": ModelLanguage(chat), "quoting": SURE, "model": "m"}
    answer, _ = await _quoted(tmp_path / "with", "covered", **ports)
    await chat.close()
    quoted, _ = await _quoted(tmp_path / "without", "covered")
    assert answer.mode == "extractive"
    assert "covered" in answer.answer.split("[1]")[0]
    assert answer.features == quoted.features


async def test_a_checker_that_fails_while_chains_are_read_is_told_of_once(tmp_path: Path) -> None:
    answer, is_remembered = await _quoted(tmp_path, "covered", fails=2)
    assert not is_remembered
    assert sum("near misses is down" in note for note in answer.notes) == 1
    assert "answers" in answer.features


async def test_without_its_memory_a_question_is_answered_by_itself(tmp_path: Path) -> None:
    answer, _ = await _ask(tmp_path, conversations=DownMemory())
    assert isinstance(answer, Answer)
    assert answer.status == "answered"
    assert sum("conversation" in note for note in answer.notes) == 2


async def test_without_its_store_nothing_is_said(tmp_path: Path) -> None:
    store = DownStore()
    async with world(tmp_path) as here:
        here.store._store = store
        with pytest.raises(SearchUnavailable):
            await here.assistant.ask(QUESTION, conversation="c")
        assert await here.assistant._conversations.turns("c", reader=Reader(), limit=5) == []


async def test_a_local_embedder_that_breaks_is_its_own_error(tmp_path: Path) -> None:
    error, events = await _ask(tmp_path, embedder=DownEmbedder(256))
    assert isinstance(error, EmbedderUnavailable)
    assert not any(isinstance(event, Token | Answer) for event in events)


async def test_without_its_model_an_answer_quotes_and_says_so(tmp_path: Path, openai_server: OpenAIServer) -> None:
    openai_server.handler = lambda body: Refuses(500, "down", headers={"retry-after": "0"})
    chat = chat_at(openai_server)
    answer, _ = await _ask(tmp_path, language=ModelLanguage(chat), model="m")
    await chat.close()
    assert isinstance(answer, Answer)
    assert (answer.status, answer.mode) == ("answered", "extractive")
    assert any("quotes the documents" in note for note in answer.notes)


@pytest.mark.parametrize("down", [pair for n in (2, 3, 4) for pair in combinations(range(4), n)])
async def test_any_ports_down_together_degrade_as_each_does_alone(
    tmp_path: Path, openai_server: OpenAIServer, down: tuple[int, ...]
) -> None:
    openai_server.handler = lambda body: (
        Refuses(500, "down", headers={"retry-after": "0"}) if 3 in down else Says(_in_own_words(body))
    )
    chat = chat_at(openai_server)
    ports: dict[str, Any] = {
        "reranker": DownReranker() if 0 in down else None,
        "verifier": DownVerifier() if 1 in down else None,
        "conversations": DownMemory() if 2 in down else None,
    }
    answer, _ = await _ask(tmp_path, language=ModelLanguage(chat), model="m", **ports)
    await chat.close()
    assert isinstance(answer, Answer)
    notes = " ".join(answer.notes)
    assert ("reranker failed" in notes) == (0 in down)
    assert ("can't be read" in notes) == (2 in down)
    assert ("quotes the documents" in notes) == (3 in down)
    assert (answer.mode == "extractive") == (3 in down)
    if 1 in down and 3 not in down:
        assert answer.status == "declined"
        assert "verifier is down" in notes


async def test_what_a_part_that_was_down_has_spoilt_is_not_remembered(tmp_path: Path) -> None:
    async with world(tmp_path, reranker=DownReranker()) as here:
        await here.assistant.ask(QUESTION)
        assert not (await here.assistant.ask(QUESTION)).from_cache


async def test_a_store_that_stays_away_is_left_alone_for_a_while(tmp_path: Path) -> None:
    class Counting(DownStore):
        calls = 0

        async def search(self, query: str, vector: Sequence[float], reader: Reader, limit: int) -> list[Hit]:
            Counting.calls += 1
            return await super().search(query, vector, reader, limit)

    async with world(tmp_path) as here:
        here.store._store = Counting()
        outcomes = [await _error_of(here.assistant.ask(QUESTION)) for _ in range(12)]
    assert all(isinstance(outcome, SearchUnavailable) for outcome in outcomes)
    assert Counting.calls < 12
    last = outcomes[-1]
    assert isinstance(last, TransientError)
    assert last.retry_after_seconds is not None


def _in_own_words(body: dict[str, Any]) -> str | dict[str, Any]:
    """What a model would write, with the mark of the sentence it uses; it declines everything else."""
    if body.get("response_format"):
        return {"question": QUESTION, "sub_questions": [], "complete": True, "next_question": "", "sentence": ""}
    prompt = body["messages"][-1]["content"]
    number = next(line[1 : line.index("]")] for line in prompt.splitlines() if "Verbeek" in line)
    return f"Lotte Verbeek is the duty manager [{number}]."


async def _error_of(asked: Any) -> HoplineError | None:
    try:
        await asked
    except HoplineError as error:
        return error
    return None


def test_the_doubles_are_what_they_stand_for() -> None:
    memory_: Database = DownMemory()
    assert memory_ is not None
    assert asyncio.iscoroutinefunction(memory)
