"""Citation marks checked against the evidence and written in one shape; `graph.texts.marks` has the shapes they have.

They may stand before or after the full stop, doubled, glued to the next sentence, or in front of it where a line begins
with its mark; `(1)` is one where a draft has no other mark and every such number closes a sentence. One that no
evidence answers to is removed, never shown, and what its removal leaves can't be one either.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from graph.checking.layout import laid_out
from graph.languages.declining import unsaid_in
from graph.texts.marks import MARK, bared, disarmed, numbers_of, out_of_tags, without_marks
from graph.texts.plain_text import as_plain
from tools.sentences import split_sentences

_IN_PARENTHESES = re.compile(r"[(（]\s*(\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*)\s*[)）]")
_CLOSES_SENTENCE = re.compile(r"[ \t]*(?:[(（][\d\s,;–-]{1,40}[)）][ \t]*){0,40}(?:[.!?。！？]|$)", re.MULTILINE)
_WORDLESS = re.compile(r"^[\W_]*$")
_LIST_MARK = re.compile(r"[ \t>*+•–#-]*(?:\d{1,3}[.)][ \t]+)?")
_STOPS = tuple(".!?。！？")
_BEHIND_STOP = "\"'”’»)*_"
_SOURCE_LIST = re.compile(
    r"\n[ \t]*(?:#+[ \t]*|\*\*|__)?(?:sources?|references?|citations?)(?:[*_]*:[*_]*\s*|[*_ \t]*\n\s*)(?:[-*•]\s+)?"
    r"[\[【［]\^?\d.*",
    re.IGNORECASE | re.DOTALL,
)
ITEM = re.compile(r"(?:\d{1,2}\.|-) (?=\S)")
"""How a statement begins that is an item of a list."""

LISTED = 3
"""Clauses between semicolons from which on a sentence of a model is read as a list: each is checked by itself."""

_BULLET = re.compile(r"^[-*+•–] +(?=\S)")
_WHETHER = r"[*_]*(?:yes|no)[*_]*"
_WHETHER_ALONE = re.compile(rf"{_WHETHER}[.!?,:]?[*_]*", re.IGNORECASE)
_WHETHER_BEFORE = re.compile(
    rf"(?!no\.\s*\d){_WHETHER}(?:[.,;:!?][*_]*\s+|\s*—\s*|\s*–\s+|\s+-\s+)(?=\S)"
    r"|[*_]*(?:in (?:short|summary|brief)|(?:short )?answer|summary|overall)(?:[:,][*_]*|[*_]+[:,])\s+(?=\S)",
    re.IGNORECASE,
)
"""What a reason follows behind a stop: "No, dogs travel free", but neither "No dogs" nor "No. 5"; and what only says
that an answer follows: "**In short:** dogs travel free"."""

_CLAUSE_END = re.compile(r";\s+")

# Half an emoji, where a token limit cut a reply in two: no text library and no database takes it.
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of a draft without its marks, and the evidence numbers it cites, in order of appearance. They are
    `shared` where they are those of others as well: of a clause the marks of its sentence, and of a line that only
    `leads` in a list ("Full pay for:") the list's; an item of it has that line as its `lead`. `clauses` are those of a
    model's sentence that is a list."""

    text: str
    numbers: tuple[int, ...]
    shared: bool = field(default=False, compare=False)
    leads: bool = field(default=False, compare=False)
    lead: str = field(default="", compare=False)
    clauses: tuple[str, ...] = field(default=(), compare=False)

    def in_clauses(self) -> "list[Statement]":
        """Each clause as an item of a list; the sentence itself where it is none."""
        return [Statement(f"- {one}", self.numbers, shared=True) for one in self.clauses] or [self]


@dataclass(frozen=True, slots=True)
class _Mark:
    """`position` is where it stood in the text without marks; `leads`: it stood in front of its sentence."""

    position: int
    numbers: tuple[int, ...]
    leads: bool


def read_statements(draft: str, known: Collection[int], *, quoted: bool = False) -> list[Statement]:
    """Split a draft into sentences and give each the known marks that are its own.

    A mark belongs to the sentence it stands in or right behind; one in front of a line to the sentence that
    follows. A list of sources at the end is no statement, nor is a line that only leads in ("The facts are:"), but over
    a list, nor what only says, without a mark, that something is not stated; where documents are `quoted`, what looks
    like these is theirs.
    """
    statements = _statements_in(draft, known, quoted=quoted)
    return _with_lead_ins([one for one in statements if quoted or _unsaid(one) is None], quoted)


def unsaid(draft: str, known: Collection[int]) -> tuple[str, ...]:
    """What a model's draft says is not stated."""
    return tuple(filter(None, map(_unsaid, _statements_in(draft, known, quoted=False))))


def _unsaid(statement: Statement) -> str | None:
    return None if statement.numbers else unsaid_in(without_item_mark(statement.text))


def _statements_in(draft: str, known: Collection[int], *, quoted: bool) -> list[Statement]:
    text = draft if quoted else laid_out(_SOURCE_LIST.sub("", out_of_tags(draft)))
    plain, marks = _lift_marks(bared(_in_brackets(as_plain(text), known)))
    sentences = [(start, end) for start, end in split_sentences(plain) if not _WORDLESS.match(plain[start:end])]
    sentences = _in_whole_quotations(sentences, plain, marks) if quoted else _with_reasons(sentences, plain)
    sentences = _in_whole_items(sentences, plain)
    cited: list[dict[int, None]] = [{} for _ in sentences]
    for mark in marks:
        if sentences:
            cited[_owner(mark, sentences)].update(dict.fromkeys(n for n in mark.numbers if n in known))
    said = [plain[start:end].strip() for start, end in sentences]
    return [
        Statement(text, tuple(numbers))
        if quoted
        else Statement(_BULLET.sub("- ", text, count=1), tuple(numbers), clauses=_listed_in(text))
        for text, numbers in zip(said, cited, strict=True)
    ]


def _in_whole_quotations(
    sentences: Sequence[tuple[int, int]], plain: str, marks: Sequence[_Mark]
) -> list[tuple[int, int]]:
    """The sentences, those on one line as one until a mark: what is quoted together is marked at its end."""
    ends = sorted(mark.position for mark in marks)
    kept: list[tuple[int, int]] = []
    for start, end in sentences:
        is_marked = bool(kept) and bisect_right(ends, start) > bisect_right(ends, kept[-1][0])
        goes_on = bool(kept) and not is_marked and "\n" not in plain[kept[-1][0] : start]
        kept.append((kept.pop()[0] if goes_on else start, end))
    return kept


def _with_reasons(sentences: Sequence[tuple[int, int]], plain: str) -> list[tuple[int, int]]:
    """The sentences, where a lone "Yes." and what follows it are one: it rests on the same marks."""
    kept: list[tuple[int, int]] = []
    for start, end in sentences:
        is_reason = bool(kept) and _WHETHER_ALONE.fullmatch(plain[slice(*kept[-1])].strip()) is not None
        is_item = ITEM.match(_BULLET.sub("- ", plain[start:end].strip())) is not None
        kept.append((kept.pop()[0] if is_reason and not is_item else start, end))
    return kept


def _in_whole_items(sentences: Sequence[tuple[int, int]], plain: str) -> list[tuple[int, int]]:
    """The sentences, where those on the line of a list's item are one: its marks stand behind the last of them."""
    kept: list[tuple[int, int]] = []
    for start, end in sentences:
        goes_on = bool(kept) and ITEM.match(_BULLET.sub("- ", plain[kept[-1][0] : start])) is not None
        kept.append((kept.pop()[0] if goes_on and "\n" not in plain[kept[-1][0] : start] else start, end))
    return kept


def _with_lead_ins(statements: Sequence[Statement], quoted: bool) -> list[Statement]:
    """All but the lines that only lead in; of a model's, those over a list stay, with its marks."""
    kept: list[Statement] = []
    listed: tuple[int, ...] = ()
    last = len(statements) - 1
    for place in reversed(range(len(statements))):
        one = statements[place]
        if listed and is_lead(one.text):
            kept.append(replace(one, numbers=one.numbers or listed, shared=True, leads=True))
            listed = ()
        elif one.numbers or place == last or not is_lead(one.text):
            kept.append(one)
            is_listed = bool(ITEM.match(one.text)) and not quoted
            listed = tuple(dict.fromkeys((*one.numbers, *listed))) if is_listed else ()
    return list(_led(kept[::-1]))


def _led(statements: Sequence[Statement]) -> Iterator[Statement]:
    """Each item of a list with the line that leads that in."""
    for one, lead in zip(statements, leads_of((one.text, one.leads) for one in statements), strict=True):
        yield replace(one, lead=lead) if lead else one


def leads_of(lines: Iterable[tuple[str, bool]]) -> Iterator[str]:
    """The line that leads in each item of a list, empty for what is no such item. Of each line, whether it leads."""
    lead = ""
    for text, leads in lines:
        lead = text.replace("*", "") if leads else lead if ITEM.match(text) else ""
        yield "" if leads else lead


def is_lead(statement: str) -> bool:
    """Whether it only leads in what follows: "The facts are:", "**Before you start:**"."""
    return statement.rstrip("*_").endswith(":")


def finished(statements: Sequence[Statement]) -> list[Statement]:
    """Of a draft that still grows: those before its last sentence, and before what leads that in."""
    found = list(statements[:-1])
    return found[:-1] if found and found[-1].leads else found


def clauses_in(sentence: str) -> tuple[str, ...]:
    """What stands between its semicolons; all of it where one stands within parentheses."""
    said = tuple(one.strip() for one in _CLAUSE_END.split(sentence))
    are_whole = all(_has_words(one) and one.count("(") == one.count(")") for one in said)
    return said if are_whole else (sentence,)


def _listed_in(sentence: str) -> tuple[str, ...]:
    """Its clauses, if they are a list; else nothing."""
    said = clauses_in(sentence)
    return said if len(said) >= LISTED else ()


def may_have_marks_in_parentheses(draft: str) -> bool:
    """Whether a draft that still grows has a number in parentheses of which what follows tells whether it is a mark."""
    return bool(_IN_PARENTHESES.search(draft)) and not MARK.search(draft)


def _in_brackets(draft: str, known: Collection[int]) -> str:
    """The draft with its `(1)` as `[1]`, if they can be nothing but marks: no other marks are there, and each such
    number is known and closes its sentence, or stands right behind it. "Section 4 (2)" in the midst of one leaves
    all of them as they are."""
    found = list(_IN_PARENTHESES.finditer(draft))
    if not found or MARK.search(draft):
        return draft
    behind_stops = all(_has_ended(draft[: match.start()].rstrip(" \t")) for match in found)
    marks = all(
        (behind_stops or _CLOSES_SENTENCE.match(draft, match.end()))
        and not _opens(draft[draft.rfind("\n", 0, match.start()) + 1 : match.start()])
        and all(number in known for number in numbers_of(match.group(1)))
        for match in found
    )
    return _IN_PARENTHESES.sub(r"[\1]", draft) if marks else draft


def _owner(mark: _Mark, sentences: Sequence[tuple[int, int]]) -> int:
    """The place of the mark's sentence among all, which are in order and apart from each other."""
    if mark.leads:
        return min(bisect_right(sentences, mark.position, key=lambda span: span[1]), len(sentences) - 1)
    return max(bisect_left(sentences, mark.position, key=lambda span: span[0]) - 1, 0)


def _lift_marks(draft: str) -> tuple[str, list[_Mark]]:
    """The draft without marks, and the marks. A line that a mark opens is kept apart from the line before."""
    plain = ""
    marks: list[_Mark] = []
    whole = MARK.sub(lambda mark: re.sub(r"\s", " ", mark.group()), _LONE_SURROGATE.sub("\ufffd", draft))
    for line in whole.splitlines():
        found = list(MARK.finditer(line))
        opened = bool(found) and _opens(line[: found[0].start()])
        in_front = opened and _has_words(line[found[-1].end() :])
        last_said = _last_said(line, found)
        begin = len(plain) + (2 if opened else 1)
        plain += "\n\n" if opened else "\n"
        cursor = 0
        for place, mark in enumerate(found):
            plain += line[cursor : mark.start()]
            cursor = mark.end()
            before = plain[begin:]
            leads = place <= last_said and (_opens(before) or (in_front and _has_ended(before)))
            numbers = numbers_of(next(filter(None, mark.groups())))
            marks.append(_Mark(len(plain), numbers, leads))
            if line[cursor : cursor + 1].isalnum() and before[-1:].strip():
                plain += " "
        plain += line[cursor:]
    return disarmed(plain), marks


def _last_said(line: str, marks: Sequence[re.Match[str]]) -> int:
    """The place of the last mark behind which there are words; -1 if there is none."""
    ends = [*(mark.start() for mark in marks[1:]), len(line)]
    said = (place for place, mark in enumerate(marks) if _has_words(line[mark.end() : ends[place]]))
    return max(said, default=-1)


def _has_ended(before: str) -> bool:
    return before.rstrip(_BEHIND_STOP).endswith(_STOPS)


def _opens(before: str) -> bool:
    return bool(_LIST_MARK.fullmatch(before))


def _has_words(text: str) -> bool:
    return not _WORDLESS.match(text)


def renumber(used: Sequence[Sequence[int]]) -> dict[int, int]:
    """Evidence number → displayed marker, 1, 2, 3 … in order of first appearance."""
    order = dict.fromkeys(number for numbers in used for number in numbers)
    return {number: marker for marker, number in enumerate(order, start=1)}


def written(statements: Iterable[str]) -> str:
    """Statements with their marks as one text: each item of a list begins a line, what leads in a list or follows one
    begins a paragraph, and all others follow on."""
    text, before = "", ""
    for one in statements:
        text += (separator_between(before, one) if before else "") + one
        before = one
    return text


def separator_between(before: str, statement: str) -> str:
    if ITEM.match(statement):
        return "\n"
    return "\n\n" if ITEM.match(before) or is_lead(without_marks(statement)) else " "


def without_item_mark(statement: str) -> str:
    found = ITEM.match(statement)
    return statement[found.end() :] if found else statement


def reason_of(statement: str) -> str:
    """What it says beside its place in a list and a leading "yes" or "no", which is said of the question and stands in
    no source."""
    said = without_item_mark(statement)
    found = _WHETHER_BEFORE.match(said)
    return said[found.end() :] if found else said


def write_statement(text: str, markers: Sequence[int]) -> str:
    """A sentence with its marks in the one shape that readers see: `text [1][2]`."""
    return text + (" " + "".join(f"[{marker}]" for marker in markers) if markers else "")
