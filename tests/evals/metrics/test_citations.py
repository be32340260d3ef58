from agent.answers import Answer, Claim
from evals.metrics.citations import (
    CitedStatement,
    citation_precision,
    citation_recall,
    claims_supported,
    recorded_statements,
    shown_claims,
)


def _claim(text: str, *markers: int, support: str = "supported") -> Claim:
    return Claim.model_validate({"text": text, "markers": markers, "support": support, "score": 0.5})


def test_alce_recall_and_precision_of_a_hand_worked_answer() -> None:
    statements = [
        CitedStatement(entailed=True, alone=(True, False), without=(False, True)),  # the second mark is irrelevant
        CitedStatement(entailed=True, alone=(False, False), without=(False, False)),  # two halves: both needed
        CitedStatement(entailed=False, alone=(False,), without=(False,)),
        CitedStatement(entailed=False, alone=(), without=()),  # nothing cited
    ]
    assert citation_recall(statements) == 2 / 4
    assert citation_precision(statements) == 3 / 5


def test_what_does_not_apply_is_none() -> None:
    assert citation_recall([]) is None
    assert citation_precision([CitedStatement(False, (), ())]) is None
    assert claims_supported([]) is None


def test_claims_supported_is_the_share_of_supported_ones() -> None:
    assert claims_supported([_claim("a"), _claim("b", support="partial")]) == 0.5


def test_recorded_verdicts_stand_in_when_nothing_is_verified_again() -> None:
    claims = [_claim("a", 1), _claim("b", 1, 2), _claim("c", 3, support="partial"), _claim("d")]
    assert citation_recall(recorded_statements(claims)) == 2 / 4
    assert citation_precision(recorded_statements(claims)) == 3 / 4


def test_a_withheld_claim_does_not_count_and_an_unsupported_one_in_the_text_does() -> None:
    answer = Answer(
        question="?",
        rewritten_question="?",
        status="answered",
        answer="Paris is large [1]. It rains [2].",
        confidence=0.5,
        claims=(
            _claim("Paris is large [1].", 1),
            _claim("It rains.", 2, support="unsupported"),
            _claim("It was withheld.", 2, support="unsupported"),
        ),
    )
    assert [claim.text for claim in shown_claims(answer)] == ["Paris is large [1].", "It rains."]
