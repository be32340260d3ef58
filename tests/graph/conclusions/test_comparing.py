"""Comparisons are concluded from two cited sentences, or not at all."""

from dataclasses import replace

import pytest

from graph.conclusions.comparing import conclude
from graph.conclusions.comparison import comparison_in
from graph.evidence import Evidence
from tools.names import names_of
from tools.passages import Passage


def said(number: int, title: str, text: str) -> Evidence:
    passage = Passage(key=title, id=title, source=title, title=title, text=text, names=names_of(title), end=len(text))
    return Evidence(number, passage, text, 0, len(text), 0.5)


FILMS = (
    said(1, "Mill Lane", "Mill Lane is a 1953 film directed by Ada Brun and starring Otto Falk."),
    said(2, "Red Harbour (film)", "Red Harbour is a 1961 film directed by Lotte Verbeek."),
    said(3, "Ada Brun", "Ada Brun (4 May 1920 – 2 June 1990) was a Finnish director."),
    said(4, "Lotte Verbeek", "Lotte Verbeek (born 12 July 1911) is a Dutch director."),
    said(5, "Otto Falk", "Otto Falk (born 1 January 1890) was a German actor."),
)


@pytest.mark.parametrize(
    ("question", "answer", "numbers"),
    [
        ("Which film was released first, Mill Lane or Red Harbour?", "Mill Lane, 1953;", (1, 2)),
        (
            "Which film came out later, Mill Lane or Red Harbour (Film)?",
            "Red Harbour (Film), 1961;",
            (2, 1),
        ),
        ("Who is older, Ada Brun or Lotte Verbeek?", "Lotte Verbeek, born 12 July 1911;", (3, 4)),
        ("Who was born later, Ada Brun or Lotte Verbeek?", "Ada Brun, born 4 May 1920", (3, 4)),
        (
            "Which film has the director born first, Mill Lane or Red Harbour?",
            "Red Harbour: Lotte Verbeek, born 12",
            (3, 4),
        ),
        ("Are Ada Brun and Lotte Verbeek from the same country?", "No: Ada Brun is Finnish", (3, 4)),
        (
            "Do both films Mill Lane and Red Harbour have directors of the same nationality?",
            "No: Ada Brun is Finn",
            (3, 4),
        ),
        ("Was Ada Brun or Lotte Verbeek born first?", "Lotte Verbeek, born 12 July 1911;", (3, 4)),
    ],
)
def test_what_two_sentences_say_is_compared(question: str, answer: str, numbers: tuple[int, ...]) -> None:
    conclusion = conclude(question, FILMS)
    assert conclusion is not None
    assert conclusion.text.startswith(answer)
    assert set(conclusion.numbers) == set(numbers)


def test_the_conclusion_holds_both_values_for_the_reader_to_check() -> None:
    conclusion = conclude("Who is older, Ada Brun or Lotte Verbeek?", FILMS)
    assert conclusion is not None
    assert conclusion.text == "Lotte Verbeek, born 12 July 1911; Ada Brun, born 4 May 1920."


@pytest.mark.parametrize(
    "question",
    [
        "Who is older, Ada Brun or Emil Zorn?",
        "Who died first, Ada Brun or Lotte Verbeek?",
        "Which film was released first, Mill Lane or Blue Harbour?",
        "Who directed Mill Lane?",
        "Which sensor runs longer, Mill Lane or Red Harbour?",
    ],
)
def test_without_both_values_nothing_is_concluded(question: str) -> None:
    assert conclude(question, FILMS) is None


def test_a_year_and_a_day_of_that_year_are_in_no_order() -> None:
    pair = (said(1, "One", "One (born 1920) is a singer."), said(2, "Two", "Two (born 3 May 1920) is a singer."))
    assert conclude("Who is older, One or Two?", pair) is None


def test_english_and_scottish_are_not_told_apart() -> None:
    pair = (said(1, "One", "One is an English singer."), said(2, "Two", "Two is a Scottish singer."))
    assert conclude("Are One and Two from the same country?", pair) is None
    same = (said(1, "One", "One is an English singer."), said(2, "Two", "Two is an English actor."))
    conclusion = conclude("Are One and Two from the same country?", same)
    assert conclusion is not None
    assert conclusion.text.startswith("Yes: ")


def test_a_title_with_or_in_it_is_known_by_its_document() -> None:
    found = comparison_in("Which came first, Do or Die or Red Harbour?", frozenset({"do or die", "red harbour"}))
    assert found is not None
    assert found.options == ("Do or Die", "Red Harbour")


def test_a_table_is_not_about_each_of_the_things_in_its_rows() -> None:
    """A value of another row would be concluded from, and proven."""
    table = replace(said(1, "Films", "").passage, row_names=("green hills", "blue lake"))
    rows = ("Film: Green Hills; Released: 3 May 1999", "Film: Blue Lake; Released: 1 July 1950")
    evidence = [Evidence(n, table, row, 0, len(row), 0.5) for n, row in enumerate(rows, 1)]
    evidence.append(said(3, "Red River", "Red River is a film of 6 June 1970."))
    assert conclude("Which film came out first, Blue Lake or Red River?", evidence) is None


STAFF = (
    said(1, "Staff", "Name: Ana Prada; Site: Lisbon; Joined: 2019-03-01; Contract ends: 2027-02-28"),
    said(2, "Staff", "Name: Dario Conti; Site: Ghent; Joined: 2020-06-01; Contract ends: 2026-05-31"),
    said(3, "Lotte Verbeek", "Lotte Verbeek started in 1998."),
)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Who started first, Ana Prada or Dario Conti?", "Ana Prada, 2019-03-01; Dario Conti, 2020-06-01."),
        ("Did Ana Prada or Dario Conti join later?", "Dario Conti, 2020-06-01; Ana Prada, 2019-03-01."),
        ("Whose contract ends first, Ana Prada or Dario Conti?", "Dario Conti, 2026-05-31; Ana Prada, 2027-02-28."),
        ("Who left first, Ana Prada or Dario Conti?", None),
        ("Who started first, Ana Prada or Lotte Verbeek?", None),
    ],
)
def test_dates_of_two_rows_are_compared_in_the_column_that_is_asked_for(question: str, text: str | None) -> None:
    conclusion = conclude(question, STAFF)
    assert (conclusion.text if conclusion else None) == text


def test_a_date_in_a_superseded_row_is_not_compared() -> None:
    old = replace(STAFF[0], passage=replace(STAFF[0].passage, status="superseded"))
    assert conclude("Who started first, Ana Prada or Dario Conti?", (old, *STAFF[1:])) is None
