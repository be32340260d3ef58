"""validate: every claim against the sentences it cites, before anyone reads it."""

from langgraph.runtime import Runtime

from graph.citations import read_statements
from graph.deps import Deps
from graph.grounding import attributed, checked, to_check
from graph.progress import Validated
from graph.state import Context, State
from graph.updates import Checked

MAX_CLAIMS = 40
"""Sentences of one draft that are checked; a runaway reply's further ones are dropped."""


async def validate(state: State, runtime: Runtime[Context], deps: Deps) -> Checked:
    """Read the draft's claims and marks, drop invented marks, and let the verifier judge each claim."""
    known = {item.number for item in state.evidence}
    statements = read_statements(state.draft, known)[:MAX_CLAIMS]
    cited = [attributed(statement, state.evidence) for statement in statements]
    verdicts = await deps.verifier.verify(
        [
            to_check(statement.text, numbers, state.evidence, state.rewritten)
            for statement, numbers in zip(statements, cited, strict=True)
        ]
    )
    claims = tuple(
        checked(statement.text, numbers, verdict)
        for statement, numbers, verdict in zip(statements, cited, verdicts, strict=True)
    )
    withheld = sum(claim.withheld for claim in claims)
    runtime.stream_writer(Validated(len(claims) - withheld, withheld))
    return Checked(claims=claims)
