"""The lexical verifier: quotation carries, a changed number, name or negation does not."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.ports import ClaimToCheck
from tools.verifiers.lexical import SUPPORTED, LexicalVerifier, support_score

EVIDENCE = "Refunds: A refund above 500 euros is approved by the duty manager, Lotte Verbeek."


def score(claim: str, *evidence: str, question: str = "") -> float:
    return support_score(ClaimToCheck(claim, evidence or (EVIDENCE,), question))


@pytest.mark.parametrize(
    "claim",
    [
        "A refund above 500 euros is approved by the duty manager, Lotte Verbeek.",
        "the duty manager",
        "A REFUND above 500 euros",
        "Lotte Verbeek.",
    ],
)
def test_a_quotation_is_fully_supported(claim: str) -> None:
    assert score(claim) == 1.0


@pytest.mark.parametrize(
    "claim",
    [
        "Above 500 euros, the duty manager approves the refund.",
        "Refunds above 500 euros are approved by Lotte Verbeek.",
        "Lotte Verbeek is the duty manager who approves refunds above 500 euros.",
    ],
)
def test_other_words_for_the_same_are_supported(claim: str) -> None:
    assert score(claim) >= SUPPORTED


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("A refund above 900 euros is approved by the duty manager.", EVIDENCE),
        ("A refund above 50 euros is approved by the duty manager.", EVIDENCE),
        ("0 euros", EVIDENCE),
        ("50 euros", "A fee of 150 euros is due."),
        ("A refund above 500 euros is approved by Bram Stoker.", EVIDENCE),
        ("A refund is approved by Lotta Verbeeck.", EVIDENCE),
        ("The office is run by Marion Salo.", "The office is run by Maria Salo."),
        ("A refund above 500 euros is not approved by the duty manager, Lotte Verbeek.", EVIDENCE),
        ("A refund above 500 euros isn't approved by the duty manager, Lotte Verbeek.", EVIDENCE),
        ("Trips are approved by Ada Brun.", "Trips are not approved by Ada Brun."),
        ("Trips are approved by Ada Brun.", "It is not true that trips are approved by Ada Brun."),
        ("Trips are approved by Ada Brun.", "Trips can't be approved by Ada Brun."),
        ("The canteen opens at nine.", EVIDENCE),
    ],
)
def test_a_changed_fact_is_not_supported(claim: str, evidence: str) -> None:
    assert score(claim, evidence) < SUPPORTED


def test_a_claim_may_rest_on_several_sentences() -> None:
    claim = "Refunds above 500 euros are approved by Lotte Verbeek, who sits in Utrecht."
    parts = ("Refunds above 500 euros are approved by the duty manager.", "Lotte Verbeek is the duty manager.")
    assert score(claim, *parts) < SUPPORTED
    assert score(claim, *parts, "Lotte Verbeek sits in Utrecht.") >= SUPPORTED


def test_negation_in_another_sentence_of_the_evidence_says_nothing() -> None:
    assert score("Ada Brun approves trips.", "Cars are not rented. Trips are approved by Ada Brun.") >= SUPPORTED


@pytest.mark.parametrize("evidence", [(), ("",), (" \n",), ("?!",)])
def test_no_evidence_supports_nothing(evidence: tuple[str, ...]) -> None:
    assert support_score(ClaimToCheck("Ada leads Finance.", evidence)) == 0.0


@pytest.mark.parametrize("claim", ["", "  ", "…"])
def test_a_claim_without_words_is_no_claim(claim: str) -> None:
    assert score(claim) == 0.0


def test_spelling_of_numbers_and_accents_does_not_matter() -> None:
    assert score("José Ibáñez earns 1500 euros a month.", "Each month Jose Ibanez earns 1,500 euros.") >= SUPPORTED
    assert score("In Tokyo 1,500 people work.", "1500 people work in Tokyo.") >= SUPPORTED


@given(st.text(max_size=200), st.lists(st.text(max_size=200), max_size=3), st.text(max_size=50))
def test_the_score_is_a_share_for_any_text(claim: str, evidence: list[str], question: str) -> None:
    assert 0.0 <= support_score(ClaimToCheck(claim, tuple(evidence), question)) <= 1.0


async def test_verdicts_come_in_the_order_of_the_claims() -> None:
    claims = [ClaimToCheck("the duty manager", (EVIDENCE,)), ClaimToCheck("Nine dogs bark.", (EVIDENCE,))]
    verdicts = await LexicalVerifier().verify(claims)
    assert [verdict.support for verdict in verdicts] == ["supported", "unsupported"]
    assert await LexicalVerifier().verify([]) == []


def test_hostile_length_takes_no_time() -> None:
    started = time.monotonic()
    for text in ("not " * 20_000, "9." * 20_000, "A'" * 20_000, "a" * 100_000, ". " * 20_000, "n t " * 20_000):
        score(text[:2_000], text)
    assert time.monotonic() - started < 10


def test_a_name_that_is_a_common_word_elsewhere_is_found_in_the_evidence() -> None:
    evidence = "In Porto, Will Smith leads the team of the depot."
    assert score("The team of the depot is led by Will Smith.", evidence) == score(
        "The team of the depot is led by Smith.", evidence
    )
