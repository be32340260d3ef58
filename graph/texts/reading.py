"""Sentences as a person reads them: without list marks and inline markup, and table rows with their column names.

A citation quotes the source exactly. What is embedded, compared and shown in an answer is this reading of it.
"""

import re
from functools import lru_cache

from graph.texts.small_words import is_denied
from graph.texts.talk import in_one_go, is_line_above, name_of_speaker, turn_at
from tools.passages import Passage
from tools.sentences import split_sentences

_BULLET = re.compile(r"^\s*(?:[-*+•–]|\d{1,3}[.)])\s+")
_QUOTED = re.compile(r"^[ \t]*(?:> ?)++(?![\d€$£])", re.MULTILINE)
"""Before the lines of what a mail answers, or of a quotation in Markdown; "> 5 kg" is more than that."""

_ITEM_BELOW = re.compile(r"(?<!\s)\s*\n[ \t]*(?:[-*+•–]|\d{1,3}[.)]|[a-z][.)])\s+")
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\s]*(?:\s+\"[^\"]*\")?\)")
_EMPHASISED = re.compile(
    r"(`{1,3})(?=[^`])(?P<code>[^`\n]{1,300})\1"
    r"|(?<![\w*\x22\x27/\\])(\*{1,3})(?=[^\s*./])(?P<starred>[^\n]{1,600}?)(?<=[^\s*])\3(?![\w*])"
    r"|(?<!\w)__(?=[^\s_])(?P<lined>[^\n]{1,600}?)(?<=[^\s_])__(?!\w)"
)
_HALVES = re.compile(r"^(?:\*\*\*?(?![*/])|__(?!_))\s*|^\*(?=\w)|(?<=[.!?…:])(?:\*|__)$|(?<=[\w.!?…:)])\*\*\*?$|`")
"""Of a pair around several sentences, each of which is read alone."""

_TASK = re.compile(r"\[([ xX])\] {1,3}(?=\S)")
_RULE = re.compile(r"^\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?$")
_HEADING = re.compile(r"^#{1,6}\s")
_ENDS = (".", "!", "?", ":", ";", "…", '"', "”", ")", "|")
_LABEL = re.compile(r"^(\*\*|__)(?P<said>[^*_\n]{1,60}[.:])\1(?=[ \t]+\S)", re.MULTILINE)
MIN_LABELS = 2
"""Paragraphs of a passage that begin with a few words in bold: what they are about, then, and no sentences."""

_LINE_ABOVE_A_MAIL = re.compile(r"(?:> ?)*On\b[^\n]{0,80}\d[^\n]{1,200}\bwrote:?")
"""That is quoted below it."""

_TRAIL = re.compile(r"(?:[^›»>\n]{1,60} [›»>] ){1,6}(?P<page>[^›»>\n]{1,120})")
"""The way to a page, which ends with its title: "Handbook › Support › Service credits"."""

_UNNAMED = re.compile(r"column 1: (?=[^;\n]{1,60}; )")
"""Before what a row is called, where its table says of no first column what that is (see
`tools.ingestion.formats.tables`)."""

_UNNUMBERED = re.compile(r"[-*+•–]\s")
_EXCEPTION = re.compile(r"\b(?:except\w*|exclu\w+)\b", re.IGNORECASE)
_CASE = re.compile(r"\b(?:if|when|whenever|where|unless|in case)\b", re.IGNORECASE)
"""In what opens a list of what is to be done then."""

MAX_ABOVE = 2_000
"""Characters above an item in which the line that opens its list is looked for."""

MAX_LABEL_WORDS = 4


@lru_cache(maxsize=1_024)
def citable_in(passage: Passage) -> tuple[tuple[int, int, str], ...]:
    """The offsets and readings of its citable sentences; in a conversation, of what somebody says in one go.

    Remembered, since the steps of a question and its follow-ups read the same few passages."""
    spans = (span for span in split_sentences(passage.text) if is_citable(passage, *span))
    return tuple((start, end, reading_of(passage, start, end)) for start, end in in_one_go(passage.text, spans))


def is_citable(passage: Passage, start: int, end: int) -> bool:
    """Whether it says something by itself. Headings, the path to a page, column names, rules, bare labels and the lines
    above a quoted mail do not; "Director: Ada Brun" does."""
    text = passage.text[start:end].strip()
    if _LINE_ABOVE_A_MAIL.fullmatch(text) or _opens_paragraph(passage.text, start, text):
        return False
    if is_line_above(passage.text, start, end):
        return False
    if _HEADING.match(text) or _RULE.match(text) or _is_header(passage, start):
        return False
    first, bar, _ = text.partition(" | ")
    if bar and passage.text[end:].lstrip().startswith(f"{first}: "):
        return False
    bare = text.strip("*_ ")
    trail = _TRAIL.fullmatch(bare)
    if (trail["page"] if trail else bare) in (passage.title, *passage.headings, *passage.headings_at(start)):
        return False
    is_short = len(bare.split()) <= MAX_LABEL_WORDS and ": " not in bare
    return not is_short or bare.endswith(_ENDS) or any(map(str.isdigit, bare))


def _opens_paragraph(whole: str, start: int, sentence: str) -> bool:
    """Whether it is one of the labels that paragraphs begin with: "**Notice period.** Three months …"."""
    label = _LABEL.match(whole, start)
    if (
        label is None
        or len(label["said"].split()) > MAX_LABEL_WORDS
        or sentence.rstrip("*_") != label.group().rstrip("*_")
    ):
        return False
    return (start == 0 or whole[start - 1] == "\n") and _labels(whole) >= MIN_LABELS


def _label_before(whole: str, start: int) -> str:
    """What a paragraph's first sentence stands under: "Cause: " where "**Cause.**" opens the paragraph."""
    line = whole.rfind("\n", 0, start) + 1
    label = _LABEL.match(whole, line)
    if label is None or whole[label.end() : start].strip() or label.end() > start or _labels(whole) < MIN_LABELS:
        return ""
    return f"{label['said'][:-1]}: " if len(label["said"].split()) <= MAX_LABEL_WORDS else ""


def _denial_above(passage: Passage, start: int, text: str) -> str:
    """ "What we don't pay: " before an item of such a list, or before what stands right under such a heading: by itself
    it would say the contrary."""
    is_item = _UNNUMBERED.match(text) is not None
    if not is_item and _BULLET.match(text):
        return ""
    above = passage.text[max(0, start - MAX_ABOVE) : start].splitlines()
    lines = (line.strip() for line in reversed(above) if line.strip())
    opening = next((line for line in lines if not _BULLET.match(line)), "").strip("#*_ ")
    if not ((is_item and opening.endswith(":")) or opening in passage.headings_at(start)[-1:]):
        return ""  # as of nearly all sentences: before anything is looked for in it
    says_not = is_denied(opening) or _EXCEPTION.search(opening) is not None
    is_case = opening.endswith("?") or _CASE.search(opening) is not None
    return f"{opening.rstrip(':')}: " if says_not and not is_case and not is_denied(text) else ""


@lru_cache(maxsize=512)
def _labels(whole: str) -> int:
    return sum(1 for _ in _LABEL.finditer(whole))


def reading_of(passage: Passage, start: int, end: int) -> str:
    """The sentence at these offsets of the passage's text, as a person reads it, on one line."""
    text = passage.text[start:end].strip()
    if text.startswith("|"):
        return row_under(text, _header_of(passage, start))
    said = _attributed(passage.text, start, without_unnamed(text))
    if label := _label_before(passage.text, start):
        return _plain(label + said)
    denial = _denial_above(passage, start, text)
    return _plain(denial + _BULLET.sub("", said) if denial else said)


def row_under(row: str, header: str | None) -> str:
    """A row of a Markdown table with its column names, which may stand in another passage."""
    return _plain(_row(row, header))


def without_unnamed(row: str) -> str:
    """A row as `Column: value; …`, without what stands for a first column that has no name."""
    return _UNNAMED.sub("", row, count=1) if row.startswith("column 1: ") else row


def is_rule(line: str) -> bool:
    """Whether it is the line of dashes below the column names of a Markdown table."""
    return _RULE.match(line) is not None


def _listed(text: str) -> str:
    """With the items of a list below a step in the step's own sentence: "Switch off: the light; the heating"."""
    if "\n" not in text:
        return text
    step, *items = _ITEM_BELOW.split(text)
    return " ".join((step, "; ".join([*(item.rstrip(" ;,.") for item in items[:-1]), *items[-1:]])))


def _plain(text: str) -> str:
    text = _LINK.sub(r"\1", _told(_listed(_BULLET.sub("", _QUOTED.sub("", text)))))
    return " ".join(_unmarked(text).split())


def _told(item: str) -> str:
    """An item of a list of tasks with its box as a word: whether it is done is part of what it says."""
    box = _TASK.match(item)
    return f"{'To do' if box[1] == ' ' else 'Done'}: {item[box.end() :]}" if box else item


def _unmarked(text: str) -> str:
    """The text without marks of emphasis. A star by itself is none: `*.example.org`, and code has no other."""
    return _HALVES.sub("", _EMPHASISED.sub(_inside, text)) if any(mark in text for mark in "*_`") else text


def _inside(pair: re.Match[str]) -> str:
    return pair["code"] or _unmarked(pair["starred"] or pair["lined"])


def _attributed(whole: str, start: int, sentence: str) -> str:
    """A sentence under the name its turn begins with, as transcripts have it: who speaks is said once a turn, and every
    sentence of the turn is theirs. What another label says holds for the sentence that it opens, and nobody said it."""
    turn = turn_at(whole, start)
    if turn is None:
        return sentence
    said = sentence if turn.said_from <= start else sentence[max(0, turn.said_from - start) :]
    return f"{name_of_speaker(turn.speaker)}: {said.lstrip()}" if said.strip() else sentence


def _row(row: str, header: str | None) -> str:
    cells = _cells(row)
    names = _cells(header) if header else []
    if len(names) != len(cells):
        return ", ".join(cell for cell in cells if cell)
    return "; ".join(f"{name}: {cell}" if name else cell for name, cell in zip(names, cells, strict=True) if cell)


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def _is_header(passage: Passage, start: int) -> bool:
    """Whether the line at `start` names the columns of the Markdown table that begins with it."""
    line = _line_at(passage.text, start)
    begins = not passage.text[_first_of(passage.text, start) : start].strip()
    return line.startswith("|") and begins and _header_of(passage, start) == line


def _header_of(passage: Passage, start: int) -> str | None:
    """The column names over the Markdown row at `start`: the first line of its table, or, where the passage begins in
    the midst of the table, those that its headings carry; None where they are not known."""
    text = passage.text
    first = _first_of(text, start)
    header, below = _line_at(text, first), text[first:].lstrip().partition("\n")[2]
    if passage.start == 0 or is_rule(_line_at(below, 0)):
        return header
    return _carried(passage, _line_at(text, start)) or (header if text[:first].strip() else None)


def _carried(passage: Passage, row: str) -> str | None:
    """The column names of a passage that begins with a row of a table: they stand last but one among its headings (see
    `tools.ingestion.parsing.chunker`), or alone where the table is under none. They fit a row of as many cells."""
    cells = len(_cells(row))
    names = (name for name in passage.headings[-2:] if name.count("|") == cells - 1 > 0)
    return next((f"| {name} |" for name in names), None)


def _first_of(text: str, start: int) -> int:
    """Where the first line of the table begins that the line at `start` belongs to."""
    first = start + len(text[start:]) - len(text[start:].lstrip())
    first = text.rfind("\n", 0, first) + 1
    while first:
        above = text.rfind("\n", 0, first - 1) + 1
        if not text[above:first].lstrip().startswith("|"):
            break
        first = above
    return first


def _line_at(text: str, start: int) -> str:
    return text[start:].lstrip().partition("\n")[0].strip()
