"""Follow-ups that name another thing."""

import pytest

from graph.language import Turn
from graph.questions.antecedents import of_another, of_where, of_which, of_whom
from graph.questions.own_topic import without_going_on
from graph.questions.replacing import put_in_place
from graph.questions.standing_alone import points_back, question_alone, topic_of

OPENING = "When does the lease of Mill Lane end?"


@pytest.mark.parametrize(
    ("question", "opening", "asked"),
    [
        ("What about Quay Street?", OPENING, "When does the lease of Quay Street end?"),
        ("and the lease of Quay Street?", OPENING, "When does the lease of Quay Street end?"),
        ("And in 2024?", "What is the meal allowance in 2026?", "What is the meal allowance in 2024?"),
        ("And how long is it for Quay Street?", OPENING, None),
        ("And in 2024?", "What is the meal allowance in Lund?", "What is the meal allowance in Lund in 2024?"),
        ("Was that different in 2024?", "What did a meal cost in 2025?", "What did a meal cost in 2024?"),
        ("Is it the same in Porto?", "What does a meal cost in Lund?", "What does a meal cost in Porto?"),
        ("And in dollars?", "What does a seat cost in euros?", "What does a seat cost in dollars?"),
        ("What about in USD?", "What does a seat cost?", "What does a seat cost in USD?"),
        ("And in hours?", "How long is the ride in minutes?", "How long is the ride in hours?"),
        ("And in hours?", "How long is the ride?", None),
        ("And in general?", "What does a seat cost in euros?", None),
        ("And the one for meals?", "Who is the vendor for train rides?", "Who is the vendor for meals?"),
        ("And the one for meals?", "Who is the vendor?", None),
        ("What about Quay Street and Porto?", "Is Lund further north than Turku?", None),
        ("And who signs it?", OPENING, None),
        ("Who signs for Quay Street?", OPENING, None),
        ("And when does Quay Street end?", OPENING, "When does the lease of Quay Street end?"),
        ("And who leads Pricing?", "Who leads the Growth team?", "Who leads the Pricing team?"),
        ("And what does Porto pay?", "What does Lund pay for cleaning?", "What does Porto pay for cleaning?"),
        ("And who does Ada Brun report to?", "Who reports to Bo Ek?", None),
        ("And who leads Growth?", "Who leads the Growth team?", None),
        ("and about payroll?", "who do i ask about the pension?", "who do i ask about payroll?"),
        ("And for trips abroad?", "Who approves a refund for hotels?", "Who approves a refund for trips abroad?"),
        ("And for two weeks?", "Who approves leave for trainees?", None),
        ("And for those?", "Who approves leave for trainees?", None),
        ("And for members?", "What is a swim?", None),
    ],
)
def test_a_follow_up_asks_the_same_of_what_it_names(question: str, opening: str, asked: str | None) -> None:
    assert put_in_place(question, opening) == asked


def test_what_was_named_last_is_what_the_next_follow_up_is_about() -> None:
    history = [Turn("Who is Ada Brun?", ""), Turn(OPENING, "In 2027."), Turn("What about Quay Street?", "In 2028.")]
    assert topic_of(history) == "When does the lease of Quay Street end?"
    assert topic_of([*history, Turn("and who signs it?", "")]) == "When does the lease of Quay Street end?"
    assert topic_of([Turn("and who signs it?", "")]) == "and who signs it?"
    assert topic_of([*history, Turn("And who leads Pricing?", ""), Turn("And why?", "")]) == "And who leads Pricing?"


@pytest.mark.parametrize(
    ("question", "opening", "answer", "asked"),
    [
        (
            "what is her extension?",
            "Who is the Head of Sales?",
            "Name: Ada Brun; Role: Head of Sales; Reports to: Bo Ek",
            "what is Ada Brun's extension?",
        ),
        ("Where does he sit?", "What is Bo Ek's phone number?", "4425", "Where does Bo Ek sit?"),
        (
            "When can I call her?",
            "Why is the batch on hold?",
            "Ada Brun found water in it.",
            "When can I call Ada Brun?",
        ),
        ("When can I call her?", "Why is the batch on hold?", "Ada Brun and Bo Ek found water in it.", None),
        ("Is he older than she?", "Who is taller, Ada Brun or Bo Ek?", "Ada Brun.", None),
        ("what is her extension?", "Who is the Head of Sales?", "", None),
        ("and the extension?", "Who is the Head of Sales?", "Ada Brun is.", None),
        (
            "What is his extension?",
            "Who is Ada Brun's manager?",
            "Name: Ada Brun; Manager: Otto Falk",
            "What is Otto Falk's extension?",
        ),
        (
            "What is his extension?",
            "Who manages Otto Falk?",
            "Otto Falk reports to Bo Ek.",
            "What is Bo Ek's extension?",
        ),
        (
            "What is her extension?",
            "Who is Ada Brun?",
            "Name: Ada Brun; Manager: Otto Falk",
            "What is Ada Brun's extension?",
        ),
        ("What is his extension?", "Who stands in for Ada Brun?", "Nobody stands in for Ada Brun.", None),
        ("What is his extension?", "Who helps Ada Brun?", "Bo Ek and Otto Falk help.", None),
        (
            "What is her extension?",
            "What is in the Travel Handbook?",
            "Mill Ltd pays for trips to Quay Street on Monday Ada.",
            None,
        ),
        ("Can he see her?", "Who is the Head of Sales?", "Ada Brun is.", None),
        ("What is their extension?", "Who leads Sales?", "Ada Brun does.", "What is Ada Brun's extension?"),
        ("What is their extension?", "Who leads Sales?", "Ada Brun and Otto Falk do.", None),
        ("When are they paid?", "Who approves refunds?", "Ada Brun does.", None),
        ("What is their number?", "Which team handles refunds?", "The Billing team, led by Ada Brun.", None),
        ("Do employees need their manager's approval?", "Who approves it?", "Ada Brun approves laptops.", None),
        ("Must new hires tell their manager?", "Who approves it?", "Ada Brun approves laptops.", None),
        ("Can he or she sign?", "Who is the Head of Sales?", "Ada Brun is.", None),
        (
            "Should I tell her that I am ill?",
            "Who is the Head of Sales?",
            "Ada Brun is.",
            "Should I tell Ada Brun that I am ill?",
        ),
    ],
)
def test_a_pronoun_is_the_person_who_was_asked_about_or_answered(
    question: str, opening: str, answer: str, asked: str | None
) -> None:
    assert of_whom(question, opening, answer) == asked


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("hi, quick question: how long is the warranty?", "how long is the warranty?"),
        ("Hello everyone! Who signs?", "Who signs?"),
        ("Good morning Hopline - could you please tell me who signs?", "who signs?"),
        ("Thanks! And who signs?", "And who signs?"),
        ("Quick one: who signs?", "who signs?"),
        ("hey, what happens with my mail?", "what happens with my mail?"),
        ("hi all – could somebody tell me who signs?", "who signs?"),
        ("hey can you tell me who to ask?", "who to ask?"),
        ("Sorry for the dumb question but who signs?", "who signs?"),
        ("sorry to bother you, where is the depot? Thanks in advance!", "where is the depot?"),
        ("I'd love to know how long leave is", "how long leave is"),
        ("Does anyone know where the depot is?", "where the depot is?"),
        ("I was wondering if I can bring a dog", "can I bring a dog"),
        ("Hi there! Hope you're well. I'm new and wondering whether I could work abroad?", "could I work abroad?"),
        ("ok so my phone was stolen, who pays?", "my phone was stolen, who pays?"),
        ("The screen keeps freezing. Any idea?", "The screen keeps freezing."),
        ("I'd love to go to two fairs this year, is that ok?", "May I go to two fairs this year?"),
        ("so what about Porto?", "so what about Porto?"),
        ("Hey", "Hey"),
        ("Thanks!", "Thanks!"),
        ("Who thanks whom?", "Who thanks whom?"),
        ("Right of way: who goes first?", "Right of way: who goes first?"),
        ("Well depth: how deep?", "Well depth: how deep?"),
        ("Tell me more", "Tell me more"),
        ("Hi", "Hi"),
        ("hi,", "hi,"),
        ("High alert: who is called?", "High alert: who is called?"),
        ("Hey Jude is by whom?", "Hey Jude is by whom?"),
        ("Question: who signs?", "Question: who signs?"),
        ("whats the budget, and whos asked?", "what's the budget, and who's asked?"),
        ("what if i dont show up, cant i cancel?", "what if i don't show up, can't i cancel?"),
        ("what do i do if theres a leak", "what do i do if there's a leak"),
        ("what if im ill and ive no note", "what if i'm ill and i've no note"),
        ("Does the font matter? It wont.", "Does the font matter? It won't."),
        (
            "Where do the Whos live, and what are the WHOs rules?",
            "Where do the Whos live, and what are the WHOs rules?",
        ),
    ],
)
def test_what_is_said_before_a_question_is_no_part_of_it(text: str, question: str) -> None:
    assert question_alone(text) == question


@pytest.mark.parametrize(
    ("question", "opening", "answer", "asked"),
    [
        (
            "Who is the site lead there and what is their extension?",
            "Where is the calibration lab?",
            "The calibration lab is in Porto, at the assembly plant.",
            "Who is the site lead in Porto and what is their extension?",
        ),
        (
            "How do I get there?",
            "Which site does Ada Brun work at?",
            "Name: Ada Brun; Team: Platform; Site: Mill Lane.",
            "How do I get to Mill Lane?",
        ),
        ("What is sent from there?", "Where is the depot?", "It is near Utrecht.", "What is sent from Utrecht?"),
        ("Who works there?", "Who is Ada Brun?", "Ada Brun works in Porto.", None),
        ("Who works there?", "Where is the depot?", "The depot is in Porto.", "Who works in Porto?"),
        ("Who is up there on the roof?", "Where is the depot?", "The depot is in Porto.", None),
        ("Can I park there?", "Where is Ada Brun?", "Before June Ada Brun worked in Ghent.", None),
        ("Who works there?", "Where are the depots?", "One is in Porto and one is in Utrecht.", None),
        ("Who works there?", "Where in Porto is the lab?", "The lab is in Porto.", None),
        ("What does it cost there?", "Where is the lab?", "The lab is in Porto.", None),
        ("Is there a fee?", "Where is the lab?", "The lab is in Porto.", None),
    ],
)
def test_there_is_the_place_that_was_found(question: str, opening: str, answer: str, asked: str | None) -> None:
    assert of_where(question, opening, answer) == asked


@pytest.mark.parametrize(
    "question",
    [
        "Is there a limit on hotels?",
        "Are there any fees?",
        "There's a fee, who pays?",
        "Who leads IT?",
        "What changes this year?",
        "What happens if one of the gateways fails?",
        "How long does one repair take?",
        "On Monday do we work?",
        "On-call allowance?",
        "Per diem in Sweden",
        "After-hours support number",
        "To whom do I write?",
        "How much is a refund then worth to us?",
        "Until when can I cancel?",
        "I think that leave is long, how long?",
        "And who leads Pricing?",
        "and who is Ada Brun?",
        "So what does the Colony plan cost?",
        "And where does Ada Brun work?",
        "And who works in Porto?",
        "But is Porto open on Saturdays?",
    ],
)
def test_words_that_also_point_back_do_not_always(question: str) -> None:
    assert not points_back(question)


@pytest.mark.parametrize(
    "question",
    [
        "Who works there?",
        "What should I do then?",
        "with the fast charger?",
        "for the Campus plan?",
        "Does it expire?",
        "Which one is cheaper?",
        "And this?",
        "Who has those?",
        "Until when?",
        "Since when?",
        "Was that different in 2025?",
        "What is that?",
        "And is that the Colony plan?",
        "And does Porto?",
        "And does the Colony plan?",
        "And what is the limit in Porto?",
        "And how many days does Porto get?",
        "And who approves that for Ada Brun?",
        "And who gets Monday off?",
        "Who is responsible for it?",
    ],
)
def test_words_that_point_back(question: str) -> None:
    assert points_back(question)


@pytest.mark.parametrize(
    ("question", "opening", "answer", "asked"),
    [
        (
            "How much is it per month?",
            "Which plan does Bpost take?",
            "They take the Fleet plan with 180 bikes.",
            "How much is the Fleet plan per month?",
        ),
        (
            "Who is its lead?",
            "What team does Ada Brun work in?",
            "Name: Ada Brun; Team: Platform; Site: Porto.",
            "Who is the Platform team's lead?",
        ),
        ("How much is it?", "Which plan does Bpost take?", "The Fleet plan, and the Campus plan in May.", None),
        ("How much is it?", "Which plan is the Fleet plan?", "The Fleet plan.", None),
        ("How much is it and when is it due?", "Which plan do they take?", "They take the Fleet plan.", None),
        ("Who leads IT?", "Which plan do they take?", "They take the Fleet plan.", None),
        ("If the printer is jammed, who repairs it?", "Which plan has 20 seats?", "The Fleet plan has 20 seats.", None),
        ("Is it allowed to bring a dog?", "Which plan has 20 seats?", "The Fleet plan has 20 seats.", None),
        ("Who approves it?", "Which plan has 20 seats?", "The Fleet plan has 20.", "Who approves the Fleet plan?"),
        ("How much does she pay for it?", "Which plan do they take?", "They take the Fleet plan.", None),
        ("How much is it?", "Who takes the Fleet plan?", "Bpost takes the Fleet plan.", None),
    ],
)
def test_it_is_the_thing_that_was_found(question: str, opening: str, answer: str, asked: str | None) -> None:
    assert of_which(question, opening, answer) == asked


@pytest.mark.parametrize(
    ("question", "last", "answer", "asked"),
    [
        (
            "What's her extension?",
            "And who is his manager?",
            "Name: Bo Ek; Job title: Engineer; Reports to: Ada Brun; Office: Cork.",
            "What's Ada Brun's extension?",
        ),
        ("Where does she sit?", "Who is his manager?", "It is Ada Brun.", "Where does Ada Brun sit?"),
        ("What's his extension?", "And who is his manager?", "Name: Bo Ek; Reports to: Ada Brun.", None),
        ("What's her extension?", "Who owns it?", "Name: Bo Ek; Reports to: Ada Brun.", None),
        ("What's her extension?", "Who is his manager?", "Name: Bo Ek; Reports to: Ada Brun; Deputy: Otto Falk.", None),
        ("What's her extension?", "Who is his manager?", "", None),
    ],
)
def test_her_after_his_is_the_other_person_of_the_answer(
    question: str, last: str, answer: str, asked: str | None
) -> None:
    assert of_another(question, last, answer) == asked


def test_only_what_a_question_begins_with_goes_on_from_another() -> None:
    assert without_going_on("And, who is responsible for Porto or Lund?") == "who is responsible for Porto or Lund?"
    assert without_going_on("Who is responsible for it?") == "Who is responsible for it?"
