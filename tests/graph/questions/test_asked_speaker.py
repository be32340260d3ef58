"""Of several speakers, the one whose words the question asks for."""

import pytest

from graph.questions.asked_speaker import asks_for_proposal, speaks_for, words_of_saying


@pytest.mark.parametrize(
    ("question", "speaker", "speaks"),
    [
        ("What does Noor suggest?", "Noor", True),
        ("What does Li Hua suggest?", "LiHua", True),
        ("What does LiHua suggest?", "LiHua", True),
        ("What did Wolfgang say about the gig?", "WolfgangSchulz", True),
        ("What is Wolfgang's favorite hero?", "WolfgangSchulz", True),
        ("What is Noor's take, according to Jonas?", "Jonas", True),
        ("Who is the best, in the view of Jonas?", "Jonas", True),
        ("Who told Noor about the gig?", "Noor", False),
        ("Who told Noor about the gig?", "Jonas", None),
        ("When does Noor's lunch begin?", "Noor", None),
        ("When do Noor and Jonas meet?", "Noor", None),
        ("When is the lecture?", "Noor", None),
        ("What does Noora suggest?", "Noor", None),
    ],
)
def test_the_question_tells_whose_words_it_wants(question: str, speaker: str, speaks: bool | None) -> None:
    assert speaks_for(question, speaker) is speaks


def test_that_something_is_said_is_no_part_of_it() -> None:
    assert words_of_saying("What does Noor suggest, according to the chat?").split() == ["suggest", "according", "chat"]
    assert words_of_saying("When is the lecture?") == ""


@pytest.mark.parametrize(
    ("question", "asks"), [("Who proposes a walk?", True), ("What does Bo ask?", True), ("When is it?", False)]
)
def test_a_proposal_may_be_put_as_a_question(question: str, asks: bool) -> None:
    assert asks_for_proposal(question) is asks
