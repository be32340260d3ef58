"""The noun that a question word is followed by: what of a thing is asked."""

import pytest

from graph.questions.asked_things import thing_asked


@pytest.mark.parametrize(
    ("question", "thing"),
    [
        ("What's the Wi-Fi password in Cork?", {"password"}),
        ("How many charging points does Holm have?", {"point"}),
        ("Which plan is the cheapest?", {"plan"}),
        ("Who owns it?", set()),
        ("What year was it built?", set()),
        ("What does it cost?", set()),
    ],
)
def test_it_is_read_off_the_question(question: str, thing: set[str]) -> None:
    assert thing_asked(question) == thing
