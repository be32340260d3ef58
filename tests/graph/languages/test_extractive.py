"""Answers in the documents' own sentences: the chain that answers, or a lone sentence and one nearly as good."""

from dataclasses import replace

from graph.chaining.chain_scores import Chain
from graph.chaining.chains import Chains
from graph.chaining.eligibility import answers_directly
from graph.chaining.sentence_features import adds_to, says_where
from graph.evidence import Evidence
from graph.languages.extractive import ExtractiveLanguage, compose
from tests.graph.conclusions.test_comparing import said

QUESTION = "How long may a visitor stay?"


def _quoted(*lines: tuple[str, str]) -> list[int]:
    evidence = [said(number, title, text) for number, (title, text) in enumerate(lines, 1)]
    return [number for statement in compose(Chains(QUESTION, evidence)) for number in statement.numbers]


def test_beside_a_chain_no_other_answer_is_quoted() -> None:
    evidence = [
        said(1, "Mill Lane Bridge", "Mill Lane Bridge was designed by Ada Brun."),
        said(2, "Ada Brun", "Ada Brun was born in Lund."),
        said(3, "Bo Ek", "Bo Ek was born in Turku."),
    ]
    written = compose(Chains("Where was the designer of Mill Lane Bridge born?", evidence))
    assert [statement.numbers for statement in written] == [(2,), (1,)]


def test_a_lone_sentence_has_at_most_one_other_beside_it() -> None:
    close = [("Guests", f"A visitor may stay {hours} hours in building {hours}.") for hours in (2, 4, 8)]
    assert len(_quoted(*close)) <= 2


def test_a_copy_is_not_quoted_beside_the_sentence() -> None:
    assert _quoted(("Guests", "A visitor may stay 4 hours."), ("Old guests", "A visitor may stay 4 hours.")) == [1]


def test_nothing_is_quoted_that_is_not_about_the_question() -> None:
    far = replace(said(1, "Canteen", "Soup."), relevance=0.1)
    assert compose(Chains(QUESTION, [far])) == []


def test_a_question_that_somebody_asked_is_not_quoted_as_an_answer() -> None:
    assert _quoted(("Chat", "How long may a visitor stay?")) == []
    assert _quoted(("Chat", "How long may a visitor stay?"), ("Guests", "A visitor may stay 4 hours.")) == [2]


def test_another_name_than_the_one_asked_about_is_not_quoted() -> None:
    evidence = [said(1, "Directory", "Ada Brun is Head of Sales.")]
    assert compose(Chains("Who is the Head of Marketing?", evidence)) == []


def test_for_how_it_was_the_older_version_is_quoted_and_for_how_it_is_the_newer() -> None:
    old, new = (said(n, f"Policy {year}", f"A room costs {n}5 euros.") for n, year in ((1, 2024), (2, 2026)))
    replaced = replace(old.passage, status="superseded", superseded_by=new.passage.source)
    evidence = [replace(old, passage=replaced), new]

    def best(question: str) -> int:
        return compose(Chains(question, evidence))[0].numbers[0]

    assert best("What may a room cost?") == 2
    assert best("What did a room cost in the past?") == 1


def test_a_sentence_that_is_clearly_worse_is_not_quoted_beside_the_best() -> None:
    assert _quoted(("Guests", "A visitor may stay 4 hours."), ("Canteen", "The canteen has opened again.")) == [1]


def test_a_row_of_another_thing_does_not_stand_beside_the_answer() -> None:
    rows = (
        "Code: E31; Meaning: Bad image; What to do: Call the desk",
        "Code: E42; Meaning: No card; What to do: Call the desk",
    )
    table = replace(said(1, "Codes", "\n".join(rows)).passage, row_names=("e31", "e42"))
    one, other = (Evidence(n, table, row, 0, len(row), 0.5) for n, row in enumerate(rows, 1))
    chains = Chains("Who do I call when a gateway shows E31?", [one, other])
    assert chains.leading_to(Chain((other, one), 1.0)) == []
    assert Chains("Who do I call without a card?", [one, other]).leading_to(Chain((other, one), 1.0)) == [other]


async def test_a_greeting_is_not_searched_for() -> None:
    assert (await ExtractiveLanguage().rewrite("Hi all, how long may a visitor stay?", ())).question == (
        "how long may a visitor stay?"
    )


def test_what_only_says_where_something_stands_is_not_quoted_beside_an_answer() -> None:
    evidence = [
        said(1, "Codes", "Code: E31; Meaning: The image was rejected; What to do: Page Tier 3"),
        said(2, "Plans", "Codes of a gateway such as E31 are on the error codes page."),
    ]
    assert [one.numbers for one in compose(Chains("Whom do I call when a gateway shows E31?", evidence))] == [(1,)]


def test_what_names_nothing_of_the_question_is_not_quoted_beside_what_does() -> None:
    row = said(1, "Codes", "Code: E31; Meaning: The gateway rejected it; What to do: Page Tier 3")
    other = said(2, "Outages", "Call the network desk of the provider for the gateway.")
    question = "Who do I call when a gateway shows E31?"
    assert not adds_to(row, other, question)
    assert adds_to(row, said(3, "Outages", "They call the desk."), question)
    assert adds_to(row, other, "Who do I call when a gateway fails?")
    assert adds_to(row, said(4, "Outages", "After an E31 call the desk."), question)


def test_an_exception_is_no_rule() -> None:
    exception = said(1, "Lost property", "Passports and lost keys are NOT kept for 60 days.")
    asked = "How long is lost property kept?"
    assert answers_directly(asked, said(2, "Lost property", "Lost keys are kept for 60 days."))
    assert not answers_directly(asked, exception)
    assert answers_directly("How long is lost property not kept?", exception)


def test_a_sentence_that_only_names_a_page_is_told_by_its_end() -> None:
    assert says_where("Hours of the desks are on the support hours page.")
    assert says_where("The steps are described in the handbook")
    assert not says_where("All sites are listed in the appendix, and Cork is closed on Monday.")
    assert not says_where("The form has 3 pages.")


def test_the_row_of_another_plan_than_the_answer_s_does_not_lead_to_it() -> None:
    rows = ("Plan: Roost; Credit: 10%", "Plan: Colony; Credit: 15%")
    table = replace(said(1, "Credits", "\n".join(rows)).passage)
    roost, colony = (Evidence(n, table, row, 0, len(row), 0.5) for n, row in enumerate(rows, 1))
    answer = said(3, "Approvals", "Ada Brun approves every credit for a Colony customer.")
    chains = Chains("Who approves the service credit of 10%?", [roost, colony, answer])
    assert chains.leading_to(Chain((roost, answer), 1.0)) == []
    other = Chains("Who approves the service credit of 15%?", [roost, colony, answer])
    assert other.leading_to(Chain((colony, answer), 1.0)) == [colony]


def test_what_leads_to_another_page_is_not_the_second_answer() -> None:
    best = said(1, "Parking", "The cars of visitors stand at Mill Lane by day.")
    asked = "Where do cars of visitors stand at weekends?"
    for text, shown in (
        ("Cars of visitors stand where Ada says in Lund.", [(1,), (2,)]),
        ("All cars of visitors stand as told in the Quay guide.", [(1,)]),
    ):
        second = replace(said(2, "Parking rules", text), relevance=0.5)
        assert [one.numbers for one in compose(Chains(asked, [best, second]))] == shown


def test_rows_that_a_question_may_mean_alike_are_all_quoted() -> None:
    evidence = [
        said(1, "Stock", "Item: Plywood 18 mm; In stock: 42; Shelf: A1"),
        said(2, "Stock", "Item: Plywood 12 mm; In stock: 15; Shelf: A2"),
        said(3, "Stock", "Item: Black serge; In stock: 120; Shelf: C3"),
        said(4, "Stock", "Item: Serge; In stock: 7; Shelf: C4"),
    ]

    def quoted(question: str) -> list[int]:
        return [number for statement in compose(Chains(question, evidence)) for number in statement.numbers]

    assert quoted("How much plywood is in stock?") == [1, 2]
    assert quoted("How much 12 mm plywood is in stock?")[0] == 2
    assert quoted("How much serge is in stock?")[0] == 4


def test_all_who_hold_an_office_that_is_half_named_are_quoted() -> None:
    evidence = [
        said(1, "Directory", "Name: Ada Brun; Role: Head of Sales, Europe; Desk: A1"),
        said(2, "Directory", "Name: Otto Falk; Role: Head of Sales, Americas; Desk: A2"),
        said(3, "Directory", "Name: Ines Roth; Role: Head of Security; Desk: A3"),
    ]

    def quoted(question: str) -> list[int]:
        return [number for statement in compose(Chains(question, evidence)) for number in statement.numbers]

    assert quoted("Who is the head of sales?") == [1, 2]
    assert quoted("Who is the head of sales, Americas?") == [2]
    assert quoted("Who is the head of security?") == [3]
    assert quoted("Who is the head of logistics?") != [1, 2, 3]


def test_of_many_rows_that_a_question_may_mean_alike_not_all_are_quoted() -> None:
    sizes = [said(n, "Stock", f"Item: Plywood {n + 10} mm; In stock: {n}; Shelf: A{n}") for n in range(1, 6)]
    quoted = [len(compose(Chains("How much plywood is in stock?", sizes[:held]))) for held in (4, 5)]
    assert quoted[0] == 4
    assert quoted[1] < 5


def test_rows_whose_limits_leave_out_the_sum_asked_about_are_not_meant_as_well() -> None:
    evidence = [
        said(1, "Claims", "Claim: up to £150; Approved by: your head of department"),
        said(2, "Claims", "Claim: £150 to £1,000; Approved by: Head of Finance"),
        said(3, "Claims", "Claim: above £1,000; Approved by: Executive Director"),
    ]
    written = compose(Chains("who approves a claim of 800 pounds", evidence))
    assert [statement.numbers for statement in written] == [(2,)]
