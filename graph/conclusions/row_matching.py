"""Which rows of a table a question asks for: each of its words names what the rows are, a cell that they share, or the
column of one, or says nothing by itself; what is left over is for who asks to account for."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import dropwhile

from graph.evidence import Evidence
from graph.questions.asked_names import people_in
from graph.texts.words import content_words, stem
from tools.names import folded

MAX_NAME_CHARACTERS = 80

EMPTY = frozenset("a an the our s of in at on for with by there do does is are has have all that who".split())  # noqa: SIM905
PEOPLE = frozenset("everyone everybody people persons employees colleagues members coworkers".split())  # noqa: SIM905
_MEASURES = re.compile(r"(?:day|hour|minute|second|week|month|year|time|euro|dollar|percent)s?")
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


def called_otherwise(question: str, rows: Sequence[Row]) -> list[Row]:
    """The rows under the one other column that tells them apart and is what the question calls them by: "which venue"
    of a tour whose rows begin with the week; none where there is no such column, or several."""
    asked = content_words(question)
    columns = dict.fromkeys(column for row in rows for column in row.cells if content_words(column))
    asked_for = [column for column in columns if content_words(column) <= asked]
    meant = [column for column in asked_for if _are_names([row.cells.get(column, "") for row in rows])]
    if len(meant) != 1 or meant[0] == key_of(rows):
        return []
    return [replace(row, cells={meant[0]: row.cells[meant[0]]} | row.cells) for row in rows]


def _are_names(values: Sequence[str]) -> bool:
    are_apart = len(set(map(folded, values))) == len(values)
    return are_apart and all(value and not any(map(str.isdigit, value)) for value in values)


def lists_people(rows: Sequence[Row]) -> bool:
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
    key, are_people = key_of(rows), lists_people(rows)
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
