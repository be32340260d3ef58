"""Talk made by rule: a nod adds nothing that the evidence would have to say, an opinion always does."""

import random
import re

import pytest

from evals.verifier_training.talk import Talk
from evals.verifier_training.texts import Texts

TEXTS = Texts(
    ["Lake Saimaa is a lake in Finland, holding perch and salmon. It was mapped by Maria Salo in 1852."],
    random.Random(1),
)
CLAIM = "Lake Saimaa is a lake in Finland."
FIRST_PERSON = re.compile(r"\b(?:i|i'd|i've|my|you)\b", re.IGNORECASE)


def test_a_nod_keeps_what_is_claimed() -> None:
    said = [Talk(TEXTS, random.Random(seed)).nodded(CLAIM) for seed in range(60)]
    assert len(set(said)) > 20
    assert all("is a lake in finland" in one.casefold() for one in said)
    assert {one.casefold().count("lake saimaa") for one in said} == {0, 1}


def test_what_speakers_say_of_themselves_is_in_no_evidence() -> None:
    said = [Talk(TEXTS, random.Random(seed)).own(CLAIM, 0) for seed in range(60)]
    bare = [one for one in said if not FIRST_PERSON.search(one)]
    assert len(set(said)) > 20
    assert all("popular with everyone" in one.casefold() for one in bare)


def test_a_subject_is_replaced_by_a_pronoun_only_before_its_verb() -> None:
    said = [Talk(TEXTS, random.Random(seed)).nodded("According to Maria Salo, it is deep.") for seed in range(60)]
    assert all("according to maria salo" in one.casefold() for one in said)


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ("Maria Salo is a painter.", ("I am a painter.", "I'm a painter.")),
        ("Maria Salo has two boats.", ("I have two boats.", "I've two boats.")),
        ("Maria Salo mapped the lake.", ("I mapped the lake.",)),
    ],
)
def test_what_is_claimed_of_somebody_is_told_by_them(claim: str, said: tuple[str, ...]) -> None:
    messages = [Talk(TEXTS, random.Random(seed)).told(claim) for seed in range(20)]
    assert all(message.startswith("Maria Salo: ") and message.endswith(said) for message in messages)


@pytest.mark.parametrize("claim", ["It is a painter.", "There are two boats.", "Saimaa."])
def test_what_is_claimed_of_nobody_by_name_is_told_by_nobody(claim: str) -> None:
    assert Talk(TEXTS, random.Random(1)).told(claim) == ""


def test_a_report_names_who_sent_the_message_or_somebody_else() -> None:
    for seed in range(20):
        message, right, wrong = Talk(TEXTS, random.Random(seed)).reported(CLAIM)
        sender = message.partition(":")[0]
        assert CLAIM in message
        assert CLAIM in right
        assert CLAIM in wrong
        assert sender in right.replace(CLAIM, "")
        assert sender not in wrong.replace(CLAIM, "")
