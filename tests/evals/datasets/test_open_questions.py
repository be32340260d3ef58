"""Questions that name no row, step or case, or ask for all of something: their answers stand in the documents, word by
word."""

from collections import Counter
from pathlib import Path

import pytest

from evals.datasets import Dataset, load_dataset
from evals.datasets.detection import ASKED_FOR_ALL, ASKED_OPENLY
from evals.metrics.answers import answer_recall
from graph.texts.words import content_words
from tools.ingestion.documents import Limits
from tools.ingestion.formats.readers import read_document

TYPES = {
    "open": {"table": 16, "list": 12, "rule": 10, "unanswerable": 16},
    "lists": {"table": 7, "list": 5, "prose": 4, "part": 4, "unanswerable": 6},
}
NAMES = (*(f"{name}-open" for name in ASKED_OPENLY), *(f"{name}-lists" for name in ASKED_FOR_ALL))


@pytest.fixture(scope="module", params=NAMES)
def dataset(request: pytest.FixtureRequest) -> Dataset:
    return load_dataset(request.param)


def test_they_are_asked_over_the_documents_of_the_organisation(dataset: Dataset) -> None:
    organisation, _, asked = dataset.name.rpartition("-")
    assert dataset.corpus_digest == load_dataset(organisation).corpus_digest
    assert Counter(question.type for question in dataset.questions) == TYPES[asked]
    for question in dataset.questions:
        assert set(question.supporting_ids) <= dataset.corpus_ids
        assert bool(question.answers) == bool(question.supporting_ids) == question.answerable
        assert question.answerable == (question.type != "unanswerable")
        assert not answer_recall(question.question, question.answers)


def test_every_word_of_the_first_answer_stands_in_its_documents(dataset: Dataset) -> None:
    folder = dataset.corpus
    assert isinstance(folder, Path)
    for question in dataset.questions:
        read = [read_document((folder / name).read_bytes(), name, Limits()).text for name in question.supporting_ids]
        missing = content_words(" ".join(question.answers[:1])) - content_words(" ".join(read))
        assert not missing, question.id
