"""The head: no habit of one set may turn evidence against a claim into evidence for it."""

from pathlib import Path

import numpy as np
import pytest

from evals.verifier_training.claim_sets import Claim, claim_of, load_sets
from evals.verifier_training.heads import Scored, fit_head, measure
from tools.errors import InvalidDataset
from tools.ports import ClaimToCheck
from tools.verifiers.head import INPUTS, Head

SAID = "Ada Brun has led the office in Ghent since 2019."


def claims(supported: str, refuted: str, count: int = 60) -> list[Claim]:
    checks = {"supported": supported, "refuted": refuted}
    return [claim_of(ClaimToCheck(text, (SAID,)), label) for label, text in checks.items() for _ in range(count)]


def scored(some: list[Claim], seed: int = 1) -> Scored:
    """Logits that lean towards the label, with noise."""
    noise = np.random.default_rng(seed).normal(size=(len(some), 3))
    leaning = np.array([[1, 0, 0] if claim.supported else [0, 0, 1] for claim in some])
    return Scored(some, (noise + 2 * leaning).astype(np.float32))


def test_a_set_in_which_denials_are_true_does_not_make_them_evidence() -> None:
    head = fit_head([scored(claims("Ada Brun does not rest.", "Ada Brun is in Ghent now."))], "1")
    weights = dict(zip(INPUTS, head.weights, strict=True))
    assert weights["is_negated"] <= 0
    assert weights["negation_differs"] <= 0
    assert weights["support_margin"] > 0 >= weights["conflict_margin"]


def test_a_form_that_gives_its_label_away_is_not_learnt_from() -> None:
    """Right answers that are all brief beside wrong ones that are all sentences teach nothing but that."""
    question = "Who leads the office?"
    brief = [claim_of(ClaimToCheck("Ada Brun", (SAID,), question), "supported") for _ in range(60)]
    told = [
        claim_of(ClaimToCheck("The office in Ghent is led by somebody whom nobody there knows", (SAID,), question), "x")
        for _ in range(60)
    ]
    both = scored(claims("Ada leads the office in Ghent.", "Ada left the office in Ghent."))
    assert fit_head([both, scored([*brief, *told])], "1") == fit_head([both], "1")


def test_figures_of_a_good_head_are_good() -> None:
    part = scored(claims("Ada leads the office in Ghent.", "Ada left the office in Ghent."))
    found = measure(fit_head([part], "1"), part)
    assert found["n"] == 120
    assert found["auroc"] > 0.9
    assert found["balanced_accuracy"] > 0.8


def test_a_head_is_read_as_it_was_written(tmp_path: Path) -> None:
    head = fit_head([scored(claims("Ada leads the office.", "Ada left the office."))], "7")
    head.write(tmp_path / "head.json")
    assert Head.read(tmp_path / "head.json") == head


def test_claims_about_one_text_stay_together() -> None:
    some = claims("Ada leads the office.", "Ada left the office.", 2)
    assert len({claim.is_in(fold, 5) for claim in some for fold in [0]}) == 1
    assert sum(some[0].is_in(fold, 5) for fold in range(5)) == 1


def test_what_a_label_leaves_open() -> None:
    check = ClaimToCheck("Ada leads.", (SAID,))
    assert claim_of(check, "supported").allowed == (True, False, False)
    assert claim_of(check, "refuted").allowed == (False, False, True)
    assert claim_of(check, "unsupported").allowed == (False, True, True)


def test_a_folder_without_claim_sets_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidDataset, match="no claim sets"):
        load_sets(tmp_path)
