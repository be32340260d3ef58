"""What follows from the evidence without a model: from two sentences that are compared, or from a whole table."""

from collections.abc import Sequence

from graph.conclusions.comparing import Conclusion
from graph.conclusions.comparing import conclude as conclude_from_two
from graph.conclusions.tabling import conclude_from_table
from graph.evidence import Evidence


def conclude(question: str, evidence: Sequence[Evidence]) -> Conclusion | None:
    """The conclusion and what it rests on. The same evidence leads to the same one, so a claim can be held to it."""
    return conclude_from_two(question, evidence) or conclude_from_table(question, evidence)
