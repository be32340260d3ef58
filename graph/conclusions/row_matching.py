"""Which rows of a table a question asks for: each of its words names what the rows are, a cell that they share, or the
column of one, or says nothing by itself; what is left over is for who asks to account for."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import dropwhile

from graph.evidence import Evidence
from graph.questions.asked_names import people_in
from graph.texts.words import STOP_WORDS, content_words, stem
from tools.names import folded

MAX_NAME_CHARACTERS = 80
MAX_OFFICE_WORDS = 3

EMPTY = frozenset("a an the our s of in at on for with by there do does is are has have all that who".split())  # noqa: SIM905
PEOPLE = frozenset("everyone everybody people persons employees colleagues members coworkers".split())  # noqa: SIM905
_MEASURES = re.compile(r"(?:day|hour|minute|second|week|month|year|time|euro|dollar|percent)s?")
_FIRM = re.compile(r" (?:Systems|Group|GmbH|AG|Ltd|Limited|Inc|LLC|Corp|Company|SA|BV|NV|Technologies|Solutions)\.?$")
"""What a firm's name goes without when it is asked about."""

_OPENING = re.compile(r"\s(?:and|with|of|in|at|for|by|from|as)\s|\s?[:–(,]|\s-\s")
"""Where a heading goes on after its first noun."""

NAMED = re.compile(r"(?:full )?name|person|employee|colleague|member", re.I)
KIND = re.compile(r"type|kind|category|class", re.I)
"""A column that says what each row is: of the sites those are the pools whose type is that."""

_GENERIC = re.compile(r"name|item|title|model|product|variant", re.I)
_VERBS = (
    (r"works?|working|sits?", r"\b(?:team|department|office|site|location|place|city|country|building|room)\b"),
    (r"based|located|situated", r"\b(?:office|site|location|place|city|town|country|region|building)\b"),
    (r"come|comes|from|supplied|supply|supplies", r"\b(?:supplier|vendor)\b"),
    (r"written|coded|built|implemented|programmed", r"\b(?:language|framework|stack|technology)\b"),
    (r"from", r"\b(?:country|region|origin)\b"),
    (
        r"owns?|owned|responsible|maintains?|belongs?|to|team|department",
        r"\b(?:owner|owned by|responsible|maintainer)\b",
    ),
    (r"go(?:es)?|to|uses?|using|gets?", ""),
)
_PAGES = frozenset(map(stem, "list directory table overview register catalogue".split()))  # noqa: SIM905
"""Where the rows are said to stand: "customers in the customer list"."""

_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_HAVING = re.compile(r"includes?")
_NO_ROW = re.compile(
    r"(?:sub)?total\b|sum\b|all\b|any\b|average\b|mean\b|overall\b|others?\b|etc\b|\W*$|n/?a\b|tb[cd]\b", re.I
)
_ANY = re.compile(
    r"\b(?:all|any|every|everything|each|both|various|several|none|no|not|except|and|or)\b|[,/;&+?]|^\W*$", re.I
)
"""In a cell that a question filters by: it may mean more than it says."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row with its cells by their columns, without the empty ones; `said_in` has the evidence for those that stand
    elsewhere than its `item`."""

    item: Evidence
    cells: dict[str, str]
    said_in: Mapping[str, Evidence] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return next(iter(self.cells.values()))

    def evidence_for(self, column: str) -> Evidence:
        return self.said_in.get(column, self.item)


def are_sound(rows: Sequence[Row]) -> bool:
    """Whether each row is a thing of its own with a name that can be said."""
    names = [row.name if row.cells else "" for row in rows]
    return len({folded(name) for name in names}) == len(names) and not any(
        len(name) > MAX_NAME_CHARACTERS or _NO_ROW.match(name) for name in names
    )


def key_of(rows: Sequence[Row]) -> str:
    return next(iter(rows[0].cells))


def filtered(rest: str, rows: Sequence[Row], *, capitals: bool) -> tuple[list[str], list[tuple[str, str]]] | None:
    """The question's words without the cells that it names, and these with their columns; None in doubt: a value of two
    columns, two values of one, or a column in which another cell may mean it, too."""
    key = key_of(rows)
    spaced = f" {folded(rest)} "
    named: dict[str, dict[str, str]] = {}
    for column, cell in dict.fromkeys(cell for row in rows for cell in row.cells.items()):
        written = [cell, _FIRM.sub("", cell)]
        value = next((one for one in written if folded(one) and f" {folded(one)} " in spaced), "")
        if value and _is_named(column, value, rest, spaced, capitals=capitals):
            named.setdefault(folded(value), {})[column] = folded(cell)
    longest = [value for value in named if not any(f" {value} " in f" {other} " for other in named if other != value)]
    filters = []
    for value in longest:
        columns = set(named[value])
        beside = {column for column in columns if _beside(column, value, spaced)}
        meant = beside if len(columns) > 1 else columns
        if len(meant) != 1 or key in meant or spaced.count(f" {value} ") != 1:
            return None
        column = meant.pop()
        if not _tells_apart(column, value, named[value][column], rows):
            return None
        filters.append((column, named[value][column]))
        spaced = spaced.replace(f" {value} ", " ")
    return (spaced.split(), filters) if len({column for column, _ in filters}) == len(filters) else None


def _is_named(column: str, value: str, rest: str, spaced: str, *, capitals: bool) -> bool:
    """As it is written, unless the question has no capitals; what is no name (4, yes, other) only beside its column."""
    key = folded(value)
    if _beside(column, key, spaced) or KIND.fullmatch(column):
        return True
    plain = not any(map(str.isupper, value)) or set(key.split()) <= STOP_WORDS
    return not plain and (not capitals or re.search(rf"(?<!\w){re.escape(value)}(?!\w)", rest) is not None)


def _beside(column: str, value: str, spaced: str) -> bool:
    """Also in another form: "renewed every 3 years" for "Renew every"."""
    name = folded(re.sub(r"\s*\([^()]*\)$", "", column))
    begun = name.split(" ", 1)[0]
    if any(f" {one} " in spaced for one in (f"{name} {value}", f"{value} {begun}", f"{value} {begun}s")):
        return True
    before = spaced.partition(f" {value} ")[0].split()
    columns = name.split()
    return bool(columns) and [*map(stem, before[-len(columns) :])] == [*map(stem, columns)]


def _tells_apart(column: str, value: str, whole: str, rows: Sequence[Row]) -> bool:
    """Whether each row's cell either is the whole of the value or has nothing to do with it."""
    for row in rows:
        cell = row.cells.get(column, "")
        other = folded(cell)
        if other != whole and (_ANY.search(cell) or f" {value} " in f" {other} " or f" {other} " in f" {value} "):
            return False
    return True


def _are_people(rows: Sequence[Row]) -> bool:
    return NAMED.fullmatch(key_of(rows)) is not None and all(people_in(row.name) == (row.name,) for row in rows)


def names_of_things(rows: Sequence[Row]) -> list[frozenset[str]]:
    """What the rows are called: by their first column, and where that says nothing of them ("Model") by what stands
    over the table."""
    key = key_of(rows)
    return [content_words(key), *(_called(rows) if _GENERIC.fullmatch(key) else ())]


def _called(rows: Sequence[Row]) -> list[frozenset[str]]:
    """What stands over the table may call its rows, as a whole or by how it begins: "Our bikes and what they cost"."""
    over = rows[0].item.path
    return [content_words(one) for heading in over for one in (heading, _OPENING.split(heading, 1)[0])]


def thing_in(words: list[str], rows: Sequence[Row], *, who: bool) -> tuple[str, list[str]]:
    """What is counted or listed, where it is what the rows are, and the words after it."""
    key, are_people = key_of(rows), _are_people(rows)
    if who:
        return ("people", words) if are_people else ("", words)
    if words and words[0] in PEOPLE:
        return (words[0], words[1:]) if are_people else ("", words)
    subjects = [content_words(key), *_called(rows)]
    for subject in subjects:
        taken = 0
        while taken < len(words) and content_words(words[taken]) and content_words(words[taken]) <= subject:
            taken += 1
        if subject and content_words(" ".join(words[:taken])) == subject and not _MEASURES.fullmatch(words[taken - 1]):
            # "Error codes" over a column of codes: its last word is what the rows are.
            is_key = content_words(words[taken - 1]) <= subjects[0]
            return (words[taken - 1], words[taken:]) if is_key or _GENERIC.fullmatch(key) else ("", words)
    return "", words


def things_of_kind(rest: str, rows: Sequence[Row]) -> tuple[str, list[tuple[str, str]]]:
    """The question with "people" for the office in its plural that it begins with ("mechanics"), or with what the rows
    are called for their kind ("pools" are sites), and that cell with its column; unchanged where it is no cell of one
    such column, or another cell may mean it, too."""
    words, are_people = rest.split(), _are_people(rows)
    called = "people" if are_people else f"{key_of(rows)}s"
    cells = {
        (column, folded(cell))
        for row in rows
        for column, cell in row.cells.items()
        if column != key_of(rows) and (are_people or KIND.fullmatch(column))
    }
    for taken in range(min(MAX_OFFICE_WORDS, len(words)), 0, -1):
        office = content_words(" ".join(words[:taken])) if words[taken - 1].endswith("s") else frozenset()
        meant = [one for one in cells if office and content_words(one[1]) == office]
        if len(meant) == 1 and _tells_apart(meant[0][0], meant[0][1], meant[0][1], rows):
            return " ".join((called, *words[taken:])), meant
    return rest, []


def without_columns(words: list[str], filters: Sequence[tuple[str, str]]) -> list[str]:
    """The words from the first that no filter's column says: "tier 1 services" are services."""
    columns = frozenset(stem(word) for column, _ in filters for word in folded(column).split())
    return list(dropwhile(lambda word: stem(word) in columns, words))


def said_of_page(rows: Sequence[Row]) -> frozenset[str]:
    """Stems that only say that it is in the table: "in the customer list", or of which year the page is."""
    years = _YEAR.findall(" ".join(rows[0].item.path))
    return _PAGES | frozenset(map(stem, (*folded(key_of(rows)).split(), *years)))


def explained(words: Iterable[str], filters: Sequence[tuple[str, str]], more: frozenset[str] = frozenset()) -> bool:
    """Whether each word says nothing, or what the columns of the filters say, or one of whose name has `more` stems."""
    telling = more.union(*(map(stem, folded(column).split()) for column, _ in filters))
    columns = " ".join(column for column, _ in filters)
    verbs = [re.compile(verb) for verb, named in _VERBS if re.search(named, columns, re.I)]
    if not any(value.isdigit() for _, value in filters):  # 60 bikes include 40
        verbs.append(_HAVING)
    return all(word in EMPTY or stem(word) in telling or any(verb.fullmatch(word) for verb in verbs) for word in words)
