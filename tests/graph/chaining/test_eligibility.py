"""Which sentences can answer a question at all, and which needs no chain."""

from dataclasses import replace

import pytest

from graph.chaining.chain_scores import Chain
from graph.chaining.chains import Chains
from graph.chaining.eligibility import answers_directly, asked_of, can_answer, is_about_another, needs_kind, words_said
from graph.chaining.one_of_many import is_any_row
from graph.chaining.sentence_features import read_sentences
from graph.evidence import Evidence
from graph.languages.extractive import compose
from graph.structure.asked_cells import cells_asked, lacking_in_row
from graph.structure.rows import are_meant, cells_of, is_part_of_row, is_row_of_another, names_of_row
from tests.graph.conclusions.test_comparing import said


def beside(*lines: str) -> list[Evidence]:
    """Sentences of one document."""
    passage = replace(said(1, "Leases", lines[0]).passage, text=" ".join(lines))
    return [Evidence(number, passage, line, 0, len(line), 0.5) for number, line in enumerate(lines, 1)]


@pytest.mark.parametrize(
    ("question", "answers", "does_not"),
    [
        ("Why is batch 17 on hold?", "Batch 17 failed its test.", "Subject: Batch 17 on hold"),
        ("Why is batch 17 on hold?", "Batch 17 failed its test.", "Why is batch 17 on hold?"),
        ("Who approves EUR 800?", "Above EUR 500 the head does.", "Up to EUR 500 the team lead does."),
    ],
)
def test_what_repeats_the_question_or_speaks_of_another_sum_is_no_answer(
    question: str, answers: str, does_not: str
) -> None:
    item, other = said(1, "Batches", answers), said(2, "Mail", does_not)
    assert can_answer(question, item, [item, other])
    assert not can_answer(question, other, [item, other])


def test_of_the_rows_whose_limits_hold_a_sum_the_nearest_limit_answers() -> None:
    limits = ["up to £1,000", "up to £10,000", "up to £50,000", "above £50,000"]
    rows = beside(*(f"Amount: {limit}; Who signs: officer {n}" for n, limit in enumerate(limits)))
    assert [can_answer("Who signs for £7,000?", row, rows) for row in rows] == [False, True, False, False]
    prose = beside("Orders up to £50,000 are signed by Ada.", "Cards up to £10,000 are signed by Mai.")
    assert [can_answer("Who signs for £7,000?", one, prose) for one in prose] == [True, True]


def test_a_limit_of_another_table_or_document_is_no_nearer_one() -> None:
    question = "Who signs for £7,000?"
    wide, narrow = "Amount: up to £50,000; Who signs: Ada", "Amount: up to £10,000; Who signs: Mai"
    elsewhere = [said(1, "Orders", wide), said(2, "Cards", narrow)]
    other_table = beside(wide, narrow.replace("Amount", "Card limit"))
    assert all(can_answer(question, row, rows) for rows in (elsewhere, other_table) for row in rows)


def test_a_row_whose_limit_holds_the_sum_speaks_of_it() -> None:
    question = "Who signs for £7,000?"
    rows = beside("Amount: up to £1,000; Who signs: Ada", "Amount: up to £10,000; Who signs: Mai")
    assert [words_said(question, row) >= {"7000"} for row in rows] == [False, True]
    sentences, _ = read_sentences(question, rows, frozenset())
    low, high = sorted(sentences, key=lambda one: one.item.number)
    assert high.alone["asked"] > low.alone["asked"]
    assert high.titled >= {"7000"}


def test_that_there_is_none_is_said_in_the_words_of_the_question() -> None:
    item = said(1, "Staff", "Hanne has no deputy.")
    assert can_answer("Who is Hanne's deputy?", item, [item])
    assert not can_answer("Who is Hanne's deputy?", said(1, "Staff", "Hanne's deputy."), [item])


def test_yes_or_no_is_said_in_the_words_of_the_question() -> None:
    item = said(1, "Expenses", "Wine is not reimbursed.")
    assert can_answer("Is wine reimbursed?", item, [item])


def test_a_sentence_is_about_another_thing_when_one_like_it_is_about_the_thing_asked_about() -> None:
    lines = beside("The lease of Mill Lane ends in 2027.", "The lease of Quay Street ends in 2028.", "It rained.")
    question = "When does the lease of Quay Street end?"
    assert [is_about_another(question, item, lines) for item in lines] == [True, False, False]
    assert not is_about_another("When does the lease end?", lines[0], lines)
    elsewhere = said(4, "Old leases", "The lease of Mill Lane ended in 2021.")
    assert not is_about_another(question, elsewhere, [*lines, elsewhere])


def test_a_chain_that_leads_away_does_not_stand_before_the_sentence_that_says_it() -> None:
    evidence = [
        said(1, "Teams", "Ada Brun leads the Platform team."),
        said(2, "Budget", "The Head of Sales is responsible for the Platform team and for Key Accounts."),
        said(3, "Key Accounts", "Name: Bo Ek; Role: Team lead; Team: Key Accounts"),
    ]
    chains = Chains("Who leads the Platform team?", evidence)
    assert len(chains.ranked[0].items) > 1
    assert [statement.numbers for statement in compose(chains)] == [(1,)]
    features = chains.features()
    assert features["chain_length"] == pytest.approx(1 / 3)
    assert features["chain_direct"] == 1.0


def test_a_row_answers_for_what_stands_first_in_it_and_a_column() -> None:
    question = "Who reports to Ada Brun?"
    assert answers_directly(question, said(1, "Minutes", "Bo Ek reports to Ada Brun."))
    row = said(2, "Directory", "Name: Ada Brun; Role: Lead; Reports to: Inge Holm")
    assert not answers_directly(question, row)
    assert not answers_directly("What is Inge Holm's role?", row)
    assert answers_directly("What is Ada Brun's role?", row)
    assert answers_directly("Who does Ada Brun report to?", row)


@pytest.mark.parametrize(
    ("question", "direct"),
    [
        ("Who is the Head of Sales?", True),
        ("Who is Ada Brun?", True),
        ("Where does Ada Brun work?", True),
        ("Where did Ada Brun go for the summer holidays?", False),
        ("How much does Ada Brun earn?", False),
        ("Who is the Head of Marketing?", False),
        ("Porto?", False),
    ],
)
def test_a_row_is_asked_for_by_a_cell_or_by_a_question_word_for_a_column(question: str, direct: bool) -> None:
    row = said(1, "Directory", "Name: Ada Brun; Role: Head of Sales; Location: Porto")
    assert answers_directly(question, row) is direct


@pytest.mark.parametrize(
    "question", ["How much is a Heron gateway?", "price of the heron gateway", "What does HG-4 cost?"]
)
def test_a_row_that_goes_by_a_code_is_asked_for_by_what_that_is(question: str) -> None:
    row = said(1, "Prices", "Article: HG-4; What it is: Heron gateway; Stock: 12; Price: EUR 410")
    assert answers_directly(question, row)
    told = "Article: HG-4; Price: EUR 410" if "HG-4" in question else row.said.replace(" Stock: 12;", "")
    assert asked_of(question, row) == told


def test_prose_leads_to_the_row_that_it_names_by_a_value_and_its_column() -> None:
    assert names_of_row("The Platform team owns it; nobody else does") == ()
    evidence = [
        said(1, "Services", "The Platform team owns the label printer."),
        said(2, "Directory", "Name: Ada Brun; Role: Lead; Team: Platform"),
        said(3, "Directory", "Name: Bo Ek; Role: Lead; Team: Mill"),
    ]
    chains = Chains("Who leads the team that owns the label printer?", evidence)
    assert [item.number for item in chains.ranked[0].items] == [1, 2]


def test_a_cell_is_asked_for_by_what_the_question_says_beside_the_row_s_name() -> None:
    row = said(1, "Warranty", "Device: Wren Deep; Warranty from delivery: 24 months")
    assert answers_directly("How long is the warranty on a Wren Deep?", row)
    assert not answers_directly("How long is the repair of a Wren Deep?", row)


def test_who_is_asked_for_by_name_is_no_office_in_a_row() -> None:
    row = said(1, "Access", "System: Magpie; Access granted by: Financial Controller")
    assert not answers_directly("Who, by name, grants access to Magpie?", row)


def test_what_gives_no_measure_does_not_answer_where_another_sentence_does() -> None:
    ask = "After two hours, ask the provider to move the cards to the other profile."
    evidence = [said(1, "Outage", ask), said(2, "Outage", "It costs EUR 2 for each card.")]
    question = "What does it cost to move a card to the other profile?"
    assert compose(Chains(question, evidence))[0].numbers == (2,)
    assert compose(Chains(question, evidence[:1]))[0].numbers == (1,)
    assert needs_kind(question, evidence)
    assert not needs_kind(question, [evidence[0], replace(evidence[1], relevance=0.1)])
    assert not needs_kind("Who moves a card?", evidence)


def test_what_the_most_relevant_sentence_names_is_looked_at() -> None:
    asked = replace(said(1, "Access", "System: Magpie; Access granted by: Data Controller"), relevance=0.9)
    row = said(30, "Directory", "Name: Ada Brun; Role: Data Controller; Site: Porto")
    held = replace(row, relevance=0.1, passage=replace(row.passage, row_names=("data controller",)))
    others = [
        replace(said(n, "Directory", f"Name: Bo Ek; Role: Lead of team {n}"), relevance=0.2) for n in range(2, 29)
    ]
    chains = Chains("Who, by name, grants access to Magpie?", [asked, *others, held])
    assert compose(chains)[0].numbers == (30,)


def test_a_year_in_a_column_s_name_need_not_be_asked_for() -> None:
    row = said(1, "Contracts", "Customer: Mill Ltd; Owner: Ada Brun; Volume 2026: 18,000 l")
    assert answers_directly("What is the volume of the Mill Ltd contract?", row)


@pytest.mark.parametrize(
    ("question", "direct"),
    [
        ("What is Ada Brun's extension?", True),
        ("What is Ada Brun's extension number?", True),
        ("Who is Ada Brun's manager?", True),
        ("What is the extension of Ada Brun's manager?", False),
        ("In which office does Ada Brun's manager sit?", False),
        ("In which room does Ada Brun's manager sit?", False),
        ("Who is Ada Brun's manager's manager?", False),
        ("Where is Ada Brun?", True),
        ("Who is the Head of Sales?", False),
        ("What is the extension of Ada Brun Jensen?", False),
        ("Who is in the directory as Ada Brun's manager?", True),
    ],
)
def test_a_row_answers_for_itself_and_not_for_whom_it_names(question: str, direct: bool) -> None:
    said_in = "Name: Ada Brun; Role: Deputy Head of Sales; Manager: Otto Falk; Extension: 4125; Office: Porto"
    assert answers_directly(question, said(1, "Directory", said_in)) is direct


def test_where_somebody_is_is_no_address_for_mail() -> None:
    assert not answers_directly("Where is Ada Brun?", said(1, "Directory", "Name: Ada Brun; Email address: a@b"))


def test_a_part_that_the_row_does_not_name_is_not_priced_by_it() -> None:
    row = said(1, "Prices", "Name: Wren; Price: EUR 50")
    assert answers_directly("What is the price of a Wren?", row)
    assert not answers_directly("What is the price of a refill for the Wren?", row)
    assert not answers_directly("What is the price of a Wren Deep?", row)


def test_yes_or_no_is_not_told_by_a_sentence_about_others() -> None:
    question = "Does Ada Brun lead Platform?"
    assert answers_directly(question, said(1, "Teams", "Ada Brun leads Platform."))
    assert not answers_directly(question, said(1, "Teams", "Ada Brun asked Otto Falk to lead Platform."))


def test_who_holds_an_office_is_found_by_it() -> None:
    row = said(1, "Directory", "Name: Ada Brun; Role: Head of Support; Site: Porto; Extension: 210")
    deputy = said(2, "Deputies", "Role: Head of Support; Deputy: Bo Ek; Limit: EUR 5,000")
    assert answers_directly("What is the extension of the Head of Support?", row)
    assert not answers_directly("What is the extension of the Head of Support?", deputy)
    assert not answers_directly("What is the extension of the Head of Support's deputy?", row)
    assert answers_directly("Who is the deputy of the Head of Support?", deputy)
    officer = said(5, "Directory", "Name: Ada Brun; Job title: Data Protection Officer; Office: Porto; Extension: 210")
    for asked in (
        "Who is the DPO?",
        "who's our dpo",
        "phone number of the data protection officer",
        "the DPO's extension",
    ):
        assert answers_directly(asked, officer), asked
    assert not answers_directly("Who is the DPA?", officer)
    assert not answers_directly("Who is the DPO's deputy?", officer)
    assert not answers_directly("Who is the Head of Support?", deputy)
    assert answers_directly("Who leads Support?", row)
    assert answers_directly("Who is in charge of the support team?", row)
    assert not answers_directly("Who leads Sales?", row)
    assert not answers_directly(
        "Who leads Support?", said(4, "Directory", "Name: Bo Ek; Role: Support Manager, Raleigh")
    )
    for column in ("Holder", "Responsible", "Incumbent", "Filled by"):
        assert answers_directly(
            "Who is the Head of Support?", said(3, "Roles", f"Role: Head of Support; {column}: Ada Brun")
        )
    assert not answers_directly(
        "Who is the Head of Support?", said(3, "Roles", "Role: Head of Support; Lead time: 3 days")
    )
    for column in ("Reports to", "Former role", "Assistant to"):
        below = said(4, "Directory", f"Name: Ada Brun; Role: Engineer; {column}: Head of Support")
        assert not answers_directly("Who leads Support?", below)


@pytest.mark.parametrize("question", ["What does Basic cost?", "What is the price of Basic?", "How much is Basic?"])
@pytest.mark.parametrize(
    ("row", "price"),
    [
        ("Plan: Basic; Seats: 5; Rate limit: 100 a minute", ""),
        ("Plan: Basic; Seats: 5; Cancellation fee: EUR 50", ""),
        ("Plan: Basic; Interest rate: 5 %; Amount in stock: 7", ""),
        ("Plan: Basic; Price: EUR 9; Cancellation fee: EUR 50; Rate limit: 10", "Plan: Basic; Price: EUR 9"),
        ("Plan: Basic; Seats: 5; Monthly fee: EUR 9", "Plan: Basic; Monthly fee: EUR 9"),
        ("Rate limit; Basic: 100 a minute; Pro: 900 a minute", ""),
        ("Price (EUR); Basic: 9; Pro: 90", "Price (EUR); Basic: 9"),
    ],
)
def test_what_a_thing_costs_is_its_price(question: str, row: str, price: str) -> None:
    item = said(1, "Plans", row)
    told = asked_of(question, item) if answers_directly(question, item) else ""
    assert told == price


def test_what_stands_right_under_the_heading_that_is_asked_about_is_the_answer() -> None:
    text = "## Unpaid leave\n\nUp to three months, once in four years.\n\nAsk eight weeks ahead."
    passage = replace(
        said(1, "Leave", "-").passage, text=text, title="Leave", headings=(), sections=((0, ("Unpaid leave",)),)
    )
    starts = [text.index("Up to"), text.index("Ask")]
    first, second = (Evidence(n, passage, text[at:].split("\n")[0], at, at + 20, 0.5) for n, at in enumerate(starts, 1))
    assert answers_directly("How long can unpaid leave be?", first)
    assert not answers_directly("How long can unpaid leave be?", second)
    assert not answers_directly("How long can parental leave be?", first)
    assert not answers_directly("Until when?", first)


ROWS = [
    "Country: Denmark; Paid: 20 weeks; Unpaid: up to 20 weeks",
    "Country: Portugal; Paid: 22 weeks; Unpaid: up to 12 weeks",
]


def test_one_of_many_rows_is_no_answer_where_prose_says_it() -> None:
    question = "How long can unpaid leave be?"
    rows = [replace(said(n, "Parental leave", row), relevance=0.6) for n, row in enumerate(ROWS, 1)]
    prose = replace(said(3, "Leave", "Unpaid leave can take up to three months."), relevance=0.9)
    assert is_any_row(question, rows[0], [*rows, prose])
    assert not is_any_row("How long can unpaid leave in Denmark be?", rows[0], [*rows, prose])
    assert not is_any_row(question, rows[0], rows)
    assert not is_any_row(question, rows[0], [rows[0], prose])
    assert not is_any_row(question, prose, [*rows, prose])
    (answer, *_) = compose(Chains(question, [*rows, prose]))
    assert answer.numbers == (3,)


def test_of_rows_for_several_sums_the_one_that_is_asked_about_answers() -> None:
    limits = ["up to EUR 1,000", "EUR 1,000 to 8,000", "above EUR 8,000"]
    rows = [
        replace(said(n, "Purchases", f"Order value: {limit}; Approver: Ada {name}"), relevance=0.5)
        for n, (limit, name) in enumerate(zip(limits, ("Brun", "Falk", "Ek"), strict=True), 1)
    ]
    prose = replace(said(4, "Trips", "Advances above EUR 500 are approved by Otto Dahl."), relevance=0.6)
    written = compose(Chains("Who approves a purchase of 500 euros?", [*rows, prose]))
    assert [statement.numbers for statement in written][:1] == [(1,)]


def test_whom_a_sentence_names_is_not_what_it_is_asked_for() -> None:
    kit = said(1, "Lost devices", "A demo kit has three sensors and a mobile plan.")
    lead = said(2, "Lost devices", "Who lost a demo kit tells the Connectivity Lead.")
    row = said(3, "Directory", "Name: Hana Novak; Role: Connectivity Lead; Extension: 235")
    assert not can_answer("What's in a demo kit?", row, [kit, lead, row])
    assert can_answer("Who do I tell that a demo kit is lost?", row, [kit, lead, row])
    assert can_answer("Whom do I call about a demo kit?", row, [kit, lead, row])


def test_a_rule_for_another_sum_leads_to_nobody() -> None:
    rule = said(1, "Refunds", "Refunds above EUR 5,000 are approved by the Financial Controller.")
    other = said(2, "Refunds", "Refunds from EUR 750 to 5,000 are approved by the Head of Support.")
    row = said(3, "Directory", "Name: Ines Carvalho; Role: Financial Controller; Extension: 320")
    evidence = [replace(one, relevance=0.6) for one in (rule, other, row)]
    written = compose(Chains("Who approves a refund of EUR 2,000?", evidence))
    assert {number for statement in written for number in statement.numbers} == {2}


def test_a_chain_is_led_astray_by_another_sum_an_old_version_or_an_arbitrary_row() -> None:
    rule = said(1, "Refunds", "Above EUR 5,000: the Financial Controller.")
    other = said(2, "Refunds", "EUR 750 to 5,000: the Financial Controller alone.")
    row = said(3, "Directory", "Name: Ines Carvalho; Role: Financial Controller; Extension: 320")
    chains = Chains("Who approves a refund of EUR 2,000?", [rule, other, row])
    assert chains._leads_astray(Chain((rule, row), 1.0))
    assert not chains._leads_astray(Chain((other, row), 1.0))
    old = said(4, "Limits", "Refunds are approved by the team lead.")
    old = replace(old, passage=replace(old.passage, status="superseded", superseded_by=other.passage.source))
    chains = Chains("Who approves a refund?", [other, old])
    assert chains._leads_astray(Chain((old,), 1.0))
    assert not Chains("Who approves a refund?", [row, old])._leads_astray(Chain((old,), 1.0))
    trials = ("Plan: Perch; Trial: 14 days", "Plan: Colony; Trial: 30 days")
    rows = [replace(said(n, "Plans", one), relevance=0.6) for n, one in enumerate(trials, 1)]
    prose = replace(said(3, "Trials", "A trial takes up to three weeks."), relevance=0.9)
    named = said(4, "Hospitals", "Hospitals buy the Colony plan.")
    chains = Chains("How long is a trial?", [*rows, prose, named])
    assert chains._leads_astray(Chain((rows[1],), 1.0))
    assert chains._leads_astray(Chain((prose, rows[1]), 1.0))
    assert not chains._leads_astray(Chain((named, rows[1]), 1.0))


def test_a_figure_of_something_else_in_a_row_is_no_count() -> None:
    row = said(1, "Holidays and sick leave", "Country: United States; Doctor's note from: day 6; Full pay for: 6 weeks")
    assert not can_answer("How many holidays do I have in the United States?", row, [row])
    counted = said(1, "Holidays", "Country: United States; Holidays: 24")
    assert can_answer("How many holidays do I have in the United States?", counted, [counted])
    staff = said(1, "Sites", "Site: Porto; Headcount: 64")
    assert can_answer("How many people work in Porto?", staff, [staff])


def test_a_question_without_words_is_answered_directly_by_nothing() -> None:
    assert not answers_directly("Until when?", said(1, "", "It takes three months, until 30 June."))


def test_of_few_words_none_is_lent_by_what_stands_over_a_sentence() -> None:
    assert not answers_directly("How much does a plan cost?", said(1, "Plans", "On Perch alerts cost EUR 0.09 each."))
    assert answers_directly("How much does a plan cost?", said(1, "Prices", "A plan costs EUR 5."))
    assert answers_directly("How much does a yearly plan cost?", said(1, "Yearly", "A plan costs EUR 50."))


def test_a_unit_of_the_cell_may_be_asked_for() -> None:
    row = said(1, "Parental leave", "Country: Portugal; Paid at 100%: 22 weeks; Unpaid: 9 weeks")
    assert answers_directly("How many weeks of parental leave are paid at 100% in Portugal?", row)


def test_the_row_of_another_thing_is_no_answer_where_the_table_has_the_one_that_is_asked_for() -> None:
    rows = beside(
        "Country: Spain; Paid: 16 weeks", "Country: Portugal; Paid: 22 weeks", "Paid leave ends after 30 weeks."
    )
    question = "For how many weeks is leave paid in Portugal?"
    assert [can_answer(question, item, rows) for item in rows] == [False, True, True]
    assert can_answer("For how many weeks is leave paid?", rows[0], rows)
    assert not can_answer(question, rows[0], rows[:1])


def test_how_many_is_answered_by_a_number_of_things_or_by_none() -> None:
    rows = beside(
        "A transfer between the depots takes eight working days.", "We have four depots.", "We have no depots any more."
    )
    assert [can_answer("How many depots do we have?", item, rows) for item in rows] == [False, True, True]
    assert can_answer("How many days does a transfer between the depots take?", rows[0], rows)


@pytest.mark.parametrize(
    ("question", "lacking"),
    [
        ("Wendy Askew's mobile number please", {"mobil"}),
        ("what's the mobile of Wendy Askew", {"mobil"}),
        ("Wendy Askew is off, who is her deputy?", {"deputi"}),
        ("What's Wendy Askew's role?", set()),
        ("phone for wendy askew", set()),  # an extension is one
        ("How do I reach Wendy Askew?", set()),
        ("Where does Wendy Askew work?", set()),
        ("Who is Wendy Askew?", set()),
        ("What's Wendy Askew's job?", set()),  # it may be the role
        ("Who is Wendy Askew's manager?", set()),
        ("What's Otto Falk's mobile?", set()),  # it is another's row
    ],
)
def test_a_row_may_lack_what_is_asked_of_whom_it_is_about(question: str, lacking: set[str]) -> None:
    row = "name: Wendy Askew; role: Production planning; plant: Kettlesby; extension: 2140"
    assert lacking_in_row(row, question) == lacking


@pytest.mark.parametrize(
    ("question", "lacking"),
    [
        ("does the prawn pad thai contain lupin", {"lupin"}),
        ("does the prawn pad thai contain milk", set()),
        ("how many packs are in the prawn pad thai", set()),
        ("which line makes the prawn pad thai", set()),
        ("is there gluten in the prawn pad thai", set()),
    ],
)
def test_a_list_of_what_is_in_a_thing_may_lack_it(question: str, lacking: set[str]) -> None:
    row = "product_code: HG-2603; product: Prawn Pad Thai 380 g; line: L6; gluten: may contain; milk: no"
    assert lacking_in_row(row, question) == lacking


def test_where_the_row_of_whom_is_asked_about_lacks_it_nothing_else_is_said_instead() -> None:
    row, other = "name: Wendy Askew; role: Planner; extension: 2140", "Whom you call is up to you, day or night."
    asked = "What is Wendy Askew's mobile number?"
    assert compose(Chains(asked, beside(row, other))) == []
    for told in ("Wendy Askew has the mobile 07700 900 331.", "At night you get Wendy Askew on 07700 900 332."):
        assert next(statement.text for statement in compose(Chains(asked, beside(row, other, told)))) == told


def test_the_row_that_lacks_what_is_asked_is_not_quoted_for_its_other_numbers() -> None:
    rows = ("name: Wendy Askew; extension: 2140", "name: Otto Falk; extension: 2141; mobile: 07700 900 331")
    assert compose(Chains("What's Wendy Askew's mobile number?", beside(*rows))) == []


@pytest.mark.parametrize(
    "question", ["What does the Team plan cost?", "price of the team plan", "how much is the Team plan?"]
)
def test_a_row_is_called_by_its_name_with_the_kind_of_thing_that_it_is(question: str) -> None:
    row = "Plan: Team; Price per month: €1,150; Rows: 50 million"
    assert [column for column, _ in cells_asked(row, question)] == ["Plan", "Price per month"]
    assert cells_asked(row, question.replace("Team", "Solo").replace("team", "solo")) == ()


def test_a_row_is_called_by_its_name_in_another_order_too() -> None:
    row = "Ticket: Adult swim; Price: £5.20; Off-peak price: £4"
    assert [column for column, _ in cells_asked(row, "how much is a swim for an adult")] == [
        "Ticket",
        "Price",
        "Off-peak price",
    ]
    assert cells_asked(row, "how much is a swim for a child") == ()
    assert cells_asked("Name: Ada Brun; Price: £5", "How much is Brun paid by Ada?") == ()


def test_why_is_not_said_by_a_row_without_a_reason() -> None:
    asked = "Why does job M-121 need the green tools?"
    for sentence, answers in (
        ("Job: M-121; What: grease with green tools; Every: 2 weeks", False),
        ("Job: M-121; What: grease with green tools; Remarks: nut-free line", True),
        ("Job: M-121; What: grease with green tools; Rationale: nut-free line", True),
        ("Job M-121 takes the green tools; they are used nowhere else.", True),
    ):
        [item] = beside(sentence)
        assert can_answer(asked, item, [item]) == answers


def test_a_case_with_fewer_of_them_is_no_number_of_them() -> None:
    asked = "How many beds are there in the Emergency Department?"
    case = "The manager calls when fewer than four beds are left or someone waits in the Emergency Department."
    by_law = "How many beds are required by law in the Emergency Department when it opens?"
    [item] = beside(case)
    assert not can_answer(by_law, item, [item])
    other = "If fewer than four or five beds are left in the Emergency Department, call."
    for sentence, answers in (
        (case, False),
        (other, False),
        ("There are more than twenty beds in the Emergency Department.", True),
    ):
        [item] = beside(sentence)
        assert can_answer(asked, item, [item]) == answers


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        (
            "What is the speed limit of forklifts when more than 40 lorries are in the yard?",
            "When more than 40 lorries are in the yard the speed limit of forklifts is 6 km/h.",
        ),
        (
            "How many tills are opened when more than 40 people wait?",
            "When more than 40 wait two tills are opened.",
        ),
        (
            "How many people must wait before the second till is opened?",
            "The second till is opened when more than four people wait.",
        ),
        ("How many tills are opened at the weekend?", "At the weekend, when more than 40 wait two tills are opened."),
    ],
)
def test_a_case_that_the_question_gives_itself_is_told(question: str, sentence: str) -> None:
    [item] = beside(sentence)
    assert can_answer(question, item, [item])


def test_what_the_page_on_another_model_says_in_the_same_words_is_no_answer() -> None:
    one = said(1, "Wren Deep specification", "At one reading a minute the cell lasts 5 months.")
    other = said(2, "Wren 2 specification", "At one reading a minute the cell lasts 11 months.")
    asked = "How long does the battery of a Wren 2 last at one reading a minute?"
    assert [can_answer(asked, item, [one, other]) for item in (one, other)] == [False, True]
    assert can_answer("How long does a cell last at one reading a minute?", one, [one, other])
    assert can_answer(asked, one, [one])


def test_a_cell_may_hold_the_mark_that_parts_cells() -> None:
    rows = "Code: E31; What to do: Page Tier 3", "Code: E42; What to do: Wait; then call the desk; or us"
    assert cells_of(rows[1]) == (("Code", "E42"), ("What to do", "Wait; then call the desk; or us"))
    assert is_row_of_another("Who do I call for E31?", rows[1], rows)
    assert cells_of("Wait; then call") == cells_of("Code: E42") == cells_of("Wait; Code: E42") == ()
    assert cells_of("Wait, then call; Code: E42; What to do: Call") == ()


def test_two_columns_are_more_than_a_cell() -> None:
    row = said(1, "Invoices", "Invoice: Mill 7; Date: 3 May; Number: 12")
    assert answers_directly("What is the date of Mill 7?", row)
    assert not answers_directly("What are the date and the number of Mill 7?", row)


def test_a_limit_is_the_answer_to_how_much_is_paid() -> None:
    limit = said(1, "Chairs", "We pay up to 500 euros for a chair.")
    assert can_answer("I paid 800 euros for a chair, how much is refunded?", limit, [limit])
    assert not can_answer("Who approves a chair of 800 euros?", limit, [limit])


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("Who decides about a recall?", [False, True]),
        ("Who proposes a recall?", [True, False]),
        ("Who may sign?", [True, True]),
    ],
)
def test_a_sentence_leads_to_those_it_names_where_it_says_what_is_asked(question: str, meant: list[bool]) -> None:
    rows = ["Name: Ada Brun; Role: Quality Manager", "Name: Bo Ek; Role: Head of Manufacturing"]
    said = "The Quality Manager proposes it; the Head of Manufacturing decides about the recall."
    if "proposes" in question:
        said = said.replace("it;", "a recall;").replace("about the recall", "on it")
    assert are_meant(rows, said, question) == meant


def test_a_row_that_a_sentence_names_by_something_else_is_not_left_out() -> None:
    rows = ["Name: Ada Brun; Role: Quality Manager", "Team: Platform; Lead: Bo"]
    assert are_meant(rows, "The Quality Manager decides, and Platform pays.", "Who pays?") == [True, True]


ROW = "Name: Petra Vos; Role: Head of Support; Office: Ghent; Extension: 300; Start date: 3 May 2019; Deputy: Bo Ek"


@pytest.mark.parametrize(
    ("question", "columns"),
    [
        ("What is Petra Vos's extension?", ["Name", "Extension"]),
        ("What's the extension of the Head of Support?", ["Name", "Role", "Extension"]),
        ("Who is the Head of Support?", ["Name", "Role"]),
        ("Where is Petra Vos?", ["Name", "Office"]),
        ("What is the extension of Petra Vos's deputy?", []),
        ("What does Petra Vos earn?", []),
        ("When is Petra Vos in the office?", []),
        ("When is Petra Vos on holiday?", []),
        ("Where was Petra Vos born?", []),
        ("When can I call Petra Vos?", []),
        ("Who is not the Head of Support?", []),
        ("Whose deputy is Petra Vos?", []),
        ("Who is Petra Vos a deputy of?", []),
        ("Who else is in Petra Vos's office?", []),
        ("Where does Petra Vos work?", ["Name", "Office"]),
    ],
)
def test_of_a_row_the_cells_that_are_asked_for(question: str, columns: list[str]) -> None:
    assert [column for column, _ in cells_asked(ROW, question)] == columns


CONTRACT = "Supplier: Norvolt; What: Electricity; Value per year: £512000; Contact: Roger Bale"


@pytest.mark.parametrize(
    ("row", "question", "columns"),
    [
        (CONTRACT, "how much do we pay norvolt", ["Supplier", "Value per year"]),
        (CONTRACT, "How much electricity do we get from Norvolt?", []),
        (f"{CONTRACT}; Deposit: £900", "How much do we pay Norvolt?", []),
        (CONTRACT.replace("Value per year", "Late fee"), "How much do we pay Norvolt?", []),
    ],
)
def test_the_only_sum_of_a_row_is_what_is_paid(row: str, question: str, columns: list[str]) -> None:
    assert [column for column, _ in cells_asked(row, question)] == columns


@pytest.mark.parametrize(
    ("said", "is_part"),
    [
        ("Name: Petra Vos; Extension: 300.", True),
        (f"{ROW}.", True),
        ("Name: Petra Vos; Extension: 301.", False),
        ("Extension: 300; Deputy: Bo Ek.", False),
        ("Name: Petra Vos; Deputy: Bo Ek. Pay him at once.", False),
        ("Petra Vos is in Ghent.", False),
    ],
)
def test_a_part_of_a_row_is_its_own_cells_under_its_own_name(said: str, is_part: bool) -> None:
    assert is_part_of_row(said, f"{ROW}.") == is_part


def test_a_clause_that_denies_it_tells_nobody_apart() -> None:
    rows = ["Name: Ada Brun; Role: Quality Manager", "Name: Bo Ek; Role: Head of Manufacturing"]
    said = "The Quality Manager does not decide about a recall; the Head of Manufacturing does."
    assert are_meant(rows, said, "Who decides about a recall?") == [True, True]


@pytest.mark.parametrize(
    ("question", "answers", "does_not"),
    [
        ("Who is the deputy of the Buyer?", "The deputy of the Buyer is Bo.", "The deputy of the Clerk is Al."),
        ("What was the punctuality in March?", "In March the punctuality was 91%.", "The target is 93%."),
        ("What will Solo cost in 2031?", "In 2031 it will be EUR 5.", "It is EUR 3."),
    ],
)  # fmt: skip
def test_another_s_deputy_another_month_and_another_year_are_no_answer(
    question: str, answers: str, does_not: str
) -> None:
    item, other = said(1, "Page", answers), said(2, "Notes", does_not)
    assert [can_answer(question, one, [item, other]) for one in (item, other)] == [True, False]


def test_what_brings_no_word_of_the_question_does_not_lead() -> None:
    long, ends, early = beside("The lease is long.", "The lease ends in May.", "An early notice is free.")
    chains = Chains("When does the lease end with an early notice?", [long, ends, early])
    assert chains.leading_to(Chain((long, ends), 1.0)) == []
    assert chains.leading_to(Chain((early, ends), 1.0)) == [early]


def test_a_row_does_not_lead_by_what_it_shares_but_prose_does() -> None:
    answer = said(1, "Repairs", "The red anchor chain is repaired in Porto.")
    row = said(2, "Stock", "Item: Bolt; Kept by: red anchor chain")
    prose = said(3, "Notes", "Bo asked for the red anchor chain.")
    chains = Chains("Where is it repaired?", [answer, row, prose])
    assert chains.leading_to(Chain((row, answer), 1.0)) == []
    assert chains.leading_to(Chain((prose, answer), 1.0)) == [prose]


def test_who_holds_an_office_is_said_by_its_label() -> None:
    label, rule = (
        said(1, "Who is who", "Director: Signe Aaberg"),
        said(2, "Loans", "The loan is approved by the director."),
    )
    assert answers_directly("Who is the director?", label)
    assert not answers_directly("Who is the deputy director?", label)
    assert not answers_directly("When does the director come?", label)
    evidence = [label, replace(rule, relevance=0.9)]
    assert needs_kind("Who is the director?", evidence)
    assert not can_answer("Who is the director?", rule, evidence, needs_kind=True)
    assert not needs_kind("Who is the head of sales?", evidence)
    assert [statement.text for statement in compose(Chains("Who is the director?", evidence))] == [f"{label.said}."]


def test_somebody_who_is_only_named_nearby_is_not_who_is_asked_for() -> None:
    lines = beside(
        "Complaints of visitors are collected and read every Friday.",
        "The guard book is checked by Henrik Voss.",
        "Complaints go to Carla Monti.",
    )
    chains = Chains("Who reads the complaints of visitors?", lines)
    assert chains._leads_astray(Chain((lines[0], lines[1]), 1.0))
    assert not chains._leads_astray(Chain((lines[1],), 1.0))
    assert not chains._leads_astray(Chain((lines[0], replace(lines[2], quote="He reads complaints of visitors.")), 1.0))
    assert not Chains("Does Bo or Ada Brun read it?", lines)._leads_astray(Chain((lines[0], lines[1]), 1.0))


def test_whom_a_pronoun_means_is_named_beside_it() -> None:
    lines = beside(
        "The incident lead is Noor Baptiste.",
        "She decides whether customers are told.",
        "Extensions are signed by Ruth Amadi.",
    )
    asked = "Who decides whether customers are told?"
    assert can_answer(asked, lines[1], lines)
    assert not can_answer("When is it decided whether customers are told?", lines[1], lines)
    assert [statement.numbers for statement in compose(Chains(asked, placed(lines)))] == [(2,), (1,)]


def placed(lines: list[Evidence]) -> list[Evidence]:
    """With their places in the text of their passage."""
    starts = [line.passage.text.index(line.quote) for line in lines]
    return [replace(line, start=at, end=at + len(line.quote)) for line, at in zip(lines, starts, strict=True)]


def test_a_cause_that_is_denied_is_none_where_another_sentence_gives_one() -> None:
    denied, cause = said(1, "Pilot", "It was not called off for the money."), said(2, "Pilot", "Batteries caused it.")
    asked = "Why was the pilot called off?"
    assert not can_answer(asked, denied, [denied, cause])
    assert can_answer(asked, cause, [denied, cause])
    assert can_answer(asked, denied, [denied, replace(cause, relevance=0.1)])
    assert can_answer(asked, denied, [denied])
    assert can_answer("Why was the pilot not called off?", denied, [denied, cause])
