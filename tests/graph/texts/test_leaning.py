"""A sentence that is about what the one before it names is read and quoted with that."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from graph.chaining.chain_scores import Chain
from graph.chaining.chains import Chains
from graph.chaining.sentence_features import MAX_CONSIDERED
from graph.checking.answering import how_answered, reread
from graph.evidence import Evidence
from graph.languages.extractive import compose
from graph.state import CheckedClaim, State
from graph.texts.leaning import completion_of, leans, leant_on, opens_with_pronoun
from tools.passages import Passage
from tools.ports import AnswerToCheck
from tools.sentences import split_sentences

PARTY = (
    "- Summer party: Friday 20 June in Ghent. Noor organises it. Budget 1,500 EUR.\n- Audit: in spring. Ada leads it."
)
QUESTION = "Who organises the summer party?"


class Reader:
    """Finds a text with all of these words likely to answer, and any other unlikely."""

    def __init__(self, *words: str) -> None:
        self.words = words
        self.asked: list[str] = []

    @property
    def name(self) -> str:
        return "reader"

    async def check(self, answers: Sequence[AnswerToCheck]) -> list[float]:
        self.asked += [one.text for one in answers]
        return [0.9 if all(word in one.text for word in self.words) else 0.1 for one in answers]


def read(text: str) -> list[Evidence]:
    passage = Passage(key="k", id="p", source="minutes.md", title="Minutes", text=text, end=len(text))
    spans = split_sentences(text)
    return [
        Evidence(number, passage, text[a:b], a, b, 0.5, text[a:b].removeprefix("- "))
        for number, (a, b) in enumerate(spans, 1)
    ]


@pytest.mark.parametrize(
    ("said", "it_does"),
    [
        ("Noor organises it.", True),
        ("He locks it.", True),
        ("And then they wait.", True),
        ("This plan costs 5 EUR.", True),
        ("Its budget is 5 EUR.", True),
        ("It's closed.", False),
        ("Noor organises the party.", False),
        ("The Italian office is theirs", False),
        ("Plan: this; Price: 5", False),
    ],
)
def test_what_leans_is_told_by_its_pronouns(said: str, it_does: bool) -> None:
    assert leans(said) == it_does


def test_it_leans_on_the_nearest_sentence_of_its_item_that_leans_on_none() -> None:
    party, noor, budget, audit, ada = read(PARTY)
    assert leant_on(noor, read(PARTY)) == party
    assert leant_on(ada, read(PARTY)) == audit
    assert leant_on(budget, read(PARTY)) is None
    assert leant_on(noor, [noor, budget, audit]) is None
    first, _, third = read("The party is in June. It is in Ghent. Noor organises it.")
    assert leant_on(third, read("The party is in June. It is in Ghent. Noor organises it.")) == first
    (apart, after) = read("The party is in June.\n\nNoor organises it.")
    assert leant_on(after, [apart, after]) is None


async def test_it_is_read_and_quoted_with_what_it_leans_on_where_that_makes_it_likelier() -> None:
    reader = Reader("Noor", "party")
    chains, _ = await reread(Chains(QUESTION, read(PARTY)), reader)
    assert "Minutes: Summer party: Friday 20 June in Ghent. Noor organises it." in reader.asked
    assert [one.text for one in compose(chains)] == [
        "Noor organises it.",
        "Summer party: Friday 20 June in Ghent.",
    ]


async def test_where_that_makes_it_no_likelier_it_is_quoted_alone() -> None:
    chains, _ = await reread(Chains(QUESTION, read(PARTY)), Reader("Noor"))
    best = next(chains.telling_chains)
    assert [item.said for item in best.items] == ["Noor organises it."]


async def test_it_leads_together_with_what_it_leans_on() -> None:
    evidence = read(PARTY)
    state = State(question=QUESTION, rewritten=QUESTION, evidence=tuple(evidence))
    claims = [CheckedClaim(evidence[number - 1].said, (number,), "supported", 1.0) for number in (2, 1)]
    reader = Reader("Ghent. Noor")
    found = await how_answered(state, claims, reader)
    assert "Minutes: Summer party: Friday 20 June in Ghent. Noor organises it." in reader.asked
    assert found["leading_answers"] > 0 > found["answers"]
    apart = await how_answered(state, [claims[0], CheckedClaim("Audit: in spring.", (4,), "supported", 1.0)], reader)
    assert apart["leading_answers"] < 0


def test_whom_a_pronoun_means_is_quoted_with_it() -> None:
    evidence = read("Call Wout Lemmens at once. He locks a lost laptop within 30 minutes.")
    said = [one.text for one in compose(Chains("Who locks a lost laptop?", evidence))]
    assert set(said) == {"He locks a lost laptop within 30 minutes.", "Call Wout Lemmens at once."}


async def test_what_no_chain_was_made_of_is_not_leant_on() -> None:
    party, noor, *others = read(PARTY + "\n\n" + "Notes are kept. " * 2 * MAX_CONSIDERED)
    evidence = [replace(party, relevance=0.0), replace(noor, relevance=0.9), *others]
    chains, _ = await reread(Chains(QUESTION, evidence), Reader("Noor", "party"))
    assert party.number not in {item.number for item in chains.considered}
    assert next(chains.telling_chains).answer.number == noor.number
    assert chains.features()["chain_length"] > 0


@pytest.mark.parametrize(
    ("question", "text", "completed"),
    [
        (
            "Are dogs walked?",
            "Dogs are not walked. The one exception is diabetic dogs.",
            "The one exception is diabetic dogs.",
        ),
        ("May I visit?", "Visitors may come. Only if a dog is ill they wait.", "Only if a dog is ill they wait."),
        (
            "How are old pills destroyed?",
            "Old pills are kept apart. They are destroyed by fire.",
            "They are destroyed by fire.",
        ),
        ("Do you treat parrots?", "No. We send birds to Calder.", "We send birds to Calder."),
        ("Are dogs walked?", "Dogs are not walked. They are washed.", None),
        ("Are dogs walked?", "Dogs are not walked. Cats are walked.", None),
        ("Are dogs and cats walked?", "Dogs are not walked. Cats are walked.", None),
        ("Are dogs walked?", "Dogs are not walked.", None),
    ],
)
def test_what_limits_or_completes_an_answer_is_said_with_it(question: str, text: str, completed: str | None) -> None:
    evidence = read(text)
    assert len(evidence) == text.count(".")
    found = completion_of(evidence[0], question, evidence)
    assert (found and found.said) == completed


def test_what_is_said_for_another_case_leans_on_that() -> None:
    evidence = read("See a doctor after a bite in the hand. Otherwise a doctor is only needed if it swells.")
    assert opens_with_pronoun(evidence[1].said)
    assert leant_on(evidence[1], evidence) == evidence[0]
    assert leans("Vomiting on its own does not, unless it goes on.")
    assert not leans("Vomiting does not hurt.")


MANY = PARTY.replace(
    "- Audit",
    "- Summer fair: Ada organises the stalls of the summer fair.\n"
    "- Summer run: Otto organises the summer run with the party tent.\n"
    "- Summer camp: Ines organises the summer camp and its party.\n"
    "- Summer school: Pia organises the party of the summer school.\n- Audit",
)


def among_many() -> list[Evidence]:
    """Where the sentence and what it leans on are not among the best chains by themselves."""
    return [replace(item, relevance=0.1 if item.number == 1 else 0.9) for item in read(MANY)]


async def test_it_stands_for_both_only_where_the_checker_says_so() -> None:
    likelier, _ = await reread(Chains(QUESTION, among_many()), Reader("Noor", "party"))
    assert next(likelier.telling_chains).numbers == (1, 2)
    as_likely, _ = await reread(Chains(QUESTION, among_many()), Reader("Noor"))
    assert next(as_likely.telling_chains).numbers == (2,)


async def test_what_says_outright_what_is_asked_is_read_alone() -> None:
    stalls = "".join(
        f"Ada leads the {name} and its finance. " for name in ("shop", "depot", "desk", "fair", "crew", "club")
    )
    evidence = read(f"Ask on Monday. She leads Finance: Ada Brun. {stalls}")
    evidence = [replace(item, relevance=0.1 if item.number == 1 else 0.9) for item in evidence]
    chains, reader = Chains("Who leads Finance?", evidence), Reader("Ada")
    assert chains.direct is not None
    assert chains.direct.numbers == (2,)
    await reread(chains, reader)
    assert "Minutes: She leads Finance: Ada Brun." in reader.asked
    assert "Minutes: Ask on Monday. She leads Finance: Ada Brun." not in reader.asked


def test_what_is_leant_on_leads_whatever_else_it_says() -> None:
    evidence = read("Call Wout Lemmens at once. He locks it.")
    chains = Chains("Who locks a lost laptop?", evidence)
    assert chains.leading_to(Chain(tuple(evidence), 1.0)) == evidence[:1]


def test_an_answer_is_composed_with_what_limits_it() -> None:
    outright = Chains("Are dogs fed?", read("Dogs are not fed. The one exception is ill dogs. Cats sleep."))
    assert outright.direct is not None
    assert [one.text for one in compose(outright)] == ["Dogs are not fed.", "The one exception is ill dogs."]
    ward = "Visitors are not allowed in the ward. The one exception is an owner. Birds rest in the ward."
    other = Chains("May visitors enter the ward?", read(ward))
    assert other.direct is None
    said = [one.text for one in compose(other)]
    assert said == ["Visitors are not allowed in the ward.", "The one exception is an owner."]
