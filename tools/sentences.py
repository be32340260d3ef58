"""Where sentences begin and end, as code-point offsets: the unit that is quoted, cited and checked."""

import re
from collections.abc import Iterator

import sentencex  # type: ignore[import-untyped]  # ships no stubs
from semantic_text_splitter import TextSplitter

MAX_SENTENCE_CHARACTERS = 600
_PIECES_AT_A_TIME = 8
# A line in this range may have been wrapped at a margin; a shorter or longer one ended because its text did.
_WRAPPED = range(48, 140)
_BREAK = re.compile(r"\r\n?|[\n\f\v\u2028\u2029]")
_OWN_LINE = re.compile(r"\s*(?:[-*+•‣▪–]\s|\d{1,3}[.)]\s|[a-zA-Z][.)]\s|#{1,6}\s|>|\||```|~~~|---|===|\*\*\*)")
_ENDED = re.compile(r"[.!?…:;。！？][\"'”’»)\]]*(?:\[\d+\])*\s*$")
_ABBREVIATION = re.compile(
    r"(?<![^\s(\[])(?:abs|approx|art|ca|cf|ed|eds|est|ext|fig|figs|max|min|nos?|nr|pt|ref|tel|vol|\w*str)\.\s*$", re.I
)
"""Before a figure."""

_NEVER_LAST = re.compile(r"(?<![^\s(\[])(?:bzw|excl|exkl|ggf|incl|inkl|zzgl|z\.\s?B)\.\s*$", re.I)
# A table row as HTML and Word sources are read: `column: value; column: value`.
_ROW = re.compile(r"\s*[^:;\n]{1,60}: [^;\n]*;")
# The same, for certain: two columns are named. A full stop inside a cell does not end what the row says.
_WHOLE_ROW = re.compile(r"\s*(?:\||[^:;.\n]{1,60}: [^;\n]*;\s*[^:;.\n]{1,60}: )")
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?(?:\.\d{1,6})?Z?(?:\s?[AaPp]\.?[Mm]\.?)?"
_DAY = r"(?:\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{2,4})"
_STAMP = rf"(?:{_DAY}[T,]?\s{{0,2}})?{_CLOCK}"
_NAMED = r"[^\W\d_][\w.'’-]{0,30}(?: [A-Z][\w.'’-]{0,30}){0,2}:\*{0,2}[ \t]{1,4}(?=\S)"
# What somebody said at a time: a wrapped line may begin with a time, but hardly with one in brackets or before a name.
_STAMPED = re.compile(rf"\s*(?:[\[(]{_STAMP}[\])]|{_STAMP}\s(?:-\s)?[<\[@*]{{0,2}}{_NAMED})")
_TURN = re.compile(rf"[ \t]{{0,8}}[@*]{{0,2}}{_NAMED}")
_ENUMERATOR = re.compile(r"\s*(?:\d{1,3}|[a-zA-Z])[.)]\s*$")
_splitter = TextSplitter(MAX_SENTENCE_CHARACTERS)

Span = tuple[int, int]


def split_sentences(text: str) -> list[Span]:
    """`(start, end)` of every sentence, trimmed, in order and disjoint; together they hold every non-space character.

    A list item, table row, heading, turn of a transcript or other line that stands for itself is a sentence (or
    several) of its own; a line wrapped at a margin is not. No span is longer than `MAX_SENTENCE_CHARACTERS`.
    """
    spans: list[Span] = []
    for start, end in _passages(text):
        spans.extend(_sentences(text, start, end))
    return spans


def _passages(text: str) -> Iterator[Span]:
    """Runs of lines that belong to one flow of prose."""
    start = begin = 0
    previous, previous_is_named = "", False
    for end, after in _lines(text):
        line = text[begin:end]
        is_named = _TURN.match(line) is not None
        if begin > start:
            # Two lines that begin so are a transcript or a list of labels; one alone may be wrapped prose.
            is_turn = is_named and (previous_is_named or _TURN.match(text, after) is not None)
            if is_turn or not _continues(previous, line):
                yield start, begin
                start = begin
        previous, previous_is_named, begin = line, is_named, after
    if start < len(text):
        yield start, len(text)


def _lines(text: str) -> Iterator[Span]:
    """Where each line ends, and where the next begins."""
    for match in _BREAK.finditer(text):
        yield match.start(), match.end()
    yield len(text), len(text)


def _continues(previous: str, line: str) -> bool:
    above, here = previous.strip(), line.strip()
    if not above or not here or above.startswith(("|", "#", "```", "~~~")):
        return False
    if _OWN_LINE.match(line) or _ROW.match(line) or _STAMPED.match(line):
        return False
    return here[0].islower() or (len(above) in _WRAPPED and not _ENDED.search(above))


def _sentences(text: str, start: int, end: int) -> Iterator[Span]:
    part = text[start:end]
    if _WHOLE_ROW.match(part) and "\n" not in part.strip():
        yield from _trimmed(text, start, end)
        return
    position = begin = 0
    pieces = sentencex.segment("en", part) if part.strip() else []
    for index, piece in enumerate(pieces):
        position += len(piece)
        following = pieces[index + 1] if index + 1 < len(pieces) else ""
        unfinished = (
            _ENUMERATOR.match(part, begin, position)
            or (following[:1].isdigit() and _ABBREVIATION.search(part, begin, position))
            or _NEVER_LAST.search(part, begin, position)
        )
        if not (following and unfinished):
            yield from _trimmed(text, start + begin, start + position)
            begin = position
    if begin < len(part):
        yield from _trimmed(text, start + begin, end)


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    sentence = text[start:end]
    stripped = sentence.strip()
    if not stripped:
        return
    start += len(sentence) - len(sentence.lstrip())
    if len(stripped) <= MAX_SENTENCE_CHARACTERS:
        yield start, start + len(stripped)
        return
    for offset, piece in cut_up(stripped, _splitter, MAX_SENTENCE_CHARACTERS):
        yield from _trimmed(text, start + offset, start + offset + len(piece))


def cut_up(text: str, splitter: TextSplitter, limit: int) -> Iterator[tuple[int, str]]:
    """Where each piece begins, and the piece. The splitter's time grows with the square of a text without structure, so
    that it is given some pieces' worth at a time, which end at a line or a word where there is one."""
    begin, most = 0, _PIECES_AT_A_TIME * limit
    while begin < len(text):
        end = begin + most
        if end < len(text):
            half = begin + most // 2
            found = (text.rfind(mark, half, end) for mark in "\n ")
            end = next((place for place in found if place > 0), end)
        yield from ((begin + offset, piece) for offset, piece in splitter.chunk_indices(text[begin:end]))
        begin = end
