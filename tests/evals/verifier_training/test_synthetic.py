"""Pairs made by rule: the same seed makes the same pairs, and a changed claim is not what its evidence says."""

from evals.verifier_training.synthetic import Pair, Rules

TEXTS = (
    "Ada Brun (born March 3, 1970) is a Belgian painter and writer. She was directed by Kofi Mensah in 1999.",
    "Lake Saimaa is a lake in Finland, and it contains perch, pike and salmon. It was mapped by Maria Salo in 1852.",
    "The Utrecht Museum was founded by Lotte Verbeek in 1921, which made it the oldest museum of the city.",
    "Porto Football Club is the largest club of Portugal. It won 3 cups before 1950.",
)


def pairs(seed: int = 3) -> list[Pair]:
    return Rules(TEXTS, seed).pairs(300)


def test_a_seed_fixes_the_pairs() -> None:
    assert pairs() == pairs()
    assert pairs() != pairs(4)


def test_both_kinds_are_made_in_similar_numbers() -> None:
    supported = sum(pair.label == "supported" for pair in pairs())
    assert 100 < supported < 200


def test_a_claim_with_one_thing_changed_is_not_in_its_evidence() -> None:
    changed = [pair for pair in pairs() if pair.label == "contradicted"]
    assert changed
    assert not [pair for pair in changed if pair.claim.rstrip(".").casefold() + "." in pair.evidence.casefold()]


def test_dates_of_birth_are_read_off_and_changed() -> None:
    born = [pair for pair in pairs() if "Ada Brun was born in" in pair.claim]
    assert {pair.claim.rstrip(".")[-4:] == "1970" for pair in born if pair.label == "supported"} == {True}
    assert {"1970" in pair.claim and "not" not in pair.claim for pair in born if pair.label == "contradicted"} <= {
        False
    }


def test_talk_is_among_the_pairs_and_one_name_is_enough_to_make_them() -> None:
    assert [pair for pair in pairs() if pair.evidence.partition(": ")[2].startswith(("I ", "I'm ", "I've "))]
    assert Rules(["Ada Brun is a painter from Ghent, known for landscapes."], 3).pairs(60)
