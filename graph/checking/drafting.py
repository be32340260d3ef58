"""Which part of a growing draft may already be shown: whole sentences that the verifier accepts, with their final
marks."""

from collections.abc import Sequence

from graph.checking.citations import (
    Statement,
    finished,
    may_have_marks_in_parentheses,
    read_statements,
    renumber,
    separator_between,
    write_statement,
)
from graph.checking.grounding import shown
from graph.checking.proving import MAX_CLAIMS, proven
from graph.evidence import Evidence
from graph.texts.marks import without_unfinished
from tools.passages import Passage
from tools.ports import Verifier

_MAY_END = frozenset(".!?…。！？\n")


class DraftReader:
    """Takes the draft piece by piece. A sentence counts as finished once another has begun, since marks may follow its
    full stop.

    A sentence that is withheld here may come back repaired. One that was shown stays in the answer unchanged, unless
    the whole answer is declined.
    """

    def __init__(
        self, question: str, evidence: Sequence[Evidence], verifier: Verifier, *, quoted: bool = False
    ) -> None:
        self._question = question
        self._evidence = evidence
        self._known = {item.number for item in evidence}
        self._verifier = verifier
        self._quoted = quoted
        self._text = ""
        self._read = 0
        self._ended = False
        self._shown: list[tuple[int, ...]] = []
        self._last = ""

    @property
    def cited(self) -> list[Passage]:
        """The passages that the text shown so far cites."""
        numbers = {number for markers in self._shown for number in markers}
        return [item.passage for item in self._evidence if item.number in numbers]

    async def feed(self, piece: str) -> str:
        """The text that may be shown after this piece; empty while its sentence is unfinished or not accepted."""
        self._text += piece
        if not self._may_have_begun_another(piece) or self._read == MAX_CLAIMS:
            return ""
        if may_have_marks_in_parentheses(self._text):
            return ""
        return await self._checked(finished(self._read_in(without_unfinished(self._text))))

    async def finish(self) -> str:
        return await self._checked(self._read_in(self._text))

    def _read_in(self, text: str) -> list[Statement]:
        return read_statements(text, self._known, quoted=self._quoted)

    def _may_have_begun_another(self, piece: str) -> bool:
        """Whether a sentence may have ended and words follow. Only then the draft is read again, which takes longer the
        longer it is."""
        ends, has_words = not _MAY_END.isdisjoint(piece), any(map(str.isalpha, piece))
        begun = has_words and (ends or self._ended)
        self._ended = ends or (self._ended and not begun)
        return begun

    async def _checked(self, statements: Sequence[Statement]) -> str:
        fresh = statements[self._read : MAX_CLAIMS]
        self._read = max(self._read, min(len(statements), MAX_CLAIMS))
        if not fresh:
            return ""
        claims = await proven(fresh, self._question, self._evidence, self._verifier)
        said = ""
        for claim in shown([claim for claim in claims if claim.support == "supported"]):
            self._shown.append(claim.markers)
            markers = renumber(self._shown)
            statement = write_statement(claim.text, [markers[number] for number in claim.markers])
            said += (separator_between(self._last, statement) if self._last else "") + statement
            self._last = statement
        return said
