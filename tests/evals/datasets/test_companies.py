"""The bundled organisations: their questions fit their documents."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from evals.datasets import Dataset, load_dataset
from evals.metrics.answers import answer_recall, normalise
from tools.errors import InvalidDataset
from tools.ingestion.documents import Limits
from tools.ingestion.formats.readers import read_document


@dataclass(frozen=True, slots=True)
class Company:
    name: str
    prefix: str
    questions: int
    documents: int
    unasked: frozenset[str]
    """Documents that only stand beside those which are asked about."""

    derived: frozenset[str] = frozenset()
    """Questions whose answer follows from the documents and stands in none."""


MARROWGATE = Company(
    name="marrowgate",
    prefix="mg",
    questions=250,
    documents=40,
    unasked=frozenset({"engineering/decisions/adr-0004-rabbitmq.md", "engineering/decisions/adr-0018-kotlin.md"}),
)
SALLOW = Company(
    name="sallow",
    prefix="ss",
    questions=146,
    documents=44,
    unasked=frozenset(
        {
            "meetings/memo-strachey.txt",
            "ops/assistance.md",
            "people/cycle-scheme-old.md",
            "people/staff-travel.md",
        }
    ),
)


OTHERS = [
    Company("aldhelm", "ho", 110, 28, frozenset()),
    Company("tessellate", "so", 110, 31, frozenset({"engineering/adr-014-rabbitmq-for-spindle.md"})),
    Company("marlstead", "un", 120, 36, frozenset()),
    Company("hollin", "fa", 120, 36, frozenset()),
    Company("brackwater", "co", 120, 35, frozenset(), frozenset({"co-048", "co-068", "co-095", "co-114"})),
]


@pytest.fixture(scope="module", params=[MARROWGATE, SALLOW, *OTHERS], ids=lambda company: company.name)
def company(request: pytest.FixtureRequest) -> Company:
    chosen = request.param
    assert isinstance(chosen, Company)
    return chosen


@pytest.fixture(scope="module")
def dataset(company: Company) -> Dataset:
    return load_dataset(company.name)


@pytest.fixture(scope="module")
def texts(dataset: Dataset) -> dict[str, str]:
    """Each document as ingestion reads it."""
    folder = dataset.corpus
    assert isinstance(folder, Path)
    return {name: read_document((folder / name).read_bytes(), name, Limits()).text for name in dataset.corpus_ids}


def test_it_is_found_by_name_and_names_only_documents_that_are_there(company: Company, dataset: Dataset) -> None:
    assert dataset.name == company.name
    assert (len(dataset.questions), len(dataset.corpus_ids)) == (company.questions, company.documents)
    for question in dataset.questions:
        assert re.fullmatch(rf"{company.prefix}-\d{{3}}", question.id)
        assert set(question.supporting_ids) <= dataset.corpus_ids
        assert bool(question.answers) == bool(question.supporting_ids) == bool(question.hops) == question.answerable
        assert question.answerable == (question.type != "unanswerable")
        assert bool(question.history) or question.type != "follow_up"


def test_every_first_answer_stands_in_its_documents_part_by_part(
    company: Company, dataset: Dataset, texts: dict[str, str]
) -> None:
    """A cell stands apart from its column's name, and the items of a list stand in rows of their own."""
    missing = [
        (question.id, part)
        for question in dataset.questions
        if question.id not in company.derived
        for part in re.split(r"[:;,] ", question.answers[0] if question.answers else "")
        if part and f" {normalise(part)} " not in f" {normalise(' '.join(texts[i] for i in question.supporting_ids))} "
    ]
    assert missing == []


def test_every_document_is_asked_about(company: Company, dataset: Dataset) -> None:
    asked = {name for question in dataset.questions for name in question.supporting_ids}
    assert dataset.corpus_ids - asked == company.unasked


def test_no_answer_is_given_away_by_its_question(dataset: Dataset) -> None:
    for question in dataset.questions:
        assert not answer_recall(question.question, question.answers), question.id


def test_sallow_says_of_each_question_whether_the_rules_were_mended_by_it() -> None:
    folder = load_dataset("sallow").corpus
    assert isinstance(folder, Path)
    rows = [json.loads(line) for line in (folder.parent / "questions.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["seen"] for row in rows].count(True) == 88
    assert [row["seen"] for row in rows].count(False) == 58


def test_who_misspells_a_bundled_set_is_told_all_names() -> None:
    with pytest.raises(InvalidDataset, match=r"'handbook', 'handbook-plain', 'marrowgate', .* and 'sallow-lists'"):
        load_dataset("marowgate")
