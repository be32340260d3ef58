from collections.abc import Sequence

import pytest

from agent.answers import Answer, Citation, Claim
from evals.metrics.citations import CitedStatement, citation_precision, citation_recall
from evals.rechecking import verified_statements
from tools.ports import ClaimToCheck, Verdict


def _claim(text: str, *markers: int) -> Claim:
    return Claim(text=text, markers=markers, support="supported", score=0.5)


def _citation(marker: int, quote: str, reading: str = "") -> Citation:
    return Citation(
        marker=marker,
        passage_id="p",
        source="s",
        title="t",
        locator="",
        url=None,
        quote=quote,
        start=0,
        end=len(quote),
        reading=reading,
    )


class WordVerifier:
    """Supports a claim if all its words occur in the evidence."""

    name = "words"

    async def verify(self, claims: Sequence[ClaimToCheck]) -> list[Verdict]:
        return [self._verdict(claim) for claim in claims]

    def _verdict(self, claim: ClaimToCheck) -> Verdict:
        held = set(claim.claim.lower().split()) <= set(" ".join(claim.evidence).lower().split())
        return Verdict("supported" if held else "unsupported", float(held))


async def test_a_verifier_judges_all_citations_each_alone_and_all_but_each() -> None:
    answer = Answer(
        question="?",
        rewritten_question="?",
        status="answered",
        answer="paris is large [1][2][3] rain falls [4] nothing cited",
        confidence=0.5,
        claims=(_claim("paris is large [1][2][3]", 1, 2, 3), _claim("rain falls [4]", 4), _claim("nothing cited")),
        citations=(
            _citation(1, "paris is"),
            _citation(2, "large"),
            _citation(3, "weather"),
            _citation(4, "snow"),
        ),
    )
    statements = await verified_statements(answer, WordVerifier())
    assert statements == (
        CitedStatement(entailed=True, alone=(False, False, False), without=(False, False, True)),
        CitedStatement(entailed=False, alone=(False,), without=(False,)),
        CitedStatement(entailed=False, alone=(), without=()),
    )
    assert citation_recall(statements) == 1 / 3
    assert citation_precision(statements) == 2 / 4


@pytest.mark.parametrize(
    ("quote", "reading"),
    [
        (
            "| E31 | No network. It retries for an hour | The depot |",
            "Code: E31; Meaning: No network. It retries for an hour; Call: The depot",
        ),
        ("Error: E31; Meaning: No network. It retries for an hour; Call: The depot", ""),
        ("It does not count in [service credits](../credits.md).", "It does not count in service credits."),
    ],
)
async def test_what_quotes_a_citation_as_answers_read_it_needs_no_verifier(quote: str, reading: str) -> None:
    text = (reading or quote).removesuffix(".") + "."
    answer = Answer(
        question="?",
        rewritten_question="?",
        status="answered",
        answer=f"{text} [1][2]",
        confidence=0.5,
        claims=(_claim(text, 1, 2),),
        citations=(_citation(1, quote, reading), _citation(2, "It rains.")),
    )
    (statement,) = await verified_statements(answer, WordVerifier())
    assert statement == CitedStatement(entailed=True, alone=(True, False), without=(False, True))


@pytest.mark.parametrize(
    ("text", "is_quoted"),
    [
        ("Plan: Solo; Price: EUR 9.", True),
        ("1. Plan: Solo; Support: none.", True),
        ("Price: EUR 9; Support: none.", False),  # of which plan?
        ("Plan: Solo; Support: none; Price: EUR 9.", False),
        ("Plan: Solo; Price: EUR 90.", False),
    ],
)
async def test_a_row_is_quoted_by_its_first_cell_and_others_in_their_order(text: str, is_quoted: bool) -> None:
    answer = Answer(
        question="?",
        rewritten_question="?",
        status="answered",
        answer=f"{text} [1]",
        confidence=0.5,
        claims=(_claim(text, 1),),
        citations=(_citation(1, "Plan: Solo; Price: EUR 9; Support: none"),),
    )

    class Nobody(WordVerifier):
        async def verify(self, claims: Sequence[ClaimToCheck]) -> list[Verdict]:
            return [Verdict("unsupported", 0.0)] * len(claims)

    (statement,) = await verified_statements(answer, Nobody())
    assert statement.entailed is is_quoted
