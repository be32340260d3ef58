"""What of a growing draft may already be shown: whole sentences that the verifier lets stand, marks as they will be."""

from collections.abc import Sequence

from graph.citations import Statement, read_statements, renumber, write_statement
from graph.language import Evidence
from graph.proving import proven
from tools.ports import Verifier

_MAY_END = frozenset(".!?…。！？\n")


class DraftReader:
    """Takes the draft piece by piece. A sentence is finished once another has begun: marks may follow a full stop.

    A sentence that is withheld here may come back repaired; one that was shown stays in the answer as it is, unless
    the whole answer is declined.
    """

    def __init__(self, question: str, evidence: Sequence[Evidence], verifier: Verifier) -> None:
        self._question = question
        self._evidence = evidence
        self._known = {item.number for item in evidence}
        self._verifier = verifier
        self._text = ""
        self._read = 0
        self._shown: list[tuple[int, ...]] = []

    async def feed(self, piece: str) -> str:
        """The text that may be shown after this piece; empty while its sentence is unfinished or can't stand."""
        self._text += piece
        if not _MAY_END.intersection(piece):
            return ""
        return await self._checked(read_statements(self._text, self._known)[:-1])

    async def finish(self) -> str:
        return await self._checked(read_statements(self._text, self._known))

    async def _checked(self, statements: Sequence[Statement]) -> str:
        fresh = statements[self._read :]
        self._read = max(self._read, len(statements))
        if not fresh:
            return ""
        claims = await proven(fresh, self._question, self._evidence, self._verifier)
        written = []
        for claim in claims:
            if claim.support == "supported":
                self._shown.append(claim.markers)
                markers = renumber(self._shown)
                written.append(write_statement(claim.text, [markers[number] for number in claim.markers]))
        follows = len(self._shown) > len(written)
        return (" " if written and follows else "") + " ".join(written)
