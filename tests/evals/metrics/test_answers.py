import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.metrics.answers import answer_recall, exact_match, f1, is_closed, normalise, without_marks, word_recall


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("The  Cat, a dog & AN owl!", "cat dog owl"),
        ("U.S.A.", "usa"),
        ("mother-in-law", "motherinlaw"),
        ("Beyoncé’s", "beyoncé’s"),  # a curly apostrophe is not ASCII punctuation
        ("A.", ""),
        ("", ""),
    ],
)
def test_normalisation_follows_the_official_script(text: str, plain: str) -> None:
    assert normalise(text) == plain


# Expected values are the outputs of hotpot_evaluate_v1.py's f1_score and exact_match_score.
OFFICIAL = [
    ("Tim Burton", "Tim Burton", 1.0, 1.0),
    ("the director Tim Burton", "Tim Burton", 0.0, 0.8),
    ("Burton", "Tim Burton", 0.0, 2 / 3),
    ("yes", "no", 0.0, 0.0),
    ("yes, they are", "yes", 0.0, 0.0),
    ("Yes.", "yes", 1.0, 1.0),
    ("noanswer", "Tim Burton", 0.0, 0.0),
    ("Tim Tim Burton", "Tim Burton", 0.0, 0.8),
    ("1,000", "1000", 1.0, 1.0),
    ("", "Tim Burton", 0.0, 0.0),
    ("the", "a", 1.0, 0.0),
]


@pytest.mark.parametrize(("prediction", "gold", "em", "token_f1"), OFFICIAL)
def test_em_and_f1_give_the_official_outputs(prediction: str, gold: str, em: float, token_f1: float) -> None:
    assert exact_match(prediction, [gold]) == em
    assert f1(prediction, [gold]) == pytest.approx(token_f1)


def test_the_best_gold_answer_counts_and_none_is_not_applicable() -> None:
    assert exact_match("JFK", ["John F. Kennedy", "JFK"]) == 1
    assert f1("Kennedy", ["John F. Kennedy", "JFK"]) == pytest.approx(0.5)
    assert exact_match("JFK", []) is None
    assert f1("JFK", []) is None


def test_answer_recall_holds_to_word_boundaries() -> None:
    assert answer_recall("It was directed by Tim Burton in 1994.", ["Tim Burton"]) == 1
    assert answer_recall("It was built in 1935.", ["35"]) == 0
    assert answer_recall("Nothing", ["Tim Burton"]) == 0
    assert answer_recall("Nothing", ["", "The"]) is None


def test_yes_and_no_count_only_as_the_first_word() -> None:
    assert answer_recall("There is no evidence of that.", ["no"]) == 0
    assert answer_recall("No, they are not.", ["no"]) == 1
    assert is_closed(["Yes"])
    assert not is_closed(["yes", "yes indeed"])
    assert not is_closed([])


def test_citation_marks_are_no_part_of_the_answer() -> None:
    assert without_marks("Paris [1][2]. It is in France [3, 4].") == "Paris. It is in France."
    assert without_marks("See [ISO 9001] and x[i].") == "See [ISO 9001] and x[i]."
    assert exact_match(without_marks("Paris [1]"), ["Paris"]) == 1


@given(st.text(max_size=30), st.text(max_size=30))
def test_f1_is_symmetric_bounded_and_one_for_equal_texts(left: str, right: str) -> None:
    value = f1(left, [right])
    assert value is not None
    assert 0 <= value <= 1
    assert value == pytest.approx(f1(right, [left]))
    assert f1(left, [left]) == (1.0 if normalise(left) else 0.0)


@pytest.mark.parametrize(
    ("prediction", "answers", "recall"),
    [
        ("I have to attend a medical lecture this Sunday.", ["She has to attend a medical lecture"], 1.0),
        ("The lecture is this Saturday at 7 PM.", ["7 PM on Saturday"], 1.0),
        ("The lecture is this Sunday at 7 PM.", ["7 PM on Saturday"], 2 / 3),
        ("Robert Brown and John Smith", ["Robert Smith"], None),
        ("Anything", [], None),
        ("Robert Brown and John Smith", ["Robert Smith", "the brown house of John Smith"], 3 / 4),
    ],
)
def test_the_words_of_a_longer_answer_count_in_any_order(
    prediction: str, answers: list[str], recall: float | None
) -> None:
    assert word_recall(prediction, answers) == recall
