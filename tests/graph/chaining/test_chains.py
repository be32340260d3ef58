"""What the chains of sentences tell: which of them matter, and how well an answer agrees with them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.chaining.chains import Chains, features_of_words, with_neighbours
from graph.chaining.sentence_features import is_about, is_question
from graph.evidence import Evidence
from tests.graph.conclusions.test_comparing import said

QUESTION = "Where was the designer of Mill Lane Bridge born?"
EVIDENCE = [
    said(1, "Weather", "It rained in Turku for a week."),
    said(2, "Ada Brun", "Ada Brun was born in Lund."),
    said(3, "Mill Lane Bridge", "Mill Lane Bridge was designed by Ada Brun."),
    said(4, "Canteen", "The canteen serves soup."),
]


def test_the_best_chain_ends_with_the_answer() -> None:
    assert [item.number for item in Chains(QUESTION, EVIDENCE).ranked[0].items] == [3, 2]


def test_the_sentences_of_the_best_chain_come_first() -> None:
    chains = Chains(QUESTION, EVIDENCE)
    assert {item.number for item in chains.telling(2)} == {2, 3}
    assert chains.telling(0) == []


def test_the_words_of_a_follow_up_count_more_than_its_topic() -> None:
    evidence = [
        said(1, "Trips", "Trips are approved by Ada Brun."),
        said(2, "Trips", "Costs are paid by Lotte Verbeek."),
    ]
    question = "Who pays costs? approved trips"
    plain, follow_up = Chains(question, evidence), Chains(question, evidence, "Who pays costs?")

    def lead(chains: Chains) -> float:
        best = {chain.answer.number: chain.score for chain in reversed(list(chains.ranked)) if len(chain.items) == 1}
        return best[2] - best[1]

    assert lead(follow_up) > lead(plain)


def test_without_evidence_nothing_is_told() -> None:
    chains = Chains(QUESTION, [])
    assert (list(chains.ranked), chains.telling(3), chains.features(), chains.votes) == ([], [], {}, ())


def test_an_answer_agrees_with_the_chains_that_end_with_its_words() -> None:
    votes = Chains(QUESTION, EVIDENCE).votes
    right, wrong = (features_of_words([one], EVIDENCE, votes)["chain_agrees"] for one in ("Lund", "Oslo"))
    assert right > 0.5 > wrong == 0.0
    assert features_of_words(["Oslo", "Lund"], EVIDENCE, votes)["chain_agrees"] == right
    assert features_of_words(["Oslo Lund"], EVIDENCE, votes)["chain_agrees"] == 0.0


def test_a_guess_is_told_by_its_question_mark() -> None:
    assert [features_of_words([one], EVIDENCE, ())["hesitates"] for one in ("Lund?", "Lund")] == [1.0, 0.0]


def test_a_question_that_a_document_asks_is_no_guess() -> None:
    evidence = [said(1, "Quiet sensors", "Is it one sensor? Move the gateway.")]
    steps = ["1. Is it one sensor? Move the gateway", "2. No? Ask Ada"]
    assert [features_of_words([one], evidence, ())["hesitates"] for one in steps] == [0.0, 1.0]


WORDS = st.sampled_from("Ada Brun Lund bridge designed born 1950 the in of soup".split())  # noqa: SIM905
LINES = st.lists(st.lists(WORDS, min_size=1, max_size=8).map(" ".join), min_size=1, max_size=24)


@given(lines=LINES, titles=st.integers(1, 6), question=st.lists(WORDS, max_size=8).map(" ".join))
def test_any_evidence_is_ranked_whole(lines: list[str], titles: int, question: str) -> None:
    evidence = [said(n, f"Title {n % titles}", line) for n, line in enumerate(lines, 1)]
    chains = Chains(question, evidence)
    scores = [chain.score for chain in chains.ranked]
    assert scores == sorted(scores, reverse=True)
    assert all(len({item.number for item in chain.items}) == len(chain.items) for chain in chains.ranked)
    considered = min(len(evidence), 18)
    assert len([chain for chain in chains.ranked if len(chain.items) == 1]) == considered
    assert len([chain for chain in chains.ranked if len(chain.items) == 2]) == considered * (considered - 1)
    assert sum(share for _, share in chains.votes) <= 1 + 1e-9
    assert all(0 <= chains.features()[name] <= 1 + 1e-9 for name in ("chain_mass", "chain_covered", "chain_names"))


def test_a_row_that_the_question_names_leads_nowhere_by_that_alone() -> None:
    row = "Code: E31; Meaning: The firmware was rejected; What to do: Page Tier 3."
    table = replace(said(1, "Heron lights and error codes", row).passage, row_names=("e31",))
    evidence = [
        Evidence(1, table, row, 0, len(row), 0.49),
        replace(said(2, "Connectivity outage runbook", "Call the network desk of Skagerrak Cellular."), relevance=0.31),
    ]
    assert Chains("Who do I call when a gateway shows E31?", evidence).ranked[0].answer.number == 1


def test_equal_chains_stand_in_the_order_of_reading() -> None:
    evidence: list[Evidence] = [said(n, "Soup", "The canteen serves soup.") for n in range(1, 8)]
    singles = [chain.answer.number for chain in Chains("What is served?", evidence).ranked if len(chain.items) == 1]
    assert singles == sorted(singles)


def test_chains_of_one_score_stand_in_the_order_of_their_sentences() -> None:
    evidence = [said(n, "Soup", "The canteen serves soup.") for n in range(1, 8)]
    ranked = [(-chain.score, tuple(item.number for item in chain.items)) for chain in Chains("Soup?", evidence).ranked]
    assert ranked == sorted(ranked)


def test_beside_a_line_of_a_conversation_what_follows_it_is_shown() -> None:
    lines = [said(n, "Chat", text) for n, text in enumerate(("Bo: Which hooks?", "Ada: The green ones.", "Bo: Ta."), 1)]
    elsewhere = said(4, "Canteen", "The canteen serves soup.")
    shown = with_neighbours([lines[0], elsewhere], [*lines, elsewhere])
    assert [item.number for item in shown] == [1, 4, 2, 3]


def test_a_question_is_no_answer_and_its_reply_is() -> None:
    chat = [
        said(1, "Tools", "Bo: Which hooks do I need for the shelf?"),
        said(2, "Tools", "Ada: The green ones."),
        said(3, "Tools", "Bo: I painted the shelf on Monday."),
    ]
    asked = "Which hooks do I need for the shelf?"
    best = Chains(asked, [replace(chat[0], relevance=0.9), *(replace(one, relevance=0.2) for one in chat[1:])]).ranked[
        0
    ]
    assert [item.number for item in best.items] == [1, 2]


@pytest.mark.parametrize("asked", ["Who pays?", "Who pays？", "Does anybody know who pays? :)", "“Who pays?”"])
def test_a_question_is_known_by_its_mark(asked: str) -> None:
    assert is_question(said(1, "Chat", asked))
    assert not is_question(said(1, "Chat", f"{asked} Ada pays."))


def test_a_sentence_that_brings_nothing_is_not_put_before_the_answer() -> None:
    evidence = [
        replace(said(1, "Warehouse", "Pallets may weigh at most 750 kg."), relevance=0.7),
        replace(said(2, "People", "Lucia Ferri is the Warehouse Supervisor."), relevance=0.3),
    ]
    assert len(Chains("How heavy may pallets be in the warehouse?", evidence).ranked[0].items) == 1


def test_a_question_that_stands_alone_is_quoted_after_what_tells_something() -> None:
    evidence = [
        replace(said(1, "FAQ", "Who pays the fees?"), relevance=0.9),
        said(2, "Fees", "The fees are paid by us."),
    ]
    assert Chains("Who pays the fees?", evidence).ranked[0].answer.number == 2


def test_a_reply_with_yes_or_no_is_as_sure_as_any_quotation() -> None:
    def asks(text: str) -> float:
        return Chains("Is there a gym?", [said(1, "Questions", text)]).features()["asks_yes_or_no"]

    assert asks("No. We pay a share of any gym.") == 0.0
    assert asks("The gym is next to the canteen.") == 1.0


def _as_one_chat(*lines: tuple[str, float]) -> list[Evidence]:
    return [replace(said(n, "Chat", text), relevance=relevance) for n, (text, relevance) in enumerate(lines, 1)]


def test_the_reply_beats_a_line_that_shares_more_words_with_the_question() -> None:
    chat = _as_one_chat(
        ("Bo: Which hooks do I need for the shelf?", 0.8),
        ("Ada: The green ones.", 0.1),
        ("Bo: I painted the shelf and the hooks on Monday.", 0.45),
    )
    assert [item.number for item in Chains("Which hooks fit the shelf?", chat).ranked[0].items] == [1, 2]


def test_a_question_lends_its_words_to_nothing_but_its_reply() -> None:
    asked = replace(said(1, "Questions", "What do I do if the tunnel keeps dropping?"), relevance=0.95)
    evidence = [asked, replace(said(2, "Tunnel", "The tunnel client is green."), relevance=0.5)]
    best = Chains("What do I do if the tunnel keeps dropping?", evidence).ranked[0]
    assert [item.number for item in best.items] == [2]


def test_a_reply_without_a_word_of_the_question_is_considered() -> None:
    chat = _as_one_chat(
        ("Bo: Which hooks do I need for the shelf?", 0.9),
        ("Ada: Green.", 0.0),
        *((f"Bo: Shelf {n} has hooks.", 0.3) for n in range(20)),
    )
    considered = {item.number for chain in Chains("Which hooks for the shelf?", chat).ranked for item in chain.items}
    assert 2 in considered


def test_prose_leads_to_the_row_that_it_names_and_to_no_other_of_the_table() -> None:
    rows = ("Name: Ada Brun; Role: Head of Security", "Name: Bo Ek; Role: Head of People")
    table = replace(said(1, "Directory", " ".join(rows)).passage, row_names=("head of security", "head of people"))
    one, other = (Evidence(n, table, row, 0, len(row), 0.3) for n, row in enumerate(rows, 1))
    assert is_about(one, frozenset({"head of security"}))
    assert not is_about(other, frozenset({"head of security"}))
    assert is_about(other, frozenset({"directory"}))


def test_a_name_that_only_an_unrelated_document_gives_is_not_heard() -> None:
    question = "When does the contract with Stripe end?"
    contract = said(1, "Bpost", "The contract ends on 31 March 2028.")
    processors = said(2, "Privacy", "Processors are Stripe and Hetzner.")
    names = [
        Chains(question, evidence).features()["chain_names"]
        for evidence in ([contract, processors], [said(1, "Stripe", "The contract ends on 31 March 2028."), processors])
    ]
    assert names == [0.0, 1.0]


def test_of_two_that_are_compared_each_sentence_gives_one() -> None:
    question = "Who was born first, Ada Brun or Bo Ek?"
    evidence = [
        said(1, "Ada Brun", "Ada Brun was born in 1901."),
        said(2, "Bo Ek", "Bo Ek was born in 1902."),
    ]
    assert max(chain.score for chain in Chains(question, evidence).ranked if len(chain.items) == 2) > 0
    assert Chains(question, evidence).features()["chain_names"] == 1.0


def test_no_superseded_sentence_answers_directly_unless_the_question_looks_back() -> None:
    old, new = (
        said(1, "Travel 2023", "The meal allowance is 36 EUR a day."),
        said(2, "Travel", "Meals cost 48 EUR a day."),
    )
    same = said(3, "Travel", "The meal allowance is 48 EUR a day.")
    old = replace(old, passage=replace(old.passage, status="superseded", superseded_by="Travel"))
    assert Chains("How much is the meal allowance now?", [old, new]).direct is None
    for question, answer in (
        ("How much is the meal allowance now?", same),
        ("How much was the meal allowance in 2023?", old),
        ("How much was the old meal allowance?", old),
        ("How much was the meal allowance previously?", old),
    ):
        direct = Chains(question, [old, same]).direct
        assert (direct and direct.answer) == answer


def test_of_two_rows_that_a_sentence_names_it_leads_to_the_one_it_says_it_of() -> None:
    directory = "Name: Ada Brun; Role: Quality Manager\nName: Bo Ek; Role: Head of Manufacturing"
    names = ("ada brun", "quality manager", "bo ek", "head of manufacturing")
    people = replace(said(2, "Directory", directory).passage, row_names=names)
    rule = said(1, "Recalls", "The Quality Manager proposes a recall; the Head of Manufacturing decides it.")
    rows = [
        Evidence(2, people, directory[:37], 0, 37, 0.5),
        Evidence(3, people, directory[38:], 38, len(directory), 0.5),
    ]
    for question, answer in (("Who, by name, decides on a recall?", 3), ("Who, by name, proposes a recall?", 2)):
        pairs = [chain for chain in Chains(question, [rule, *rows]).ranked if len(chain.items) == 2]
        led_to = [chain.answer.number for chain in pairs if chain.items[0] == rule]
        assert led_to[0] == answer
