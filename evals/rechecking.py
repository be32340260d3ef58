"""Judges the statements of an answer again, as a step of the run: what the metrics of citations then count."""

import re
from collections.abc import Sequence

from agent.answers import Answer
from evals.metrics.answers import normalise, without_marks
from evals.metrics.citations import SUPPORTED, CitedStatement, shown_claims
from graph.conclusions.concluding import conclude
from graph.evidence import Evidence
from tools.names import names_of
from tools.passages import Passage
from tools.ports import ClaimToCheck, Verifier

DERIVED = -1
_NUMBERED = re.compile(r"^\d{1,3}[.)]\s+")

_Check = tuple[str, Sequence[Evidence]]


async def verified_statements(answer: Answer, verifier: Verifier) -> tuple[CitedStatement, ...]:
    """Statements judged again by a verifier, in one batch: by all citations, each alone, and all but each.

    A citation is read as in the answer: a table's row with its column names. A quotation is supported by what it
    quotes.
    """
    evidence = _evidence(answer)
    cited_as = {item.number: item for item in evidence}
    plans: list[tuple[int, int]] = []
    checks: list[_Check] = []
    derived = conclude(answer.rewritten_question or answer.question, evidence)
    for claim in shown_claims(answer):
        if derived and claim.text in (derived.text, derived.answer):
            plans.append((DERIVED, len(dict.fromkeys(claim.markers))))
            continue
        cited = [cited_as[marker] for marker in dict.fromkeys(claim.markers) if marker in cited_as]
        plans.append((len(checks), len(cited)))
        if cited:
            text = without_marks(claim.text)
            subsets = [cited, *([item] for item in cited)]
            subsets += [cited[:place] + cited[place + 1 :] for place in range(len(cited))]
            checks += [(text, subset) for subset in subsets]
    supported = await _supported(checks, answer.question, verifier)
    return tuple(
        _derivation(cited) if start == DERIVED else _statement(supported[start:], cited) for start, cited in plans
    )


async def _supported(checks: Sequence[_Check], question: str, verifier: Verifier) -> list[bool]:
    supported = [any(_quotes(text, item.said) for item in evidence) for text, evidence in checks]
    asked = [place for place, quoted in enumerate(supported) if not quoted]
    if asked:
        judged = [(text, tuple(item.said for item in evidence)) for text, evidence in (checks[at] for at in asked)]
        verdicts = await verifier.verify([ClaimToCheck(text, said, question) for text, said in judged])
        for place, verdict in zip(asked, verdicts, strict=True):
            supported[place] = verdict.support == SUPPORTED
    return supported


def _quotes(text: str, said: str) -> bool:
    """Whether the text repeats the citation word for word, with or without a number. Of a table's row, whose cells are
    separated by semicolons, it may leave out some after the first."""
    stated, cited = _parts(text), _parts(said)
    rest = iter(cited)
    return stated[0] == cited[0] and all(part in rest for part in stated)


def _parts(text: str) -> list[str]:
    visible = "".join(filter(str.isprintable, " ".join(without_marks(text).split())))
    return [normalise(part) for part in _NUMBERED.sub("", visible).split("; ")]


def _evidence(answer: Answer) -> list[Evidence]:
    """The answer's own citations under their marks, and nothing else.

    What follows from comparing two of them is concluded again from these alone, since a verifier only finds what a text
    says. So this tells whether the citations suffice; whether the conclusion is right, `is_right` tells.
    """
    return [
        Evidence(
            citation.marker,
            Passage(
                key=citation.passage_id,
                id=citation.passage_id,
                source=citation.source,
                title=citation.title,
                text=citation.quote,
                names=names_of(citation.title),
            ),
            citation.quote,
            0,
            len(citation.quote),
            reading=citation.reading,
        )
        for citation in answer.citations
    ]


def _derivation(cited: int) -> CitedStatement:
    """Supported by all its citations together, and by no fewer."""
    return CitedStatement(True, (False,) * cited, (False,) * cited)


def _statement(supported: Sequence[bool], cited: int) -> CitedStatement:
    if not cited:
        return CitedStatement(False, (), ())
    without = supported[1 + cited : 1 + 2 * cited] if cited > 1 else (False,)
    return CitedStatement(supported[0], tuple(supported[1 : 1 + cited]), tuple(without))
