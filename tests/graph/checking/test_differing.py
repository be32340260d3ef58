"""Two answers to one question, and what only looks like it."""

from dataclasses import replace

import pytest

from graph.chaining.chains import Chains
from graph.checking.contradictions import disagreements
from graph.checking.differing import differ, is_later
from graph.evidence import Evidence
from tests.graph.conclusions.test_comparing import said

BACKUPS = "How long are Ridehub backups kept?"
REFUND = "How long does a refund take?"
CLOSING = "When does the Antwerp depot close?"
FEE = "How much is the setup fee?"
LEAVE = "How many days of annual leave do I get?"


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        (
            BACKUPS,
            ("Backups of Ridehub", "Backups are kept for 30 days."),
            ("Ridehub runbook", "Backups of the Ridehub database are kept for 45 days."),
        ),
        (
            "How long do we keep the backups of Ridehub?",
            ("Backups of Ridehub", "Backups are kept for thirty days."),
            ("Ridehub runbook", "Backups of Ridehub are kept for six weeks."),
        ),
        (
            REFUND,
            ("Refunds", "Refunds are paid within 7 working days, to the card that was used."),
            ("Answering refund requests", "Tell the customer that a refund takes 14 working days."),
        ),
        (
            CLOSING,
            ("Operations weekly, 12 February 2026", "The Antwerp depot closes on 30 April 2026."),
            (
                "Operations weekly, 19 February 2026",
                "The closing of the Antwerp depot is moved to 31 May 2026, because the lease runs until then.",
            ),
        ),
        (
            CLOSING,
            ("News", "The Antwerp depot closes on April 30th, 2026."),
            ("Minutes", "The closing of the Antwerp depot is postponed from 30 April 2026 to 31 May 2026."),
        ),
        (FEE, ("Price list", "The setup fee is EUR 90."), ("FAQ", "The setup fee is 120 euros.")),
        (LEAVE, ("Leave", "You get 27 days of annual leave."), ("FAQ", "Annual leave: 25 days.")),
        (
            LEAVE,
            ("Leave", "Everyone gets 27 days of annual leave a year."),
            ("FAQ", "From 1 March 2026, employees have 28 days of annual leave a year."),
        ),
        (
            "What share of the deposit is refunded?",
            ("Deposits", "50% of the deposit is refunded."),
            ("FAQ", "We refund 80 % of the deposit."),
        ),
    ],
)
def test_another_value_for_what_is_asked_is_a_contradiction(
    question: str, one: tuple[str, str], other: tuple[str, str]
) -> None:
    first, second = said(1, *one), said(2, *other)
    assert differ(question, first, second)
    assert differ(question, second, first)
    (found,) = disagreements([first], [first, second], question)
    assert found.sentence.startswith(f"Sources disagree: “{other[0]}” says")


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        # The same, said otherwise.
        (
            BACKUPS,
            ("Backups of Ridehub", "Backups are kept for 30 days."),
            ("Ridehub", "Backups are kept thirty days."),
        ),
        (
            BACKUPS,
            ("Backups of Ridehub", "Backups are kept for 30 days."),
            ("Ridehub", "Backups are kept for a month."),
        ),
        (
            BACKUPS,
            ("Backups of Ridehub", "Backups are kept for 7 days."),
            ("Ridehub", "Backups are kept for one week."),
        ),
        (FEE, ("Prices", "The setup fee is EUR 5."), ("FAQ", "The setup fee is 5 EUR.")),
        (
            CLOSING,
            ("News", "The Antwerp depot closes on 30 April."),
            ("Minutes", "The Antwerp depot closes on 2026-04-30."),
        ),
        # Of another place, person, role, product or plan.
        (REFUND, ("Refunds", "A refund takes 7 days."), ("Refunds", "In Spain a refund takes 14 days.")),
        (REFUND, ("Refunds", "A refund takes 7 days."), ("Refunds in Spain", "A refund takes 14 days.")),
        (REFUND, ("Refunds", "A refund takes 7 days."), ("Courier plan", "A refund takes 14 days.")),
        (LEAVE, ("Leave", "You get 27 days of annual leave."), ("Leave", "Managers get 30 days of annual leave.")),
        (LEAVE, ("Leave", "You get 27 days of annual leave."), ("Leave", "Ada Brun gets 30 days of annual leave.")),
        (FEE, ("Fees", "The setup fee is 90 EUR."), ("Fees", "The setup fee of Fleet is 450 EUR.")),
        (FEE, ("Fees", "Solo: the setup fee is 90 EUR."), ("Fees", "Fleet: the setup fee is 450 EUR.")),
        (
            "How far does a bike go on one charge?",
            ("Finch", "A bike goes 60 km on one charge."),
            ("Heron", "A bike goes 85 km on one charge."),
        ),
        (
            "How long does a charge take?",
            ("Bikes", "A charge takes 4 hours."),
            ("Bikes", "A fast charge takes 2 hours."),
        ),
        # Of another kind, year or case.
        (BACKUPS, ("Ridehub", "Backups are kept for 30 days."), ("Ridehub", "Monthly backups are kept for 12 months.")),
        (
            BACKUPS,
            ("Ridehub", "Backups are kept for 30 days."),
            ("Ridehub", "Backups of logs are kept for 9 days."),
        ),
        (BACKUPS, ("Ridehub", "Backups are kept for 30 days."), ("Ridehub", "They are kept for 9 days, as backups.")),
        (BACKUPS, ("Ridehub", "Backups are kept for 30 days."), ("Ridehub", "A restore of backups takes 2 hours.")),
        ("How much is the budget?", ("Minutes", "The budget is 9 EUR."), ("Minutes", "The budget for 2027 is 8 EUR.")),
        ("How much is the budget?", ("Report 2025", "The budget is 9 EUR."), ("Report 2026", "The budget is 8 EUR.")),
        (REFUND, ("Refunds", "A refund takes 7 days."), ("FAQ", "A refund takes 14 days if you paid by cheque.")),
        (REFUND, ("Refunds", "A refund takes 7 days."), ("FAQ", "A refund takes 14 days for foreign cards.")),
        (REFUND, ("Refunds", "A refund takes 7 days."), ("FAQ", "A refund takes 14 days, for foreign cards.")),
        (REFUND, ("Refunds", "A refund takes 7 days."), ("FAQ", "Class A: a refund takes 14 days.")),
        (REFUND, ("Refunds", "A refund takes 7 days."), ("FAQ", "A refund above 100 EUR takes 14 days.")),
        (REFUND, ("Refunds", "A refund takes 7 days."), ("FAQ", "Ask for a refund within 30 days.")),
        (REFUND, ("Refunds", "A refund takes 7 days."), ("FAQ", "Refunds are requested within 30 days.")),
        (REFUND, ("Refunds", "A refund takes 7 days."), ("FAQ", "In 2019 a refund took 14 days.")),
        (LEAVE, ("Leave", "You get 27 days of annual leave."), ("FAQ", "Annual leave from 1 May 2999: 25 days.")),
        (LEAVE, ("Leave", "You get 27 days of annual leave."), ("FAQ", "New employees get 20 days of annual leave.")),
        (FEE, ("Fees", "The setup fee is 90 EUR."), ("Fees", "The setup fee is 150 EUR, bike included.")),
        (FEE, ("Fees", "The setup fee is 90 EUR."), ("Fees", "The setup fee is 20 EUR (schools).")),
        (
            "When is the next meeting?",
            ("Minutes, 3 March 2026", "The next meeting is on 10 March 2026."),
            ("Minutes, 10 March 2026", "The next meeting is on 17 March 2026."),
        ),
        # Limits, ranges and lists.
        (REFUND, ("Refunds", "A refund takes 7 days."), ("FAQ", "A refund takes at most 14 days.")),
        (REFUND, ("Refunds", "A refund takes 7 days."), ("FAQ", "A refund takes 5 to 14 days.")),
        (REFUND, ("Refunds", "A refund takes 7 days."), ("FAQ", "A refund usually takes 5 days.")),
        (REFUND, ("Refunds", "A refund takes 7 days."), ("FAQ", "A refund takes 5 days in shops and 9 days by post.")),
        (
            CLOSING,
            ("News", "The Antwerp depot closes on 30 April."),
            ("Minutes", "The Antwerp depot closes by 31 May."),
        ),
        (CLOSING, ("News", "The Antwerp depot closes on 30 April."), ("Hours", "The Antwerp depot closes at 18:00.")),
        (
            CLOSING,
            ("News", "The Antwerp depot closes on 3 May."),
            ("News", "The Antwerp depot closes for lunch on 4 May."),
        ),
        # Units and rates that don't compare.
        (REFUND, ("Refunds", "A refund takes 7 days."), ("FAQ", "A refund takes 5 working days.")),
        (FEE, ("Fees", "The setup fee is 90 EUR."), ("Fees", "The setup fee is 8 EUR a month.")),
        (FEE, ("Fees", "The setup fee is 90 EUR."), ("Fees", "The setup fee is 100 USD.")),
        # Rows of tables, questions, denials, and what no value is asked for.
        (FEE, ("Fees", "Plan: Solo; Setup fee (EUR): 90"), ("Fees", "Plan: Fleet; Setup fee (EUR): 450")),
        (REFUND, ("Refunds", "A refund takes 7 days."), ("FAQ", "Does a refund take 14 days?")),
        (REFUND, ("Refunds", "A refund takes 7 days."), ("FAQ", "A refund does not take 14 days.")),
        ("Does a refund take 7 days?", ("Refunds", "A refund takes 7 days."), ("FAQ", "A refund takes 14 days.")),
        ("Who pays a refund?", ("Refunds", "A refund takes 7 days."), ("FAQ", "A refund takes 14 days.")),
    ],
)
def test_what_may_be_of_another_thing_is_no_contradiction(
    question: str, one: tuple[str, str], other: tuple[str, str]
) -> None:
    first = said(1, *one)
    second = _elsewhere(said(2, *other))
    assert not differ(question, first, second)
    assert not differ(question, second, first)


def _elsewhere(item: Evidence) -> Evidence:
    return replace(item, passage=replace(item.passage, source="elsewhere", key="elsewhere"))


def test_one_document_does_not_contradict_itself() -> None:
    one, other = said(1, "Refunds", "A refund takes 7 days."), said(2, "Refunds", "A refund takes 9 days.")
    assert not differ(REFUND, one, other)


EARLIER = said(1, "Minutes, 12 February 2026", "The depot in Antwerp closes on 30 April 2026.")
LATER = said(2, "Minutes, 19 February 2026", "The closing of the Antwerp depot is moved to 31 May 2026.")


def test_of_two_decisions_the_later_one_is_the_answer() -> None:
    for evidence in ([EARLIER, LATER], [LATER, EARLIER]):
        direct = Chains(CLOSING, evidence).direct
        assert direct is not None
        assert direct.answer == LATER


def test_dates_tell_which_is_later_and_else_what_says_that_it_changes() -> None:
    assert is_later(LATER, EARLIER)
    assert not is_later(EARLIER, LATER)
    one, other = said(1, "News", "The fee is 5 EUR."), said(2, "Prices", "The fee is raised to 6 EUR.")
    assert is_later(other, one)
    assert not is_later(one, other)
    dated = replace(one, passage=replace(one.passage, updated="2026-03-01"))
    assert is_later(dated, EARLIER)
