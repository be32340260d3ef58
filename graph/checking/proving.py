"""From statements to checked claims: what the rules can prove is proven, the verifier judges the rest."""

from collections.abc import Sequence

from graph.apart import apart
from graph.checking.citations import Statement
from graph.checking.grounding import MAX_KEPT, attributed, checked, quotes, to_check
from graph.conclusions.comparing import Conclusion
from graph.conclusions.concluding import conclude
from graph.evidence import Evidence
from graph.state import CheckedClaim
from graph.texts.plain_text import strange_addresses
from graph.texts.quotations import strange_quotations
from graph.texts.words import content_words
from tools.ports import Verdict, Verifier

MAX_CLAIMS = 40
"""Sentences of one draft that are checked; a runaway reply's further ones are dropped."""

FEW = 4
"""Sentences that are read in less than a thread's turn takes."""

PROVEN = Verdict("supported", 1.0)
REFUSED = Verdict("unsupported", 0.0)
"""Not checked further: an address that no cited sentence holds, which could carry the question away; a quotation that
no sentence holds; and a claim that has no word in common with what it cites, only with the question."""
ANSWERS_OF_ONE_WORD = frozenset({"yes", "no"})


def _attributed(
    statements: Sequence[Statement], question: str, evidence: Sequence[Evidence]
) -> tuple[list[tuple[str, tuple[int, ...]]], Conclusion | None]:
    """Each statement with the evidence it stands on, and what follows from comparing two of the sentences or from a
    whole table. What says just that keeps all of its marks: a count stands on every row."""
    conclusion = conclude(question, evidence) if any(statement.numbers for statement in statements) else None

    def is_long(one: Statement) -> bool:
        return len(one.numbers) > MAX_KEPT and conclusion is not None and conclusion.says(one.text, one.numbers)

    cited = [(one.text, one.numbers if is_long(one) else attributed(one, evidence)) for one in statements]
    return cited, conclusion


async def proven(
    statements: Sequence[Statement], question: str, evidence: Sequence[Evidence], verifier: Verifier
) -> list[CheckedClaim]:
    """A claim for each statement. One that says what follows from its two sentences by comparing them, value for
    value, needs no verifier, which looks for what a text says and not for what follows from it; nor does a sentence
    that one of its passages holds word for word."""
    if not statements:
        return []
    read = (statements, question, evidence)
    cited, conclusion = await apart(_attributed, *read) if len(statements) > FEW else _attributed(*read)
    by_number = {item.number: item for item in evidence}

    def follows(text: str, numbers: tuple[int, ...]) -> bool:
        return conclusion is not None and conclusion.says(text, numbers)

    def needs_none(text: str, numbers: tuple[int, ...]) -> bool:
        return follows(text, numbers) or quotes(text, [by_number[number] for number in numbers])

    asked = [place for place, one in enumerate(cited) if not needs_none(*one)]
    verdicts = dict.fromkeys(range(len(cited)), PROVEN)
    if asked:
        checks = [to_check(*cited[place], evidence, question) for place in asked]
        verdicts |= dict(zip(asked, await verifier.verify(checks), strict=True))
    held = [said for item in evidence for said in (item.quote, item.in_context)]
    for place in asked:
        text, numbers = cited[place]
        sources = " ".join(f"{by_number[number].quote} {by_number[number].in_context}" for number in numbers)
        brings = content_words(text) - ANSWERS_OF_ONE_WORD
        strange = bool(brings) and brings.isdisjoint(content_words(sources))
        if strange_addresses(text, sources) or strange_quotations(text, held) or strange:
            verdicts[place] = REFUSED
    return [checked(text, numbers, verdicts[place]) for place, (text, numbers) in enumerate(cited)]
