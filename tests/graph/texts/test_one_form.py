"""What is written in several ways, and counts as one."""

import pytest

from graph.questions.asked_names import names_heard
from graph.questions.focus import focus_of
from graph.texts.one_form import in_one_form, words_of
from graph.texts.words import content_words


@pytest.mark.parametrize(
    "written", ["the US", "the U.S.", "the USA", "the United States", "the united states", "THE US"]
)
def test_the_united_states_are_one_country_however_they_are_written(written: str) -> None:
    assert content_words(f"a rule in {written}") == {"rule", "usa"}


@pytest.mark.parametrize("written", ["tell us", "CONTACT US", "ASK US NOW", "MUST", "us"])
def test_who_speaks_is_no_country(written: str) -> None:
    assert "usa" not in content_words(written)


def test_other_words_of_those_letters_stay() -> None:
    assert in_one_form("USD 5, USB, a plus, the United Nations, a US-based firm") == (
        "USD 5, USB, a plus, the United Nations, a USA-based firm"
    )


def test_the_kingdom_and_the_union_go_by_their_letters_too() -> None:
    assert content_words("leave in the United Kingdom") == content_words("leave in the UK")
    assert content_words("outside the European Union") == content_words("outside the EU")
    assert content_words("European customers") == content_words("customers in Europe")


def test_a_name_of_two_words_is_one_where_words_are_gone_through() -> None:
    assert words_of("How long in the united states?") == ["How", "long", "in", "the", "united states?"]
    assert "usa" in focus_of("How long is probation in the United States?")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("149 euros", "EUR 149"),
        ("€149", "149 EUR"),
        ("in pounds", "in GBP"),
        ("£5", "5 pounds sterling"),
        ("$20", "20 US dollars"),
        ("Price ($)", "the price in dollars"),
        ("A$30", "30 Australian dollars"),
        ("in francs", "in CHF"),
        ("20 percent", "20 %"),
        ("20 per cent", "20%"),
    ],
)
def test_money_is_the_same_by_its_sign_its_code_and_its_name(one: str, other: str) -> None:
    assert content_words(one) == content_words(other)


def test_other_dollars_are_no_american_ones() -> None:
    assert content_words("in Australian dollars") == {"aud"}
    assert content_words("$HOME and ${name}") == {"home", "name"}


def test_a_pound_may_be_a_weight() -> None:
    assert "gbp" not in content_words("The parcel weighs 5 pounds")
    assert "gbp" not in content_words("20 pounds (9 kg)")


def test_to_own_something_is_to_be_its_owner_and_my_own_says_nothing() -> None:
    assert (
        content_words("Which services does Ada own?") == content_words("Ada owns services") == {"servic", "ada", "own"}
    )
    assert content_words("my own car, on its own") == {"car"}
    assert content_words("own code for retries") == {"code", "retri"}


def test_a_holiday_is_its_day_too() -> None:
    assert {"25", "decemb", "christma"} <= content_words("Do we sail on Christmas Day?")
    assert {"31", "decemb"} <= content_words("closed on New Year’s Eve")
    assert "decemb" not in content_words("the Christmas party")
    assert names_heard("Do we sail on Christmas Day?", []) == 1.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("it is kept", "we keep it"),
        ("sent by post", "send by post"),
        ("for kids", "for a child"),
        ("her ext.", "her extension"),
        ("186000", "£186,000"),
        ("children", "child"),
    ],
)
def test_forms_of_one_word_count_as_it(one: str, other: str) -> None:
    assert content_words(one) <= content_words(other)


def test_figures_that_are_no_groups_stay_apart() -> None:
    assert content_words("1,5") != content_words("15")
    assert content_words("2.000") != content_words("2000")
