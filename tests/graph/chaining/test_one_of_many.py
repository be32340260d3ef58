"""One row of a table is no answer to what only all of its rows tell; what says it by itself still is."""

import pytest

from graph.chaining.eligibility import can_answer
from graph.chaining.one_of_many import is_one_of_many
from graph.evidence import Evidence
from graph.texts.reading import is_citable, reading_of
from tools.passages import Passage
from tools.sentences import split_sentences

VENDORS = """Vendor | Service | Yearly cost (EUR)
Vendor: Quill; Service: payments; Yearly cost (EUR): 960
Vendor: Humber; Service: payroll; Yearly cost (EUR): 740
Vendor: Texter; Service: texts; Yearly cost (EUR): 4150"""

OPTIONS = """| Option | For | Cost a year |
|---|---|---|
| Queue | own | 2,100 EUR |
| Cloud | rent | 14,300 EUR |

We take the first."""

STAFF = "Name | Team\nName: Ada Brun; Team: Sales\nName: Otto Falk; Team: Sales"
TEAMS = "Team | People\nTeam: Sales; People: 14\nTeam: Legal; People: 3"


def read(*texts: str) -> list[Evidence]:
    found: list[Evidence] = []
    for number, text in enumerate(texts):
        passage = Passage(f"k{number}", f"p{number}", f"{number}.md", "Overview", text, start=0, end=len(text))
        for a, b in split_sentences(text):
            if is_citable(passage, a, b):
                found.append(Evidence(len(found) + 1, passage, text[a:b], a, b, 0.5, reading_of(passage, a, b)))
    return found


def answering(question: str, *texts: str) -> list[str]:
    evidence = read(*texts)
    return [
        item.said.split("; ")[0]
        for item in evidence
        if ": " in item.said and not is_one_of_many(question, item, evidence)
    ]


@pytest.mark.parametrize(
    "question",
    [
        "Which vendor is the most expensive?",
        "What is the cheapest vendor for us?",
        "Which vendor was the oldest?",
        "How many vendors do we pay monthly?",
        "How many active vendors are there?",
    ],
)
def test_a_row_of_what_is_asked_for_all_of_is_no_answer(question: str) -> None:
    assert answering(question, VENDORS) == []
    assert answering(question, VENDORS, "Plan | Seats\nPlan: Solo; Seats: 1\nPlan: Team; Seats: 9") == []


@pytest.mark.parametrize(
    "question",
    [
        "Which vendor does the payroll?",
        "What does the most expensive vendor do?",
        "Who looks after our cheapest vendor?",
        "Which services does Quill offer?",
        "Which vendors don't process personal data?",
        "List our vendors in Spain",
        "How many users may Quill have?",
        "What happens when a vendor is late?",
        "Which team runs the vendor of our payroll?",
        "Is Quill the cheapest vendor?",
    ],
)
def test_a_row_answers_what_is_asked_of_it(question: str) -> None:
    assert len(answering(question, VENDORS)) == 3


def test_a_row_that_says_it_by_itself_is_an_answer() -> None:
    said = VENDORS.replace("Service: texts", "Service: texts, our most expensive")
    assert answering("Which vendor is the most expensive?", said) == ["Vendor: Texter"]
    assert answering("How many people are in Sales?", STAFF, TEAMS) == ["Team: Sales", "Team: Legal"]
    assert answering("How many tier 1 vendors do we have?", VENDORS.replace("Service: payments", "Tier: 1")) == []


def test_the_row_that_comes_first_of_all_that_are_there_may_answer() -> None:
    assert answering("Which option would have been cheapest?", OPTIONS) == ["Option: Queue"]
    assert answering("Which option would have been the most expensive?", OPTIONS) == ["Option: Cloud"]
    # The table may go on in another passage.
    assert answering("Which option would have been cheapest?", OPTIONS.partition("\n\n")[0]) == []
    assert answering("Which option would have been fastest?", OPTIONS) == []


def test_prose_still_answers() -> None:
    question = "Which vendor is the most expensive?"
    evidence = read(VENDORS, "Our most expensive vendor is Texter. Ask Ada Brun.")
    assert [item.said for item in evidence if can_answer(question, item, evidence)] == [
        "Our most expensive vendor is Texter.",
        "Ask Ada Brun.",
    ]


BIKES = """Model | Range | Weight
Model: Pony; Range: 55 km; Weight: 38 kg
Model: Mule; Range: 62 km; Weight: 45 kg"""


def test_a_row_beyond_the_bound_that_is_asked_for_is_no_answer() -> None:
    assert answering("Which bikes have a range of more than 55 km?", BIKES) == ["Model: Mule"]
    assert answering("What bike weighs at most 40 kg?", BIKES) == ["Model: Pony"]
    assert answering("Which bikes cost over 300 euros?", BIKES) == ["Model: Pony", "Model: Mule"]
    assert answering("Which vendor costs at most 800 EUR?", VENDORS) == ["Vendor: Humber"]
    assert answering("Bikes over 300 euros", BIKES) == ["Model: Pony", "Model: Mule"]
    assert answering("Who rides more than 60 km?", BIKES) == ["Model: Pony", "Model: Mule"]
