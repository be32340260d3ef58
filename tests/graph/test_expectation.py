"""What a question expects of its answer, and which sentence holds it."""

import time

import pytest

from graph.asked_names import is_unheard_of, names_heard, names_in, unheard_names
from graph.expectation import expectation_met, says_yes_or_no
from tests.graph.languages.test_comparing import said
from tools.passages import Passage


@pytest.mark.parametrize(
    ("question", "answers", "does_not"),
    [
        ("How long do we have to reply?", "In writing within 10 business days.", "Seven engineers reply."),
        ("How long do we have to reply?", "The deadline is two hours.", "It is asked five times a week."),
        ("How soon must it be reported?", "Within an hour of the loss.", "Report form 7 is used."),
        ("How long must my passphrase be?", "A phrase of at least 16 characters.", "Rule 3 holds for passphrases."),
        ("How far is the depot?", "It lies 12 km to the north.", "It has 12 gates."),
        ("What do I get paid for a week?", "A week pays EUR 320.", "Seven engineers share the week."),
        ("How much does a badge cost?", "A new badge is 15 euros.", "There are 15 badges."),
        ("How much does a badge cost?", "Badge: blue; Price (EUR): 15", "Badge: blue; Colours (max): 15"),
        ("How much does a badge cost?", "Badge: blue; Price [EUR / badge]: 15", "Badge: blue; Price (net): 15"),
        (
            "How much does a badge cost?",
            "Badge: blue; Price (in euros per month) | 15",
            "It is dear (EUR): ask for it.",
        ),
        ("How much does a badge cost?", "The first one is free.", "It is made in 3 days."),
        ("What share of the gateways may drop out?", "Up to 0.4% of them.", "At most 15 of them."),
        ("What temperature is right for vaccines?", "Between +2 °C and +8 °C.", "Two fridges hold them."),
        ("How many sensors fit?", "It serves up to 120 sensors.", "It serves sensors."),
        (
            "Who decides? Name please.",
            "Name: Rui Tavares; Role: Head of Manufacturing",
            "The Head of Manufacturing decides.",
        ),
        ("Who, by name, signs it?", "It is signed by Ada Brun.", "It is signed by the Calibration Lab Manager."),
        ("Who is the Head of Sales?", "Ada Brun is Head of Sales.", "The Head of Engineering stands in for Sales."),
        ("Which person signs it?", "It is signed by Ada Brun.", "The Quality Manager signs it."),
        ("Who signs it?", "The Quality Manager signs it.", "It is signed on paper."),
        ("Who signs it?", "Ada Brun signs it.", "The Platform team signs it."),
        ("Which extension do I dial?", "Name: Ada Brun; Extension: 240", "Dial 15 minutes before you come."),
        ("How long is the trial?", "The trial takes fourteen days.", "Fourteen people try it."),
        ("How long is the trial?", "Trial (days): 14", "Trial: 14 people"),
        ("How far is it?", "It is 5km away.", "It is in zone 5."),
        ("Which temperature is right?", "At most 40ºC.", "At most 40 hours."),
        ("How much does it cost?", "It is free of charge.", "Feel free to ask; in 2019 it won a prize."),
        ("What are the names?", "Ada Brun and Hana de la Cruz.", "The Quality Manager."),
        ("Who, by name, signs?", "Élodie Öz signs.", "The Firmware Lead signs."),
        ("When was it founded?", "It was founded in 1871.", "It has 12 members."),
        ("When was it founded?", "It was founded in 1871.", "It took 12 days."),
        ("When do API keys expire?", "Keys expire after 400 days.", "Keys expire."),
        ("From which day on do I need a note?", "Note from: day 8", "Note from: the first"),
        ("How far ahead do I have to ask?", "Ask three weeks ahead.", "It is 3 km ahead."),
        ("What is the base pay range for an L4?", "An L4 earns 63,000 to 86,000.", "An L4 has 3 people."),
        (
            "Where did the director of An Adventure die?",
            "Bo Ek (born Bo Dahl Ek, March 27, 1884 near Ogden, Utah – August 3, 1942 in Lund) made films.",
            "Bo Ek (March 27, 1884, Ogden) made films.",
        ),
        (
            "Where was the director of An Adventure born?",
            "Bo Ek (March 27, 1884, Ogden – August 3, 1942) made films.",
            "Bo Ek (1884 – 1942) made films.",
        ),
        (
            "What is the date of birth of its director?",
            "Bo Ek (4 September 1913 in Finale Ligure, Liguria – 28 December 1985 in Rome) made films.",
            "Bo Ek (of Lund) made films.",
        ),
    ],
)
def test_a_question_expects_a_kind_of_thing(question: str, answers: str, does_not: str) -> None:
    assert expectation_met(question, [answers]) == 1.0
    assert expectation_met(question, [does_not]) == 0.0
    assert expectation_met(question, [does_not, answers]) == 1.0


@pytest.mark.parametrize(
    "question", ["Where is leave longer, Denmark or Portugal?", "Who is paid more, Ada Brun or Bo Ek?"]
)
def test_one_of_two_that_a_question_gives_is_no_other_name(question: str) -> None:
    assert expectation_met(question, ["In Denmark Ada Brun has 12 weeks."]) == 0.5


def test_a_number_of_something_else_is_no_count() -> None:
    question = "How many employees do we have?"
    assert expectation_met(question, ["We have 140 full-time employees."]) == 1.0
    assert expectation_met(question, ["Employees of all sites: 140"]) == 1.0
    assert expectation_met(question, ["Every week of the year has 5 days."]) == 0.0
    assert expectation_met(question, ["It was 140 in the end."]) == 0.5
    assert expectation_met("How many people work at the plant?", ["It is 3 km away, for 20 working days."]) == 0.0
    assert expectation_met("How many people work at the plant?", ["At the plant work 80 people."]) == 1.0
    assert expectation_met("How many days is that?", ["Every week of the year has 5 days."]) == 1.0
    assert expectation_met(question, ["Employees are happy."]) == 0.0
    assert expectation_met("How many wireless sensors fit?", ["It serves up to 120 wireless sensors."]) == 1.0


def test_a_name_is_the_same_with_and_without_what_is_hers() -> None:
    assert names_in("What is Marta's extension?") == ("Marta",)
    assert names_in("Where is the Hofmanns' depot in Porto?") == ("Hofmanns", "Porto")


def test_the_word_after_the_first_is_a_name_by_its_capital() -> None:
    assert names_in("Is Lund further north than Turku?") == ("Lund", "Turku")
    assert names_in("Lund is where?") == ()


def test_of_a_question_that_expects_no_kind_nothing_is_known() -> None:
    assert expectation_met("Why is it closed?", ["In 1871 it cost EUR 5."]) == 0.5


def test_what_the_question_says_itself_does_not_answer_it() -> None:
    assert expectation_met("How many of the 120 sensors are lost?", ["All 120 sensors report."]) == 0.0


@pytest.mark.parametrize(
    "nasty", ["12 " + "-" * 3_000, "sites " + "-" * 3_000, "1," * 3_000, "1-" * 3_000, "A-" * 3_000]
)
@pytest.mark.parametrize(
    "question", ["How many sites are there?", "How long is it?", "How much does it cost?", "Who, by name, signs?"]
)
def test_no_text_is_read_for_ever(question: str, nasty: str) -> None:
    """A table's rule or a row of digits once took seconds; the bound is loose for a busy machine."""
    started = time.perf_counter()
    expectation_met(question, [nasty])
    assert time.perf_counter() - started < 2.0


def test_a_name_with_a_hyphen_is_found_wherever_it_stands() -> None:
    row = said(1, "Prices", f"{'Prices are without tax. ' * 10}| ARB-500 | Arbequina | 81.00 |").passage
    assert unheard_names("How much is a case of ARB-500?", [row]) == ()
    assert unheard_names("How much is a case of ARB-501?", [row]) == ("ARB-501",)


@pytest.mark.parametrize(
    ("question", "unheard"),
    [
        ("Who is the Head of Marketing?", True),
        ("Who is the Head of Sales?", False),
        ("Who are Bo Ek and Ada Brun?", False),
        ("Is Ada Brun in Porto?", False),
        ("Is Bo Ek in Porto?", True),
        ("What breathing technique does Bo Ek suggest for running?", False),
        ("Who is the head?", False),
        ("WHO IS THE HEAD OF MARKETING?", False),
    ],
)
def test_what_nobody_speaks_of_is_told_by_its_name(question: str, unheard: bool) -> None:
    passages = [said(1, "Directory", "Ada Brun is Head of Sales.").passage]
    assert is_unheard_of(question, passages) is unheard


@pytest.mark.parametrize(
    ("question", "unheard"),
    [
        ("How many days of holiday do we get in Sweden?", True),
        ("How many days of holiday do we get in Denmark?", False),
        ("How many days of holiday do Swedish colleagues get?", False),
        ("As an employee from Germany, how many days of holiday do I get?", False),
        ("How long is the warranty on the HG-5?", True),
        ("How long is the warranty on the HG4?", False),
        ("How long is the warranty on HG-4s?", False),
        ("How long is the warranty on the RX-2?", False),
        ("What does E1 mean for the alarm?", True),
        ("What did we decide for the Q3 warranty?", False),
        ("Who signs for EUR80 of warranty?", False),
        ("Who approves EUR 800?", False),
        ("Who signs on Monday?", False),
        ("What happens in March?", False),
        ("HOW LONG IS THE WARRANTY ON THE HG-5?", False),
    ],
)
def test_what_holds_elsewhere_or_of_another_model_is_no_answer(question: str, unheard: bool) -> None:
    rows = (
        "Country: Denmark; Holiday: 30 days. The warranty on the HG-4, the HG-50 and the RX2 is 24 months. "
        "The 1st alarm is E10. Who signs for more than EUR 500?"
    )
    assert is_unheard_of(question, [said(1, "Rules", rows).passage]) is unheard


def test_what_holds_wherever_one_is_holds_in_a_country_too() -> None:
    question = "How many days of holiday do we get in Sweden?"
    for rule in ("In any other country it is 25 days.", "Swedish staff have 25 days.", "It is 25 days in Sweden."):
        passage = said(1, "Rules", f"In Denmark we get 30 days of holiday. {rule}").passage
        assert not is_unheard_of(question, [passage])
    assert not is_unheard_of(question, [said(1, "Rules", "We get 30 days of holiday.").passage])


def test_a_country_goes_by_other_names_too() -> None:
    rule = said(1, "Travel", "The allowance for the USA is EUR 80.").passage
    assert not is_unheard_of("What is the allowance for the United States?", [rule])


def test_of_names_that_are_joined_each_is_looked_for() -> None:
    passages = [said(1, "Directory", "Ada Brun is Head of Sales.").passage]
    assert unheard_names("Is Ada Brun in Porto?", passages) == ("Porto",)
    assert names_heard("Is Ada Brun in Porto?", passages) == 0.5
    assert names_heard("Is the head in?", passages) == 1.0


def test_a_reply_says_yes_or_no_first() -> None:
    assert says_yes_or_no("No. There is a shop next door.")
    assert says_yes_or_no("Yes, on Fridays.")
    assert not says_yes_or_no("Nobody knows.")


@pytest.mark.parametrize(
    ("question", "text", "unheard"),
    [
        ("How much does the Premium plan cost?", "The Fleet plan costs 890 EUR.", True),
        ("How much does the Fleet plan cost?", "The Fleet plan costs 890 EUR.", False),
        ("How much does a plan cost in Premium terms?", "The Fleet plan costs 890 EUR.", False),
        ("What was added in app 4.4.0?", "App 4.3.0: dark mode was added. App 4.2.1: invoices.", True),
        ("What was added in app 4.3?", "App 4.3.0: dark mode was added.", False),
        ("What was added in app 4.3.0?", "App 4.3.0: dark mode was added.", False),
        ("What costs 4.5 EUR in the app?", "The app costs 4.6 EUR.", False),
        ("What was revenue in 2023?", "Revenue in 2025 was 18 million, after 14 million in 2024.", True),
        ("What was revenue in 2024?", "Revenue in 2025 was 18 million, after 14 million in 2024.", False),
        ("What was revenue in 2023?", "Revenue was 18 million. Updated 2026-02-17.", False),
        ("What was revenue in 2023?", "The canteen opened in 2021.", False),
    ],
)
def test_another_version_year_or_plan_is_not_what_was_asked_for(question: str, text: str, unheard: bool) -> None:
    assert is_unheard_of(question, [Passage("k", "i", "s", "App", text)]) == unheard
