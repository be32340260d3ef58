"""Evidence: the sentences that an answer is written from, and that its citation marks refer to."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from graph.texts.talk import asked_in_turn, name_of_speaker, question_before, turn_at
from tools.passages import Passage

_RUN_IN = re.compile(r"(?:\*\*|__)(?P<label>[^*_\n]{2,60}?)(?:[.:](?:\*\*|__)|(?:\*\*|__)[.:])\s")
"""A heading in bold with which a paragraph begins: "**Notice period.** Solo: one month"."""


def header_at(passage: Passage, offset: int) -> str:
    """The title, the heading of the section, the one that its paragraph begins with, and in a conversation the question
    that is replied to, at this offset of the passage's text."""
    path = (
        passage.title,
        *passage.headings_at(offset)[-1:],
        _run_in_before(passage.text, offset),
        question_before(passage.text, offset),
    )
    return " – ".join(dict.fromkeys(part for part in path if part))


def _run_in_before(text: str, offset: int) -> str:
    begun = text.rfind("\n\n", 0, offset)
    label = _RUN_IN.match(text, 0 if begun < 0 else begun + 2)
    return label["label"] if label and label.end("label") < offset else ""


@dataclass(frozen=True)  # without slots: what is cached is asked for a hundred times a question
class Evidence:
    """One citable sentence, to which the mark `[number]` refers.

    `quote` is `passage.text[start - passage.start : …]`; offsets count code points in the source's text. `relevance` to
    the question is in 0–1. Most sentences stand for themselves; one that is part of a whole has its place in it,
    counted from 1."""

    number: int
    passage: Passage
    quote: str
    start: int
    end: int
    relevance: float = 0.0
    reading: str = ""
    """The quote as people read it, if its markup differs from that."""

    of_rows: int | None = None
    """The number of rows of its table, if all of them are evidence."""

    step: int | None = None
    """Its place in the list of steps that is asked for."""

    place: int | None = None
    """Its place in the table or list that answers as a whole."""

    link: int | None = None
    """Its place in the chain of rows that leads to the answer."""

    part: str = ""
    """The part of the row that belongs to that chain, or to what is asked of all rows."""

    @property
    def key(self) -> tuple[str, int]:
        """The place of the sentence, which no other sentence shares."""
        return self.passage.key, self.start

    @property
    def said(self) -> str:
        """What the sentence says, without the markup that its exact quote carries."""
        return self.reading or self.quote

    @property
    def quoted(self) -> str:
        """What an answer quotes: in a conversation with who says it, as the document calls them, and when, since
        "tomorrow" says nothing without."""
        turn = turn_at(self.passage.text, self.start - self.passage.start)
        name = f"{name_of_speaker(turn.speaker)}: " if turn else ""
        if turn is None or not self.said.startswith(name):
            return self.said
        return f"{turn.speaker}{f' ({turn.at})' if turn.at else ''}: {self.said[len(name) :]}"

    @property
    def told(self) -> str:
        """What is quoted of it: all that it says, or the part that belongs to the answer."""
        return self.part or self.said

    @property
    def path(self) -> tuple[str, ...]:
        """The title and the headings of its own section."""
        return self.passage.path_at(self.start - self.passage.start)

    @cached_property
    def header(self) -> str:
        """The title and the heading of its own section, as one line."""
        return header_at(self.passage, self.start - self.passage.start)

    @cached_property
    def speaker(self) -> str:
        """Whose words these are, in a conversation; empty if nobody is said to speak."""
        turn = turn_at(self.passage.text, self.start - self.passage.start)
        return turn.speaker if turn else ""

    @cached_property
    def asked_before(self) -> str:
        """The question that it may reply to, in a conversation."""
        return question_before(self.passage.text, self.start - self.passage.start)

    @cached_property
    def asked_along(self) -> tuple[str, ...]:
        """What its speaker asks right before it, in a conversation."""
        return asked_in_turn(self.passage.text, self.start - self.passage.start)

    @property
    def replies_to(self) -> str:
        """The heading right above it, if it is the first sentence there: in a list of questions, the one it answers."""
        at = self.start - self.passage.start
        begun, path = self.passage.section_at(at)
        between = self.passage.text[begun:at].strip(" \r\n\t#*_=-")
        return path[-1] if path and between == path[-1] else ""

    @cached_property
    def in_context(self) -> str:
        """The sentence after its header, as the verifier reads it: so "it" and "this plan" have a name."""
        return f"{self.header}: {self.said}" if self.header else self.said


def evidence_at(passage: Passage, start: int, end: int, *, reading: str, step: int | None = None) -> Evidence:
    """The evidence at these offsets of the passage's text, without a number."""
    offset = passage.start
    return Evidence(0, passage, passage.text[start:end], offset + start, offset + end, reading=reading, step=step)


def joined(
    evidence: Sequence[Evidence], parts: Sequence[Evidence], relevance: float | None = None
) -> tuple[Evidence, ...]:
    """The evidence with all parts of a whole. Parts that are already in it keep their number and relevance; the
    others get the next numbers, and this relevance if one is given."""
    found = {(part.passage.key, part.start, part.end): part for part in parts}
    kept: list[Evidence] = []
    for item in evidence:
        part = found.pop((item.passage.key, item.start, item.end), None)
        kept.append(replace(part, number=item.number, relevance=item.relevance) if part else item)
    first = max((item.number for item in evidence), default=0) + 1
    added = (replace(part, number=n) for n, part in enumerate(found.values(), first))
    return (*kept, *(added if relevance is None else (replace(part, relevance=relevance) for part in added)))
