"""The built-in verifier: a quotation stands, a changed fact falls, and nothing a text holds brings it down."""

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.errors import MissingModel
from tools.ports import ClaimToCheck, Verdict
from tools.verifiers.builtin import ARTEFACT, BuiltinVerifier

MAX_BYTES = 30_000_000
NAMES = ("Lotte Verbeek", "Ada Brun", "Maria Salo", "José Ibáñez", "Kofi Mensah")
PLACES = ("Utrecht", "Ghent", "Tampere", "Porto", "Accra")
DATES = ("3 May 2021", "14 October 1999", "1 January 2024", "27 June 2008")
SENTENCES = (
    "{name} has approved every refund above {number} euros since {date}.",
    "The office in {place} was opened by {name} on {date} and employs {number} people.",
    "From {date} the allowance of {number} euros is paid to {name} in {place}.",
    "On {date} {name} sold {number} shares of the company to its founder in {place}.",
)
facts = st.fixed_dictionaries(
    {
        "name": st.sampled_from(NAMES),
        "place": st.sampled_from(PLACES),
        "date": st.sampled_from(DATES),
        "number": st.integers(2, 90_000).map(str),
    }
)
sentences = st.sampled_from(SENTENCES)
example_free = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def builtin() -> BuiltinVerifier:
    return BuiltinVerifier()


@pytest.fixture(scope="module")
def judge(builtin: BuiltinVerifier) -> Callable[..., Verdict]:
    def of(claim: str, *evidence: str, question: str = "") -> Verdict:
        return builtin._verify([ClaimToCheck(claim, evidence, question)])[0]

    return of


@given(sentences, facts)
@example_free
def test_a_sentence_of_its_evidence_is_supported(
    judge: Callable[..., Verdict], sentence: str, fact: dict[str, str]
) -> None:
    said = sentence.format(**fact)
    for claim in (said, said.upper(), said.rstrip("."), f"  {said} ", said.replace(" ", "\u00a0")):
        verdict = judge(claim, f"Handbook – Rules: Nothing else is said here. {said} More follows below.")
        assert verdict.support == "supported"
        assert verdict.score > 0.95


@given(sentences, facts, facts)
@example_free
def test_a_changed_number_date_or_name_is_not_supported(
    judge: Callable[..., Verdict], sentence: str, fact: dict[str, str], other: dict[str, str]
) -> None:
    said = sentence.format(**fact)
    for part in fact:
        changed = sentence.format(**(fact | {part: other[part]}))
        if changed != said and other[part] not in said:
            assert judge(changed, said).support != "supported", changed


@given(facts)
@example_free
def test_a_denial_put_in_or_taken_out_is_not_supported(judge: Callable[..., Verdict], fact: dict[str, str]) -> None:
    said = "The office in {place} was opened by {name} on {date}.".format(**fact)
    denied = said.replace(" was opened", " was not opened")
    never = said.replace(" was opened", " was never opened")
    assert judge(denied, said).support != "supported"
    assert judge(never, said).support != "supported"
    assert judge(said, denied).support != "supported"


def test_a_claim_may_rest_on_two_passages(judge: Callable[..., Verdict]) -> None:
    filler = "The canteen serves soup on Mondays and bread on Fridays. " * 60
    parts = ("Refunds above 500 euros are approved by the duty manager.", filler, "The duty manager is Lotte Verbeek.")
    claim = "Refunds above 500 euros are approved by the duty manager, who is Lotte Verbeek."
    assert judge(claim, *parts).score > judge(claim, parts[1]).score + 0.3


@pytest.mark.parametrize("evidence", [(), ("",), (" \n",), ("?!",)])
def test_no_evidence_supports_nothing(judge: Callable[..., Verdict], evidence: tuple[str, ...]) -> None:
    assert judge("Ada leads Finance.", *evidence) == Verdict("unsupported", 0.0)


@pytest.mark.parametrize("claim", ["", "  ", "…"])
def test_a_claim_without_words_is_no_claim(judge: Callable[..., Verdict], claim: str) -> None:
    assert judge(claim, "Ada leads Finance.") == Verdict("unsupported", 0.0)


@given(st.text(max_size=200), st.lists(st.text(max_size=200), max_size=3), st.text(max_size=50))
@example_free
def test_any_text_gets_a_probability(
    judge: Callable[..., Verdict], claim: str, evidence: list[str], question: str
) -> None:
    assert 0.0 <= judge(claim, *evidence, question=question).score <= 1.0


@pytest.mark.parametrize(
    "text",
    [
        "Ada leads Finance. " * 10_000,
        "word " * 10_000,
        "a" * 100_000,
        "not " * 20_000,
        "9." * 20_000,
        "-LRB- " * 20_000,
        " - " * 20_000,
        "\x00\x1b[31m\ud800 🙂 " * 2_000,
        "東京は日本の首都です。" * 2_000,
        "Η πρωτεύουσα είναι η Αθήνα. " * 2_000,
    ],
    ids=range(10),
)
def test_hostile_text_takes_bounded_time(judge: Callable[..., Verdict], text: str) -> None:
    started = time.monotonic()
    for claim, evidence in ((text, "Ada leads Finance."), ("Ada leads Finance.", text), (text, text)):
        assert 0.0 <= judge(claim, evidence, question=text).score <= 1.0
    assert time.monotonic() - started < 20


async def test_verdicts_come_in_the_order_of_the_claims(builtin: BuiltinVerifier) -> None:
    said = "Trips are approved by Ada Brun."
    claims = [
        ClaimToCheck(said, (said,)),
        ClaimToCheck("Nine dogs bark.", (said,)),
        ClaimToCheck(said, ()),
        ClaimToCheck("Ada Brun", (f"{said} " * 80,), "Who approves trips?"),
    ]
    verdicts = await builtin.verify(claims)
    assert [verdict.support for verdict in verdicts] == ["supported", "unsupported", "unsupported", "supported"]
    assert await builtin.verify([]) == []


async def test_a_claim_gets_the_same_score_alone_and_among_others(builtin: BuiltinVerifier) -> None:
    said = "The office in Ghent was opened by Ada Brun on 3 May 2021 and employs 40 people."
    claims = [ClaimToCheck(claim, (said,)) for claim in ("Ada Brun opened an office.", "The office employs people.")]
    alone = [(await builtin.verify([claim]))[0].score for claim in claims]
    assert [verdict.score for verdict in await builtin.verify(claims)] == pytest.approx(alone, abs=0.05)


def test_the_artefact_is_small_and_has_its_card() -> None:
    assert sum(file.stat().st_size for file in ARTEFACT.iterdir()) <= MAX_BYTES
    card = (ARTEFACT / "MODEL_CARD.md").read_text(encoding="utf-8")
    version = json.loads((ARTEFACT / "head.json").read_text())["version"]
    assert f"version {version}" in card
    for licence in ("CC BY-SA 3.0", "MIT", "CC BY 4.0"):
        assert licence in card


@pytest.mark.parametrize("damaged", ["model.onnx", "tokenizer.json", "head.json"])
def test_a_damaged_artefact_says_what_to_do(tmp_path: Path, damaged: str) -> None:
    shutil.copytree(ARTEFACT, tmp_path / "artefact")
    (tmp_path / "artefact" / damaged).write_bytes(b"{}")
    with pytest.raises(MissingModel, match="HOPLINE_VERIFIER=lexical"):
        BuiltinVerifier(tmp_path / "artefact")


@pytest.mark.parametrize(
    ("claim", "is_supported"),
    [
        ("31 December 2027", True),
        ("The contract with Quillpay ends on December 31, 2027.", True),
        ("The contract with Quillpay ends on 31 January 2027.", False),
    ],
)
async def test_a_date_is_the_same_in_another_notation(builtin: BuiltinVerifier, claim: str, is_supported: bool) -> None:
    row = "Vendors: Vendor: Quillpay; What for: card payments; Contract ends: 2027-12-31"
    check = ClaimToCheck(claim, (row,), "When does the contract with Quillpay end?")
    [verdict] = await builtin.verify([check])
    assert (verdict.support == "supported") is is_supported
