"""What a question names, and whether the documents have heard of it."""

import pytest

from graph.questions.asked_names import is_unheard_of, names_heard, names_in, people_in, unheard_names
from tests.graph.conclusions.test_comparing import said
from tools.passages import Passage


@pytest.mark.parametrize(
    "question", ["Who approves SEK 500?", "What was the surplus of FY 24?", "Who approves EUR 500?"]
)
def test_a_sum_or_a_year_of_accounts_is_no_name(question: str) -> None:
    assert unheard_names(question, []) == ()


def test_a_name_is_the_same_with_and_without_what_is_hers() -> None:
    assert names_in("What is Marta's extension?") == ("Marta",)
    assert names_in("Where is the Hofmanns' depot in Porto?") == ("Hofmanns", "Porto")


def test_the_word_after_the_first_is_a_name_by_its_capital() -> None:
    assert names_in("Is Lund further north than Turku?") == ("Lund", "Turku")
    assert names_in("Lund is where?") == ()


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


@pytest.mark.parametrize(
    ("question", "text", "unheard"),
    [
        ("How much does the Premium plan cost?", "The Fleet plan costs 890 EUR.", True),
        ("How much does the Fleet plan cost?", "The Fleet plan costs 890 EUR.", False),
        ("How much does a plan cost in Premium terms?", "The Fleet plan costs 890 EUR.", False),
        ("When did we get the ISO 9001 certificate?", "ISO 27001, held since May 2023.", True),
        ("When did we get the ISO 9001 certificate?", "ISO 9001, ISO 27001: held since May 2023.", False),
        ("What does EUR 40 buy?", "EUR 30 buys a day.", False),
        ("How long is the warranty on the HG-5?", "HG-4: 24 months. Wind of 8 m/s and above stops it.", True),
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


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("What is the mileage rate for 2026?", "From 1 January 2025 the mileage rate is EUR 0.40 per km."),
        ("I joined in 2022, how many days of leave do I get?", "Who joined after 2020 gets 28 days of leave."),
        ("What was revenue in 2023?", "Revenue in 2021 was 12 million; revenue 2022/23 was 14 million, in 2024 15."),
        ("Whom do I tell when I lose the HR badge?", "Whoever loses a badge tells reception."),
        ("How do I submit the PDF form for travel expenses?", "Submit the form for travel expenses in Nestbook."),
        ("What bonus does an L4 get?", "Grades L3 to L6 get a bonus of 10%."),
        ("How fast do we react to SEV3?", "SEV2 and below: 1 day."),
        ("What does E01 mean?", "E1: no power."),
        ("Which form, A1 or A2, do I need in Spain?", "Form A1 in France and Spain."),
        ("Does app 4.3.2 support dark mode?", "Dark mode is there from app 4.2.0 onwards."),
        ("What is due by 31.12.2025 in the app?", "App 4.3.0 is due."),
        ("Which hotel rate above SEK 500 needs an approval?", "A hotel rate above SEK 1,000 needs an approval."),
        ("Which of our sites took the most orders in FY 24?", "Orders taken in FY 2024 by site: Porto 1,930."),
    ],
)
def test_what_the_documents_do_answer_is_not_refused_for_a_name(question: str, text: str) -> None:
    assert not is_unheard_of(question, [Passage("k", "i", "s", "Rules", text)])


def test_a_version_is_a_part_of_its_name() -> None:
    assert names_in("What's new in Tideline 4.4?") == ("Tideline 4.4",)
    assert names_in("What did Tideline 4.4.1 bring?") == ("Tideline 4.4.1",)


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("Joris Van Acker leads Finance.", ("Joris Van Acker",)),
        ("Mary Jane Watson, Noor El Amrani and Łukasz Nowak", ("Mary Jane Watson", "Noor El Amrani", "Łukasz Nowak")),
        ("It was Anna K. Berg. Then came Otto Falk.", ("Anna K. Berg", "Otto Falk")),
        ("The Finance Director asks the Head of Security.", ()),
    ],
)
def test_people_have_names_of_several_words(text: str, people: tuple[str, ...]) -> None:
    assert people_in(text) == people


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Is the excess with Nordhelm 250.00 EUR?", ("Nordhelm",)),
        ("Does the Pony 500 Wh fit?", ("Pony",)),
        ("Is Berlin EUR 5 dearer?", ("Berlin",)),
        ("Which is newer, Dray 4.2.0 or Windows 10 Pro?", ("Dray 4.2.0", "Windows 10 Pro")),
    ],
)
def test_no_name_goes_on_with_a_sum_or_a_measure(question: str, names: tuple[str, ...]) -> None:
    assert names_in(question) == names
