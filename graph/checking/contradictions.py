"""Sources that disagree: sentences about the same thing that differ in a number, a date or a negation."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from graph.checking.differing import differ
from graph.evidence import Evidence
from graph.structure.rows import cells_of
from graph.texts.small_words import DENIALS, NO_ONE
from graph.texts.words import content_words
from tools.names import folded, name_key
from tools.passages import Passage

ALIKE = 0.7
"""Share of words, numbers aside, that two sentences must have in common to speak of the same thing."""

MIN_WORDS = 3
MAX_SHOWN = 3
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_NEGATION = re.compile(rf"\b(?:{DENIALS}|{NO_ONE}|\w+n['’]t)\b", re.IGNORECASE)
"""With the verb that a "n't" hangs on: what two sentences have in common is looked for without either."""

_EDITION = re.compile(
    r"\b(?:19|20)\d\d\b|\bv\d+(?:\.\d+)*\b|\b(?:draft|old|new|former|current|archived?)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What an answer rests on, and what another source says instead. `outdated` says that the other source is
    superseded, so that the answer stands; otherwise nobody has said which of the two holds."""

    cited: Evidence
    other: Evidence

    @property
    def outdated(self) -> bool:
        return self.other.passage.status == "superseded" and self.cited.passage.status != "superseded"

    @property
    def follows_older(self) -> bool:
        """Whether the answer rests on a superseded version, which is right for a question that looks back."""
        return self.cited.passage.status == "superseded" and self.other.passage.status != "superseded"

    @property
    def sentence(self) -> str:
        """The note for readers, with both dates if they are known."""
        verb = "A newer version says otherwise" if self.follows_older else "Sources disagree"
        verb = "An older version says otherwise" if self.outdated else verb
        return f"{verb}: {_said(self.other)}; the answer follows {_named(self.cited)}."


def disagreements(
    cited: Sequence[Evidence], evidence: Sequence[Evidence], question: str = ""
) -> tuple[Disagreement, ...]:
    """For each cited sentence, sentences of other documents that differ from it only in a number, a date or a "not", or
    that answer the question with another value."""
    place = {item.number: n for n, item in enumerate(cited)}
    found = (
        Disagreement(one, other)
        for n, one in enumerate(cited)
        for other in evidence
        if place.get(other.number, n + 1) > n and (contradict(one, other) or differ(question, one, other))
    )
    return tuple(islice(found, MAX_SHOWN))


def follows_superseded(
    cited: Sequence[Evidence], passages: Sequence[Passage], differing: Sequence[Disagreement]
) -> tuple[str, ...]:
    """For each superseded document that is cited, a note on which one replaces it. No document is named twice."""
    said = {one.cited.passage.source for one in differing if one.follows_older}
    outdated = {
        item.passage.source: item
        for item in cited
        if item.passage.status == "superseded" and item.passage.source not in said
    }
    titles = {passage.source: _titled(passage) for passage in passages}
    return tuple(
        f"A newer version exists: {titles.get(by, f'“{by}”')}; the answer follows {_named(item)}."
        if (by := item.passage.superseded_by)
        else f"The answer follows {_named(item)}, which {_ended(item.passage)}."
        for item in islice(outdated.values(), MAX_SHOWN)
    )


def not_yet_in_force(cited: Sequence[Evidence]) -> tuple[str, ...]:
    """For each cited document that holds from a later day on, a note on that day."""
    today = _today()
    early = {item.passage.source: item for item in cited if (item.passage.valid_from or "") > today}
    return tuple(
        f"The answer follows {_named(item)}, which holds from {item.passage.valid_from} on."
        for item in islice(early.values(), MAX_SHOWN)
    )


def _ended(passage: Passage) -> str:
    until = passage.valid_until
    return f"was valid until {until}" if until and until < _today() else "is marked as superseded"


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def contradict(one: Evidence, other: Evidence) -> bool:
    if one.passage.source == other.passage.source or not _same_subject(one, other):
        return False
    if _names(one, other) or _names(other, one) or _are_rows_of_two(one, other):
        return False
    mine, theirs = _words(one.said), _words(other.said)
    alike = len(mine & theirs) >= ALIKE * max(len(mine), len(theirs))
    if len(mine & theirs) < MIN_WORDS or not alike:
        return False
    numbers, other_numbers = set(_NUMBER.findall(one.said)), set(_NUMBER.findall(other.said))
    if numbers and other_numbers and not (numbers <= other_numbers or other_numbers <= numbers):
        return True
    negated = bool(_NEGATION.search(one.said)) != bool(_NEGATION.search(other.said))
    return negated or (_supersedes(one, other) and mine != theirs)


def _names(one: Evidence, other: Evidence) -> bool:
    """Whether one sentence mentions the other's document: "Replaced by the policy of 2026" contradicts nothing in
    that."""
    return f" {name_key(other.passage.title)} " in f" {folded(one.said)} "


def _are_rows_of_two(one: Evidence, other: Evidence) -> bool:
    """Whether they are rows about two things, by their first cells: Germany's days of leave don't contradict
    Ireland's."""
    row, another = cells_of(one.said), cells_of(other.said)
    return bool(row and another) and folded(row[0][1]) != folded(another[0][1])


def _same_subject(one: Evidence, other: Evidence) -> bool:
    """Whether two titles are about the same thing. Titles that differ in a name (Europe, Americas) are not; those that
    differ in a year or a "draft" are."""
    if _supersedes(one, other):
        return True
    mine, theirs = _subject(one), _subject(other)
    return mine == theirs or not mine or not theirs


def _supersedes(one: Evidence, other: Evidence) -> bool:
    by = {one.passage.superseded_by, other.passage.superseded_by}
    return one.passage.source in by or other.passage.source in by


def _subject(item: Evidence) -> frozenset[str]:
    return content_words(_EDITION.sub(" ", item.passage.title))


def _words(said: str) -> frozenset[str]:
    return content_words(_NEGATION.sub(" ", _NUMBER.sub(" ", said)))


def _said(item: Evidence) -> str:
    return f"{_named(item)} says “{' '.join(item.said.split())[:200]}”"


def _named(item: Evidence) -> str:
    return _titled(item.passage)


def _titled(passage: Passage) -> str:
    title = " ".join((passage.title or passage.source).split())[:120]
    dated = f" ({passage.updated[:10]})" if passage.updated else ""
    return f"“{title}”{dated}"
