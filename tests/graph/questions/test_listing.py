"""Questions that ask for all there is of something, and those that ask for a part of it or for more."""

import time

import pytest

from graph.questions.listing import MAX_CHARACTERS, Listing, listing_in
from graph.texts.words import content_words


@pytest.mark.parametrize(
    ("question", "things", "noun"),
    [
        ("list all error codes", "error codes", "codes"),
        ("Please show me the error codes", "error codes", "codes"),
        ("Give us a list of all our sites, please", "sites", "sites"),
        ("give me the list of sites", "sites", "sites"),
        ("name all of the sites we have", "sites", "sites"),
        ("What are the plans?", "plans", "plans"),
        ("what're our core values", "core values", "values"),
        ("Who are our suppliers?", "suppliers", "suppliers"),
        ("What is the full list of suppliers?", "suppliers", "suppliers"),
        ("What error codes are there?", "error codes", "codes"),
        ("which devices do we sell?", "devices", "devices"),
        ("What are the milestones of a doctorate here", "milestones doctorate", "milestones"),
        ("opening hours", "opening hours", "hours"),
        ("  all  the sites ?", "sites", "sites"),
        ("which offices do we have?", "offices", "offices"),
        ("What do we sell?", "sell", "sell"),
        ("show me the service catalogue", "service", "service"),
        ("spare part list", "spare part", "part"),
    ],
)
def test_all_of_something_is_asked_for(question: str, things: str, noun: str) -> None:
    assert listing_in(question) == Listing(content_words(things), content_words(noun), noun)


@pytest.mark.parametrize(
    "question",
    [
        "How much do the devices cost?",
        "what do all our devices cost",
        "How much are the devices?",
        "what are the prices of our devices",
        "price of the devices",
        "what do all the devices cost us a year?",
    ],
)
def test_the_price_of_each_is_asked_for(question: str) -> None:
    assert listing_in(question) == Listing(content_words("devices"), content_words("devices"), "devices", priced=True)


@pytest.mark.parametrize(
    ("question", "column", "things"),
    [
        ("supervisors of all lines", "supervisors", "lines"),
        ("who is the lead of each site?", "lead", "site"),
        ("list the owning team of every service", "owning team", "service"),
        ("every job grade and its pay", "pay", "job grade"),
    ],
)
def test_one_thing_of_each_is_asked_for(question: str, column: str, things: str) -> None:
    found = listing_in(question)
    assert found is not None
    assert (found.column, found.words) == (content_words(column), content_words(things))


@pytest.mark.parametrize(
    "question",
    [
        "",
        "?",
        "What is the plan?",
        "What are the plans that have email?",
        "What are the other plans?",
        "What are the differences between the plans?",
        "What were the plans in 2019?",
        "List the two largest sites and their addresses",
        "list the 3 sites",
        "What are the steps?",
        "Who approves refunds?",
        "vpn reset",
        "What do we do if the light is red?",
        "business",
        "the news",
        "name of the site",
        "How much does a device cost?",
        "what are the codes if the light is red",
        f"list all {'very ' * MAX_CHARACTERS}long names",
    ],
)
def test_a_part_one_thing_or_more_is_asked_for(question: str) -> None:
    assert listing_in(question) is None


@pytest.mark.parametrize("piece", ["list all the ", "what are the ", "a ", "s's-", " of", "which x "])
def test_long_questions_take_no_time(piece: str) -> None:
    """Bounded in what is looked at; the limit is generous, for busy machines."""
    started = time.process_time()
    assert listing_in(piece * 50_000) is None
    assert listing_in((piece * 50_000)[:MAX_CHARACTERS]) is None
    assert time.process_time() - started < 2
