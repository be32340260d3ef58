"""A model's stream brought to the contract: an answer, or exactly one line that begins with `NOT FOUND:`.

Models decline by that code word or in words of their own ("The documents do not say …"), and small ones mix a
refusal with an answer. Every form is understood here, and what is mixed is taken apart.
"""

import re
from collections.abc import AsyncGenerator, AsyncIterator

from graph.language import NOT_FOUND
from graph.texts.words import content_words
from tools.chat.streams import closing
from tools.ports import TextDelta

MAX_MISSING_CHARACTERS = 300
MIN_ABOUT = 0.5
"""Share of its words that a missing fact must have in common with the question."""
EMPTY_REPLY = f"{NOT_FOUND} the model wrote nothing"

_CODE_WORD = NOT_FOUND.rstrip(":")
_DECORATION = " \t\r\n*_\"'`#>-"
_MARKS = re.compile(r"\s*\[\d+(?:\s*[,–-]\s*\d+)*\]")
_FENCE = re.compile(r"</?(?:data|question)-[0-9a-f]{6}>")
_MAX_FENCE_CHARACTERS = len("</question-012345>")
_ADDRESS = re.compile(r"://|\bwww\.|\]\(|@\w|[<>]|\b\w[\w-]*\.[a-z]{2,24}\b", re.IGNORECASE)
"""A file's name looks like a domain, too: then nothing is said rather than something that may be one."""

_SOURCES = r"(?:documents?|sentences?|passages?|information|text|texts|evidence|sources?|context|material)"
_SAY = (
    r"(?:say|state|mention|tell|specify|give|provide|contain|include|answer|indicate|have|hold|offer|explain|list|show|"
    r"discuss|describe|address|refer)"
)
_UNSAID = r"not\s+(?:stated|specified|mentioned|indicated|said|told|answered)"
_ALONE = rf"(?:{_UNSAID}|no\s+(?:answer|information|mention))"
_ENDS = (
    r"(?:\s+(?:here|there|anywhere|(?:in|by|from)\s+(?:the|these|those|any)\b[^.?!:;,\n\[]*))?"
    r"(?=[\W_]*$|[\s\"'”’*_]*(?:[.?!;:\[(–—]|-\s))"
)
"""Behind words that are all of a reply: "Not stated?". "No answer within a day counts as a refusal" is an answer."""
_DECLINES = re.compile(
    rf"(?:not found\b|{_ALONE}{_ENDS}"
    r"|there\s+(?:is|are)\s+no\s+(?:answer|information|mention|details?)\b(?:\s+(?:on|about|of)\b)?"
    rf"|(?:the|these|those|your|none of the)\s+(?:\w+\s+)?{_SOURCES}"
    r"(?:\s+(?:provided|given|above|here))?"
    rf"\s+(?:(?:do|does|did)\s+not|don['’]t|doesn['’]t|didn['’]t)\s+(?:explicitly\s+|directly\s+)?{_SAY}\b)",
    re.IGNORECASE,
)
# Long enough for every form above to be told from an answer, short enough not to be noticed.
_UNDECIDED_CHARACTERS = 60
_MAY_DECLINE = (
    "not ",
    "no answer",
    "no information",
    "no mention",
    "there ",
    "the ",
    "these ",
    "those ",
    "your ",
    "none of the ",
)
_SAID = re.compile(rf"{_DECLINES.pattern}[\s:*_]*", re.IGNORECASE)
_LEAVES_OPEN = re.compile(
    rf"\b{_UNSAID}\b|\b(?:is|are|was|were)\s+not\s+given\b|\b{_SOURCES}\s+(?:do|does|did)(?:\s+not|n['’]t)\s+{_SAY}\b",
    re.IGNORECASE,
)
_SAID_BEHIND = re.compile(
    rf"(?<=\w)[*_]*(?:,?\s+(?:is|are|was|were)|\s*[:;,–—]|\s-)[*_]*\s+{_UNSAID}{_ENDS}\W*$", re.IGNORECASE
)


def said_missing(text: str, question: str) -> tuple[str, ...]:
    """What a model says is missing, if it speaks of the question; nothing otherwise.

    It is shown to readers without a source, so it may bring neither an address nor a claim of its own: a document
    could have ordered it.
    """
    said = " ".join(_MARKS.sub("", text).split()).strip(" .")
    words, asked = content_words(said), content_words(question)
    about = len(words & asked) >= MIN_ABOUT * len(words)
    return (said,) if words and about and len(said) <= MAX_MISSING_CHARACTERS and not _ADDRESS.search(said) else ()


def unsaid_in(statement: str) -> str | None:
    """What a statement says is not stated, be it nothing in particular; None of one that does not say that."""
    if behind := _SAID_BEHIND.search(statement):
        return statement[: behind.start()].strip(_DECORATION)
    before = _SAID.match(statement)
    return statement[before.end() :].strip(f"{_DECORATION}.") if before else None


def leaves_open(statement: str) -> bool:
    """Whether a statement says, beside what it tells, that something is not stated.

    >>> leaves_open("The chair is Ada Brun, but her room is not given.")
    True
    """
    return _LEAVES_OPEN.search(statement) is not None


class _Settling:
    """Takes the text as it grows and says what of it may be shown."""

    def __init__(self, question: str) -> None:
        self._question = question
        self._waiting = ""
        self._text = ""
        self._shown = 0
        self._answers = False

    def feed(self, piece: str) -> str:
        self._take(piece)
        if not self._answers:
            opening = self._text.lstrip(_DECORATION)
            self._answers = not _DECLINES.match(opening) and not _is_undecided(opening)
        return self._show(self._end()) if self._answers else ""

    def finish(self) -> str:
        self._text, self._waiting = self._text + self._waiting, ""
        opening = self._text.lstrip(_DECORATION)
        if not opening.strip():
            return EMPTY_REPLY
        if not self._answers and (declined := _SAID.match(opening)):
            return _refusal(opening[declined.end() :], self._question)
        at = self._text.find(_CODE_WORD)
        return self._show(len(self._text) if at < 0 else at)

    def _take(self, piece: str) -> None:
        """Small models echo the fences of their prompt: a tag that is one is dropped, one not yet closed waits."""
        arrived = _FENCE.sub("", self._waiting + piece)
        opened = arrived.rfind("<")
        waits = opened >= 0 and ">" not in arrived[opened:] and len(arrived) - opened <= _MAX_FENCE_CHARACTERS
        self._text += arrived[:opened] if waits else arrived
        self._waiting = arrived[opened:] if waits else ""

    def _end(self) -> int:
        """Up to a NOT FOUND, or to what could be growing into one."""
        at = self._text.find(_CODE_WORD)
        if at >= 0:
            return at
        tails = (n for n in range(len(_CODE_WORD) - 1, 0, -1) if self._text.endswith(_CODE_WORD[:n]))
        return len(self._text) - next(tails, 0)

    def _show(self, end: int) -> str:
        shown, self._shown = self._text[self._shown : end], max(self._shown, end)
        return shown


async def settled(deltas: AsyncIterator[TextDelta], question: str) -> AsyncGenerator[TextDelta, None]:
    """The same stream, held back only while it could still become a refusal; one that doesn't say what is missing
    names the question.

    One that opens the reply makes all of it a refusal, sent as one piece; a NOT FOUND that comes later ends the text.
    """
    settling = _Settling(question)
    last: TextDelta | None = None
    async with closing(deltas):
        async for delta in deltas:
            if delta.usage is not None:
                last = delta
            elif text := settling.feed(delta.text):
                yield TextDelta(text)
    if text := settling.finish():
        yield TextDelta(text)
    if last is not None:
        yield last


def _is_undecided(opening: str) -> bool:
    start = opening[:_UNDECIDED_CHARACTERS].casefold()
    begun = any(start.startswith(form) or form.startswith(start) for form in _MAY_DECLINE)
    return begun and len(opening) < _UNDECIDED_CHARACTERS


def _refusal(missing: str, question: str) -> str:
    """`NOT FOUND:` and the first line of what is missing, without marks."""
    first = _MARKS.sub("", missing).strip(f"{_DECORATION}–—:.,;").split("\n")[0].strip(" .,;")
    if again := _SAID.match(first):
        first = first[again.end() :]
    named = first if content_words(first) else question
    return f"{NOT_FOUND} {named[:MAX_MISSING_CHARACTERS]}"
