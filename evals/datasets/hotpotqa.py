"""HotpotQA (distractor and fullwiki) and 2WikiMultihopQA, whose official files share one shape.

Shape: a JSON list of `{_id, question, answer, type, supporting_facts: [[title, sentence]], context: [[title, [sentence,
…]], …]}`; 2WikiMultihopQA adds `evidences` and `answer_id`. Test files lack answers and supporting facts. Rows exported
as a table have columns in place of pairs (`{"title": […], "sent_id": […]}`), or JSON as text: both are read.
"""

import json
from pathlib import Path
from typing import Annotated

from pydantic import AliasChoices, BeforeValidator, Field

from evals.datasets.paragraphs import ParagraphPool, absent_id, digest_of
from evals.datasets.questions import Dataset, Question
from evals.datasets.rows import RowShape, read_rows

ALIASES_FILE = "id_aliases.json"


def _pairs(value: object) -> object:
    """`[[title, …], …]`, whichever way the row writes it."""
    if isinstance(value, str):
        value = json.loads(value)
    if isinstance(value, dict) and "title" in value and len(value) == 2:
        titles, others = value["title"], next(column for name, column in value.items() if name != "title")
        return list(zip(titles, others, strict=True))
    return () if value is None else value


class HotpotRow(RowShape):
    id: str = Field(validation_alias=AliasChoices("_id", "id"), min_length=1)
    question: str = Field(min_length=1)
    context: Annotated[tuple[tuple[str, tuple[str, ...]], ...], BeforeValidator(_pairs)]
    answer: str | None = None
    answer_id: str | None = None
    type: str | None = None
    supporting_facts: Annotated[tuple[tuple[str, int], ...], BeforeValidator(_pairs)] = ()


class AliasRow(RowShape):
    id: str = Field(alias="Q_id")
    aliases: tuple[str, ...] = ()
    demonyms: tuple[str, ...] = ()


def load_hotpotqa(path: Path) -> Dataset:
    """`answer_id` is looked up in `id_aliases.json` beside the file, as 2WikiMultihopQA's evaluation v1.1 does."""
    aliases = _aliases(path.with_name(ALIASES_FILE))
    pool = ParagraphPool()
    questions: dict[str, Question] = {}
    for row in read_rows(path):
        shape = row.as_shape(HotpotRow)
        if shape.id in questions:
            raise row.place.error(f"the question id {shape.id!r} appears twice")
        questions[shape.id] = _question(shape, pool, aliases)
    rows = pool.rows
    return Dataset(path.stem, tuple(questions.values()), rows, frozenset(row.id for row in rows), digest_of(rows))


def _question(row: HotpotRow, pool: ParagraphPool, aliases: dict[str, tuple[str, ...]]) -> Question:
    # Sentences carry their own leading space; only 2WikiMultihopQA's need one added.
    ids = {title: pool.add(title, _joined(sentences)) for title, sentences in row.context}
    # Titles are compared as the official evaluation does: without regard to case.
    folded = {title.casefold(): identifier for title, identifier in ids.items()}
    facts = [title for title, _ in row.supporting_facts]
    supporting = dict.fromkeys(ids.get(title) or folded.get(title.casefold()) or absent_id(title) for title in facts)
    golds = [row.answer, *aliases.get(row.answer_id or "", ())] if row.answer is not None else []
    return Question(
        id=row.id,
        question=row.question,
        answers=tuple(dict.fromkeys(gold for gold in golds if gold)),
        supporting_ids=tuple(supporting),
        type=row.type,
        hops=len(supporting) or None,
    )


def _joined(sentences: tuple[str, ...]) -> str:
    text = ""
    for sentence in sentences:
        text += sentence if not text or text[-1].isspace() or sentence[:1].isspace() else f" {sentence}"
    return text


def _aliases(path: Path) -> dict[str, tuple[str, ...]]:
    if not path.is_file():
        return {}
    rows = (row.as_shape(AliasRow) for row in read_rows(path))
    return {row.id: row.aliases + row.demonyms for row in rows}
