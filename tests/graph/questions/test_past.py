"""Questions about how things were."""

from datetime import UTC, datetime

import pytest

from graph.questions.past import looks_back

THIS_YEAR = datetime.now(UTC).year


@pytest.mark.parametrize(
    ("question", "back"),
    [
        ("What was the previous limit?", True),
        ("What does the 2019 policy say about hotels?", True),
        (f"What was the limit before April {THIS_YEAR}?", True),
        (f"Must I take my leave before April {THIS_YEAR}?", False),
        ("What is the limit?", False),
        ("What was the meal allowance before?", True),
        ("What is due before?", False),
        (f"How does the 2019 policy differ from that of {THIS_YEAR}?", False),
    ],
)
def test_a_question_looks_back_by_its_words_or_its_year(question: str, back: bool) -> None:
    assert looks_back(question) is back
