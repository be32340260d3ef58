"""MuSiQue's official JSON Lines (`musique_ans_*`, `musique_full_*`).

Shape: `{id, question, paragraphs: [{idx, title, paragraph_text, is_supporting}], answer, answer_aliases, answerable,
question_decomposition}`; test files lack the answer and `is_supporting`.
"""

import re
from pathlib import Path

from pydantic import Field

from evals.datasets.paragraphs import ParagraphPool, digest_of
from evals.datasets.questions import Dataset, Question
from evals.datasets.rows import RowShape, read_rows

_HOPS = re.compile(r"^(\d)hop")


class MusiqueParagraph(RowShape):
    title: str
    paragraph_text: str
    is_supporting: bool = False


class MusiqueRow(RowShape):
    id: str = Field(min_length=1)
    question: str = Field(min_length=1)
    paragraphs: tuple[MusiqueParagraph, ...]
    answer: str | None = None
    answer_aliases: tuple[str, ...] = ()
    answerable: bool = True


def load_musique(path: Path) -> Dataset:
    """The `full` files pair each question with an unanswerable twin whose context lacks a paragraph. All contexts form
    one corpus here, so that paragraph is there after all: twins are left out, and a note counts them."""
    pool = ParagraphPool()
    questions: dict[str, Question] = {}
    twins = 0
    for row in read_rows(path):
        shape = row.as_shape(MusiqueRow)
        question = _question(shape, pool)
        if not question.answerable:
            twins += 1
        elif question.id in questions:
            raise row.place.error(f"the question id {question.id!r} appears twice")
        else:
            questions[question.id] = question
    notes = (f"{twins} unanswerable twins left out: over one shared corpus they are answerable",) if twins else ()
    rows = pool.rows
    return Dataset(
        path.stem, tuple(questions.values()), rows, frozenset(row.id for row in rows), digest_of(rows), notes
    )


def _question(row: MusiqueRow, pool: ParagraphPool) -> Question:
    ids = [(pool.add(paragraph.title, paragraph.paragraph_text), paragraph) for paragraph in row.paragraphs]
    supporting = dict.fromkeys(identifier for identifier, paragraph in ids if paragraph.is_supporting)
    golds = (row.answer, *row.answer_aliases) if row.answer is not None else ()
    hops = _HOPS.match(row.id)
    return Question(
        id=row.id,
        question=row.question,
        answers=tuple(dict.fromkeys(gold for gold in golds if gold)),
        supporting_ids=tuple(supporting),
        type=row.id.split("__")[0] if hops else None,
        hops=int(hops[1]) if hops else len(supporting) or None,
        answerable=row.answerable,
    )
