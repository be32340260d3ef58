"""Citation quality as ALCE measures it (Gao et al. 2023, "Enabling Large Language Models to Generate Text with
Citations"), over the statements the reader saw."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.answers import Answer, Claim
from evals.metrics.answers import without_marks

SUPPORTED = "supported"


@dataclass(frozen=True, slots=True)
class CitedStatement:
    """One statement and whether its citations support it.

    `entailed`: all cited evidence together does. `alone[i]`: citation i does by itself. `without[i]`: the others still
    do without citation i. `alone` and `without` have one entry for each citation.
    """

    entailed: bool
    alone: tuple[bool, ...]
    without: tuple[bool, ...]


def citation_recall(statements: Sequence[CitedStatement]) -> float | None:
    """Statements whose citations together support them, over all statements; None without statements."""
    if not statements:
        return None
    return sum(bool(statement.alone) and statement.entailed for statement in statements) / len(statements)


def citation_precision(statements: Sequence[CitedStatement]) -> float | None:
    """The share of citations that are not irrelevant; None if nothing is cited.

    A citation is irrelevant if its statement is not supported, or if it does not support it alone while the others do
    without it.
    """
    precise = [
        statement.entailed and (alone or not without)
        for statement in statements
        for alone, without in zip(statement.alone, statement.without, strict=True)
    ]
    return sum(precise) / len(precise) if precise else None


def claims_supported(claims: Sequence[Claim]) -> float | None:
    """The share of shown statements that the verifier found supported; None if none was shown."""
    return sum(claim.support == SUPPORTED for claim in claims) / len(claims) if claims else None


def shown_claims(answer: Answer) -> tuple[Claim, ...]:
    """The claims that the reader saw. Withheld ones are reported as unsupported and are not in the text."""
    text = _plain(answer.answer)
    return tuple(claim for claim in answer.claims if claim.support != "unsupported" or _plain(claim.text) in text)


def recorded_statements(claims: Sequence[Claim]) -> tuple[CitedStatement, ...]:
    """Statements judged by the recorded verdicts alone.

    Exact for a claim with one mark. For one with several it was not recorded which of them supports it, so all are
    taken to be needed.
    """
    return tuple(
        CitedStatement(claim.support == SUPPORTED, (claim.support == SUPPORTED,) * len(marks), (False,) * len(marks))
        for claim in claims
        for marks in [tuple(dict.fromkeys(claim.markers))]
    )


def _plain(text: str) -> str:
    return " ".join(without_marks(text).split())
