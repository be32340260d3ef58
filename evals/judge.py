"""Answers graded by a model, which must not be the one that answers.

The judge reads the question, the gold answers and the answer, never the documents. `judgements.jsonl` in the run folder
keeps every grade under a digest of what was graded, by whom and with which prompt: no grade is asked for twice, and
none is used for another answer.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from functools import cache
from importlib import resources
from pathlib import Path
from string import Template
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.settings import Settings
from agent.speech import chat_of
from evals.metrics.answers import without_marks
from evals.metrics.correctness import ANSWERED
from evals.records import Record, RowWriter, complete_rows, open_rows
from graph.prompts.rendering import fence_around
from tools.errors import BadReply, InvalidInput, InvalidSetting, ModelUnavailable
from tools.ports import ChatModel, Message

JUDGEMENTS_FILE = "judgements.jsonl"
JUDGE_TOKENS = 200
MAX_ANSWER_CHARACTERS = 6_000
USER_PART = "\n<!-- user -->\n"
Grade = Literal["correct", "partly", "wrong"]


class JudgeReply(BaseModel):
    """The reason comes first, since a grade that follows from reasoning is better."""

    reason: str = Field(json_schema_extra={"maxLength": 400})
    grade: Grade


class Judgement(BaseModel):
    """`key` is a digest of what was graded, by whom and with which prompt."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    question_id: str
    judge: str
    prompt: str
    grade: Grade
    reason: str
    tokens: int


def judges_settings(settings: Settings) -> tuple[str, Settings]:
    """The judge's model and settings to open it with. Raises InvalidSetting without one, and if it would grade
    itself."""
    if not settings.judge_model:
        raise InvalidSetting("--judge needs a model to grade with: set HOPLINE_JUDGE_MODEL.")
    url = settings.judge_base_url or settings.openai_base_url
    if settings.judge_model == settings.model and url == settings.openai_base_url:
        raise InvalidSetting(
            f"HOPLINE_JUDGE_MODEL is {settings.judge_model}, which also answers: a model must not grade itself. "
            "Name another one, or give it its own HOPLINE_JUDGE_BASE_URL."
        )
    key = settings.judge_api_key or settings.openai_api_key
    if key is None:
        raise InvalidSetting("HOPLINE_JUDGE_MODEL is set but neither HOPLINE_JUDGE_API_KEY nor OPENAI_API_KEY is.")
    return settings.judge_model, settings.model_copy(update={"openai_api_key": key, "openai_base_url": url})


@asynccontextmanager
async def open_judge(settings: Settings) -> AsyncIterator[ChatModel]:
    """The model that HOPLINE_JUDGE_MODEL names; raises what `judges_settings` does."""
    model, own = judges_settings(settings)
    chat = await asyncio.to_thread(chat_of, own, model)
    try:
        yield chat
    finally:
        await chat.close()


def is_gradable(record: Record) -> bool:
    """Whether an answer was given to a question with known gold answers."""
    answer = record.answer
    given = answer is not None and answer.status in ANSWERED and record.error is None
    return given and record.question.answerable and bool(record.question.answers)


async def grade_answers(
    records: Sequence[Record], folder: Path, judge: ChatModel, *, concurrency: int, observe: Callable[[], None]
) -> None:
    """Grade what this judge has not graded yet. Answers that it fails to grade are tried again in the next run."""
    prompt = await asyncio.to_thread(prompt_digest)
    known = {judgement.key for judgement in await asyncio.to_thread(read_judgements, folder)}
    gradable = [record for record in records if is_gradable(record)]
    waiting = iter([record for record in gradable if key_of(record, judge.name, prompt) not in known])
    with closing(await asyncio.to_thread(open_rows, folder / JUDGEMENTS_FILE)) as rows:
        turn = asyncio.Lock()
        async with asyncio.TaskGroup() as group:
            for _ in range(max(1, concurrency)):
                group.create_task(_grade_in_turn(waiting, rows, turn, judge, prompt, observe))


async def _grade_in_turn(
    waiting: Iterator[Record],
    rows: RowWriter,
    turn: asyncio.Lock,
    judge: ChatModel,
    prompt: str,
    observe: Callable[[], None],
) -> None:
    for record in waiting:
        try:
            reply = await judge.structured(_messages(record), JudgeReply, max_tokens=JUDGE_TOKENS)
        except (ModelUnavailable, BadReply):
            observe()
            continue
        judgement = Judgement(
            key=key_of(record, judge.name, prompt),
            question_id=record.question.id,
            judge=judge.name,
            prompt=prompt,
            grade=reply.value.grade,
            reason=reply.value.reason,
            tokens=reply.usage.input_tokens + reply.usage.output_tokens,
        )
        async with turn:
            await asyncio.to_thread(rows.append_rows, [judgement.model_dump(mode="json")])
        observe()


def read_judgements(folder: Path) -> list[Judgement]:
    judgements = []
    for number, line in enumerate(complete_rows(folder / JUDGEMENTS_FILE), start=1):
        try:
            judgements.append(Judgement.model_validate_json(line))
        except ValidationError as error:
            place = f"{folder / JUDGEMENTS_FILE}:{number}"
            raise InvalidInput(f"{place}: not a judgement ({error.errors()[0]['msg']}).") from None
    return judgements


def current_judgements(records: Sequence[Record], judgements: Sequence[Judgement]) -> Mapping[str, Judgement]:
    """Question id → the grade of its present answer, by the judge and prompt used last."""
    if not judgements:
        return {}
    judge, prompt = judgements[-1].judge, judgements[-1].prompt
    by_key = {judgement.key: judgement for judgement in judgements}
    keys = {record.question.id: key_of(record, judge, prompt) for record in records if is_gradable(record)}
    return {identifier: by_key[key] for identifier, key in keys.items() if key in by_key}


def key_of(record: Record, judge: str, prompt: str) -> str:
    graded = (record.question.question, record.question.answers, _shown_answer(record), judge, prompt)
    return hashlib.sha256(repr(graded).encode(errors="replace")).hexdigest()


def prompt_digest() -> str:
    return hashlib.sha256(_prompt().encode()).hexdigest()


def _messages(record: Record) -> list[Message]:
    system, _, user = _prompt().partition(USER_PART)
    values = {
        "question": record.question.question,
        "references": "\n".join(f"- {answer}" for answer in record.question.answers),
        "answer": _shown_answer(record),
    }
    values["nonce"] = fence_around(*values.values())
    return [
        Message("system", Template(system.strip()).substitute(nonce=values["nonce"])),
        Message("user", Template(user.strip()).substitute(values)),
    ]


def _shown_answer(record: Record) -> str:
    return without_marks(record.answer.answer)[:MAX_ANSWER_CHARACTERS] if record.answer else ""


@cache
def _prompt() -> str:
    return (resources.files("evals.prompts") / "judge.md").read_text(encoding="utf-8")
