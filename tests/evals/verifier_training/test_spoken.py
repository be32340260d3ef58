"""Sentences as somebody says them: the speaker is who the claim names, and nobody else is."""

import random

from evals.verifier_training.spoken import Speech
from evals.verifier_training.synthetic import Rules
from tests.evals.verifier_training.test_synthetic import TEXTS


def test_what_a_sentence_says_of_its_subject_the_subject_says_of_itself() -> None:
    speech = Speech(random.Random(1))
    lines = {speech.of_its_subject("Ada Brun (born 1970) is a Belgian painter.") for _ in range(20)}
    assert all("I am a Belgian painter." in line for line in lines)
    assert {line.partition(":")[0] for line in lines} == {"Ada Brun", "AdaBrun"}
    assert "I founded a museum." in speech.of_its_subject("Ada Brun founded a museum.")
    assert "I paint lakes." in speech.of_its_subject("Ada Brun paints lakes.")


def test_a_sentence_about_no_name_is_nobodys() -> None:
    speech = Speech(random.Random(1))
    assert speech.of_its_subject("It was mapped in 1852.") == ""
    assert speech.of_its_subject("the museum is old.") == ""


def test_what_is_told_of_the_speaker_is_not_told_of_another() -> None:
    speech = Speech(random.Random(1))
    for _ in range(20):
        line, told, of_another = speech.reported("The lake is deep.", "The lake is deep.")
        speaker = line.partition(":")[0]
        assert told.startswith(f"{speaker} ")
        assert not of_another.startswith(f"{speaker} ")
        assert told.partition(" ")[2] == of_another.partition(" ")[2]


def test_among_the_pairs_are_spoken_ones_of_both_kinds() -> None:
    told = [pair for pair in Rules(TEXTS, 3).pairs(400) if " that " in pair.claim and ": " in pair.evidence]
    assert {"supported"} < {pair.label for pair in told}
