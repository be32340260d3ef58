"""From statements to checked claims: what the rules can prove is proven, the verifier judges the rest."""

from collections.abc import Sequence

from graph.citations import Statement
from graph.grounding import attributed, checked, to_check
from graph.language import Evidence
from graph.languages.comparing import conclude
from graph.state import CheckedClaim
from tools.ports import Verdict, Verifier

PROVEN = Verdict("supported", 1.0)


async def proven(
    statements: Sequence[Statement], question: str, evidence: Sequence[Evidence], verifier: Verifier
) -> list[CheckedClaim]:
    """A claim for each statement. One that says what follows from its two sentences by comparing them, value for
    value, needs no verifier, which looks for what a text says and not for what follows from it."""
    cited = [(statement.text, attributed(statement, evidence)) for statement in statements]
    conclusion = conclude(question, evidence) if any(len(numbers) == 2 for _, numbers in cited) else None
    verdicts = await verifier.verify([to_check(text, numbers, evidence, question) for text, numbers in cited])
    follows = (conclusion.text, conclusion.numbers) if conclusion else None
    return [
        checked(text, numbers, PROVEN if (text, numbers) == follows else verdict)
        for (text, numbers), verdict in zip(cited, verdicts, strict=True)
    ]
