"""What a question expects of its answer, and which sentence holds it."""

import time

import pytest

from graph.questions.expectation import expectation_met, says_yes_or_no


@pytest.mark.parametrize(
    ("question", "answers", "does_not"),
    [
        ("How long do we have to reply?", "In writing within 10 business days.", "Seven engineers reply."),
        ("How long do we have to reply?", "The deadline is two hours.", "It is asked five times a week."),
        ("How soon must it be reported?", "Within an hour of the loss.", "Report form 7 is used."),
        ("How long must my passphrase be?", "A phrase of at least 16 characters.", "Rule 3 holds for passphrases."),
        ("How much is a cooked breakfast?", "Breakfast costs 4.20.", "Breakfast 05:30 - 09:00."),
        ("names of the three Porto members", "Ada Brun, Otto Falk and Ines Roth.", "Seven members: three in Porto."),
        ("What's the current date for the move?", "It moves on 16 November.", "The move is to PostgreSQL 16."),
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
        ("What does leaving early cost?", "The fee is 25 % of the rent that remains.", "The fee is due in 25 days."),
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
        ("What does WDR stand for?", "WDR – weekly deploy review.", "Present it in the WDR."),
        ("what does WDR mean", "WDR is the weekly deploy review.", "Severity; WDR."),
        ("What does SEV2 mean?", "SEV: 2; Means: money is wrong", "Severity; SEV2."),
        ("What does SEV2 mean?", "A SEV2 is a lesser one.", "Reports are due within five days for a SEV2."),
        ("How often is it released?", "Once a month.", "It has 12 releases."),
        ("How often is it released?", "On every second Wednesday.", "On Wednesday."),
        ("How often is it released?", "Releases are monthly.", "The last was in 2025."),
        (
            "How often is it backed up?",
            "Keys change each quarter, backups are made four times a day.",
            "It takes 4 hours.",
        ),
        ("How often is it replaced?", "Every four years.", "Once I've left."),
        ("How long is the trial?", "The trial takes fourteen days.", "Fourteen people try it."),
        ("How long is the trial?", "Trial (days): 14", "Trial: 14 people"),
        ("How far is it?", "It is 5km away.", "It is in zone 5."),
        ("Which temperature is right?", "At most 40ºC.", "At most 40 hours."),
        ("How much does it cost?", "It is free of charge.", "Feel free to ask; in 2019 it won a prize."),
        ("What are the names?", "Ada Brun and Hana de la Cruz.", "The Quality Manager."),
        ("Who, by name, signs?", "Élodie Öz signs.", "The Firmware Lead signs."),
        ("How much is a replacement badge?", "A new badge is EUR 5.", "Day one: laptop, badge, lunch."),
        ("How much notice do I have to give?", "Two months' notice.", "Notice is given in Room 4."),
        ("How much memory does it have?", "It has 512 MB.", "It has memory."),
        ("How much leave do I get?", "Annual leave: 25", "Ask on floor 3."),
        ("How much can I claim for glasses?", "You can claim up to three hundred.", "Day one, then."),
        ("How much memory does it have?", "Thirty-two gigabytes.", "It has one."),
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
    assert expectation_met("How many riders do we have?", ["The XL carries 220 kg, the rider not included."]) == 0.0
    assert expectation_met("How many depots do we have?", ["A transfer between depots takes eight days."]) == 0.0
    assert expectation_met("How many days is that?", ["Every week of the year has 5 days."]) == 1.0
    assert expectation_met(question, ["Employees are happy."]) == 0.0
    assert expectation_met("How many wireless sensors fit?", ["It serves up to 120 wireless sensors."]) == 1.0


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
    started = time.process_time()
    expectation_met(question, [nasty])
    assert time.process_time() - started < 2.0


def test_a_reply_says_yes_or_no_first() -> None:
    assert says_yes_or_no("No. There is a shop next door.")
    assert says_yes_or_no("Yes, on Fridays.")
    assert not says_yes_or_no("Nobody knows.")
