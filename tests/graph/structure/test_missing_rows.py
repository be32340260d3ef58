"""A table that has no row for what is asked about."""

import pytest

from graph.questions.asked_names import is_unheard_of
from tests.graph.conclusions.test_comparing import said

SERVICES = said(
    1, "Catalogue", "| Service | Does | Owner |\n|---|---|---|\n| lab-bridge | invoices | Ada Brun |"
).passage


@pytest.mark.parametrize(
    ("question", "unheard"),
    [
        ("Who owns the search service?", True),
        ("Which team runs the search service?", True),
        ("Who owns the invoices service?", False),
        ("Who owns the cheapest service?", False),
        ("Who owns the search engine?", False),
        ("Who has the most service?", False),
        ("Which plan has the least service?", False),
        ("Who owns the search service that Ada Brun began?", False),
    ],
)
def test_one_of_a_kind_that_no_row_and_no_text_speaks_of(question: str, unheard: bool) -> None:
    assert is_unheard_of(question, [SERVICES]) is unheard
