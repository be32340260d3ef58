"""What a question comes down to in one table: the rows that it asks for, and what of them.

Every word of the question must be accounted for: it names what the rows are (their first column), the cell that they
share, the column that is compared, or nothing at all. What else it says could change the answer.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from graph.conclusions.bounding import Bound, Bounded, bound_in, column_bounded, words_of_bound
from graph.conclusions.cell_naming import kinds_within
from graph.conclusions.cutting import Cut, cut_of_people, cut_rows, said_over_lists
from graph.conclusions.measuring import Superlative, column_meant, superlative_in, words_for, words_of_column
from graph.conclusions.reporting import asks_for_boss, boss_in, charted
from graph.conclusions.row_matching import (
    EMPTY,
    KIND,
    PEOPLE,
    Row,
    are_sound,
    called_otherwise,
    explained,
    key_of,
    names_of_things,
    said_of_page,
    thing_in,
    without_columns,
)
from graph.conclusions.summing import column_summed, sum_asked, summed
from graph.conclusions.yes_or_no import without_yes_or_no
from graph.evidence import Evidence
from graph.questions.past import looks_back
from graph.structure.rows import cells_of
from graph.structure.turning import turned
from graph.texts.measures import NUMBER
from graph.texts.small_words import QUESTION_WORD
from graph.texts.words import content_words, stem
from tools.names import folded

MAX_CHARACTERS = 200
"""A longer question is no plain one."""

MIN_COLUMN_WORDS = 2
"""Of a column's name that a question says as a whole, from which on it need not say what the rows are."""

MAX_NAMED = 20
"""Rows that an answer names."""

_COUNT = re.compile(r"^how many (?:of (?:our|the) |different )?(?P<rest>.+)$", re.I)
_LIST = re.compile(
    r"^(?:(?:which|what)(?: (?:of )?(?:the|our))?|list(?: me)?(?: all)?(?: of)?(?: the| our)?) "
    r"(?!(?:is|are|was|were|do|does|did|has|have|had|can|could|may|must|should|will|would|the|if|about)\b)(?P<rest>.+)$",
    re.I,
)
_WHO = re.compile(r"^who (?P<rest>(?:works?|sits?|reports?|is (?:in|at)|are (?:in|at)) .+)$", re.I)
_ASIDE = re.compile(
    r"\b(?:that |which )?(?:do )?(?:we|you) (?:currently )?(?:have|offer|sell|run|use|operate)\b|"
    r"\b(?:currently|right now|in total|now|still|please|must be|needs? to be|needs?(?= \w+ing\b))\b",
    re.I,
)
_BEARING = frozenset(
    """carries carry contains contain fits gets get gives give includes include makes make offers offer provides provide
    seats seat serves serve takes take""".split()  # noqa: SIM905
)
"""Before "the most" of what is named: they say no more than "has"."""

_MOST_OF = re.compile(r" the (?:most|least|fewest|highest|lowest|largest|smallest|biggest) [a-z]")

_BARE = re.compile(
    rf"(?!{QUESTION_WORD.pattern}|list\b)(?:(?:all|the|our) )?[a-z]{{2,30}}s (?:with|without|that|in|from) ", re.I
)
_CONTRACTED = re.compile(r"^(what|which|who)['’]s\b", re.I)
_DENIED = re.compile(
    r"\b(?:not?|never|without|except|besides|other|else|only|both|either|neither|than|was|were|did)\b|n['’]t\b", re.I
)
"""A question with one of these asks for other rows than it names; "cannot" may stand in a column's name."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the question comes down to in one table: the rows that it asks for, and what of them; `whom` they
    all report to, where it is by that that they are meant, and the `amounts` of the `column` that a bound lets through,
    where it sets one; or those whose sum is the `total`."""

    rows: tuple[Row, ...]
    superlative: Superlative | None = None
    column: str = ""
    thing: str = ""
    filters: tuple[tuple[str, str], ...] = ()
    counts: bool = False
    whom: Row | None = None
    amounts: tuple[str, ...] = ()
    total: str = ""

    @property
    def answer(self) -> tuple[str, ...]:
        """What it comes to, the same for two tables of the same sites; a value is compared in one table alone."""
        if self.total:
            return (self.total,)
        if self.superlative:
            item = self.rows[0].evidence_for(self.column)
            return (item.passage.key, str(item.start), self.column)
        return tuple(sorted(folded(row.name) for row in self.rows))

    def is_told(self, said: str) -> bool:
        """Whether a sentence gives a number of what is counted: it may know of more than the table does."""
        things = PEOPLE | {"staff"} if self.thing in PEOPLE else {self.thing}
        names = f" {folded(said)} "
        return all(f" {value} " in names for _, value in self.filters) and any(
            re.search(rf"(?:{NUMBER.pattern})\W{{1,3}}(?:\w{{1,30}}\W{{1,3}}){{0,2}}?{re.escape(thing)}\b", said, re.I)
            for thing in things
        )


def asks_for_rows(question: str) -> bool:
    """By its form: "How many …?", "Which …?", "Who works at …?", or for the most or the least of something."""
    bound = bound_in(question)
    asked = _plain(bound.asked if bound else question)
    forms = (superlative_in(asked), _COUNT.match(asked), _LIST.match(asked), _WHO.match(asked), sum_asked(question))
    return any(forms) or asks_for_boss(question)


def rows_asked_for(question: str, evidence: Sequence[Evidence]) -> Found | None:
    """None where the question asks for something else of these rows, or may."""
    if len(question) > MAX_CHARACTERS:
        return None
    bound = bound_in(question)
    asked = bound.asked if bound else question
    if posts := charted(evidence):
        return _boss_of(question, posts) or _found_in(asked, posts, bound)
    as_written = [Row(item, dict(cells_of(item.said))) for item in evidence]
    found = _found_in(asked, as_written, bound) or _found_in(asked, turned(asked, evidence), bound)
    return found or _found_in(asked, called_otherwise(asked, as_written), bound) or _summed(question, as_written)


def _boss_of(question: str, posts: Sequence[Row]) -> Found | None:
    found = boss_in(question, posts)
    return Found((found[0],), whom=found[1], amounts=(found[0].cells["Role"],)) if found else None


def _plain(question: str) -> str:
    """Without what is said around it, with "what is" for "what's", and "which depots in Belgium" for the last three."""
    whole = _CONTRACTED.sub(r"\1 is", question[: MAX_CHARACTERS + 1])
    plain = " ".join(_ASIDE.sub(" ", whole).split()).rstrip(" ?.!")
    return f"which {plain}" if _BARE.match(plain) else plain


def _found_in(question: str, rows: Sequence[Row], bound: Bound | None) -> Found | None:
    if not rows or not are_sound(rows):
        return None
    asked, filters = without_yes_or_no(_plain(question), rows)
    if looks_back(asked) or _DENIED.search(asked):
        return None
    superlative = superlative_in(asked)
    count = _COUNT.match(asked)
    form = None if superlative else count or _LIST.match(asked) or _WHO.match(asked)
    if (superlative is None and form is None) or (superlative and bound):
        return None
    capitals = any(map(str.isupper, question[1:]))
    if form:
        cut = cut_of_people(form["rest"], rows, filters, capitals=capitals)
        return _listed(asked, cut, rows, bound, counts=bool(count)) if cut else None
    cut = cut_rows(asked, rows, filters, capitals=capitals)
    return _outdone(cut, superlative, rows) if cut and superlative else None


def _outdone(cut: Cut, superlative: Superlative, rows: Sequence[Row]) -> Found | None:
    column = _compared(cut.words, cut.filters, rows, superlative)
    return Found(tuple(cut.rows), superlative, column) if column and len(cut.rows) > 1 else None


def _listed(asked: str, cut: Cut, rows: Sequence[Row], bound: Bound | None, *, counts: bool) -> Found | None:
    thing, words = thing_in(without_columns(cut.words, cut.filters), rows, who=asked[:4].casefold() == "who ")
    let_through = _let_through(bound, cut.rows, words) if bound else _LetThrough(cut.rows)
    telling = said_of_page(rows) | let_through.telling | said_over_lists(cut.filters, rows)
    meant = tuple(let_through.rows)
    if not thing or not explained(words, cut.filters, telling) or not meant or len(meant) > MAX_NAMED:
        return None
    is_plural = thing[-1:] == "s" or thing in PEOPLE
    is_list = re.match(r"list\b", asked, re.I) or (is_plural and _exist(cut.rest))
    if not bound and not counts and not cut.filters and not is_list:
        return None
    # Of one row that one asks for, its own words say more than its name; a column has none.
    if len(meant) == 1 and not is_plural and not meant[0].said_in:
        return None
    column, amounts = let_through.column, let_through.amounts
    return Found(meant, None, column, thing, tuple(cut.filters), counts, cut.whom, amounts)


def _summed(question: str, rows: Sequence[Row]) -> Found | None:
    asked = sum_asked(question)
    if asked is None or not rows or not are_sound(rows) or looks_back(asked.rest) or _DENIED.search(asked.rest):
        return None
    rest, of_kind = kinds_within(asked.rest, rows)
    cut = cut_rows(rest, rows, of_kind, capitals=any(map(str.isupper, question[1:])))
    columns = _other_columns(rows)
    column = column_summed(asked, cut.words, columns, key_of(rows)) if cut else ""
    if not cut or not column or len(cut.rows) > MAX_NAMED:
        return None
    parts = summed([row.cells.get(column, "") for row in cut.rows], column, of_all=asked.of_all)
    telling = frozenset(map(stem, folded(" ".join((*rows[0].item.path, *columns))).split())) | said_of_page(rows)
    if parts is None or not explained(cut.words, cut.filters, telling):
        return None
    thing = next((word for word in reversed(folded(column).split()) if not word.isdigit()), "")
    return Found(tuple(cut.rows), None, column, thing, tuple(cut.filters), amounts=parts[1], total=parts[0])


@dataclass(frozen=True, slots=True)
class _LetThrough:
    """The rows that a bound lets through, the column that it is of, their amounts there, and the stems that may be said
    of it; without a bound all rows."""

    rows: Sequence[Row] = ()
    column: str = ""
    amounts: tuple[str, ...] = ()
    telling: frozenset[str] = frozenset()


def _let_through(bound: Bound, rows: Sequence[Row], words: Sequence[str]) -> _LetThrough:
    """None of them where it is not certain which column is bounded."""
    found = _bounded(bound, rows, words)
    if found is None:
        return _LetThrough()
    pairs = zip(rows, found.amounts, strict=True)
    held = [(row, one.written) for row, one in pairs if bound.admits(one.amount)]
    written = tuple(amount for _, amount in held)
    return _LetThrough([row for row, _ in held], found.column, written, words_of_bound(bound, found))


def _bounded(bound: Bound, rows: Sequence[Row], words: Sequence[str]) -> Bounded | None:
    if not rows:
        return None
    columns = [(column, [row.cells.get(column, "") for row in rows]) for column in _other_columns(rows)]
    return column_bounded(bound, columns, words, " ".join(rows[0].item.path))


def _other_columns(rows: Sequence[Row]) -> tuple[str, ...]:
    """All but the one that says what each row is called."""
    key = key_of(rows)
    return tuple(dict.fromkeys(column for row in rows for column in row.cells if column != key))


def _exist(rest: str) -> bool:
    return re.search(r" (?:are|exist)(?: there)?$", rest) is not None or len(rest.split()) == 1


def _compared(
    words: Sequence[str], filters: Sequence[tuple[str, str]], rows: Sequence[Row], superlative: Superlative
) -> str:
    """The column that the superlative is said of; empty where the question does not name what the rows are, or leaves
    the column open."""
    said = " ".join(words)
    left = f" {said} ".replace(f" {folded(superlative.word)} ", " ", 1).split()
    if left[:1] not in (["which"], ["what"], ["who"]) or (
        left[:1] == ["who"] and not thing_in(["people"], rows, who=True)[0]
    ):
        return ""
    if {"are", "have"} & set(left):
        return ""
    left = [word for word in left[1:] if word not in EMPTY]
    named = content_words(" ".join(left))
    thing = next((one for one in names_of_things(rows) if one and one <= named), frozenset[str]())
    rest = [word for word in left if not content_words(word) or not content_words(word) <= thing]
    if _MOST_OF.search(said):
        verbs = _BEARING.intersection(said.partition(" the ")[0].split())
        rest = [word for word in rest if word not in verbs]
    is_named = bool(thing) or words[0] == "who" or any(KIND.fullmatch(column) for column, _ in filters)
    over = " ".join(rows[0].item.path)
    for column in column_meant(_other_columns(rows), superlative, rest):
        # "Which contract ends first?" is asked of the rows under "Contract ends".
        said_of = words_of_column(column)
        if not is_named and (len(said_of) < MIN_COLUMN_WORDS or not said_of <= named):
            continue
        telling = frozenset(map(stem, folded(f"{over} {column}").split())) | words_for(column)
        # "Minimum stock" over the table, "Utrecht minimum" over the column: the question says both in one.
        if explained(rest, filters, telling):
            return column
    return ""
