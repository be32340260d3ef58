"""Sentences about another place, time or person than the question's. What holds in Cork says nothing of Brisbane,
whoever holds an office now is not their own predecessor, and nobody is their own boss."""

import re
from collections.abc import Sequence, Set
from functools import lru_cache

from graph.evidence import Evidence
from graph.questions.asked_names import OFFICE, names_in
from graph.questions.expectation import asks_yes_or_no
from graph.structure.rows import OFFICE_COLUMN, cells_of
from graph.texts.countries import countries_in
from graph.texts.dates import MONTH_NUMBERS, MONTHS
from graph.texts.one_form import in_one_form
from graph.texts.words import content_words, stem
from tools.names import folded

MAX_CHARACTERS = 2_000
"""Of a sentence that are looked through."""

_PLACED = re.compile(r"\b(?:in|at|for) (?:the |our )?([A-ZÀ-ÖØ-Þ][\w'’.-]{1,40}(?: [A-ZÀ-ÖØ-Þ][\w'’.-]{1,40}){0,2})")
_OF = re.compile(
    r"\b([a-z]{3,30}) of (?:the |our )?"
    r"([A-ZÀ-ÖØ-Þ][\w'’.-]{1,40}(?: (?:of (?:the )?)?[A-ZÀ-ÖØ-Þ][\w'’.-]{1,40}){0,3})(?<!['’.])"
)
_IN_MONTH = re.compile(rf"\b(?:in|during|for|of) ({MONTHS})\b")
_NO_RELATION = frozenset("kind type part number end start day name cost price lot set pair list".split())  # noqa: SIM905
_SPAN = re.compile(r"\b(?:from|since|until|till|by|every|each)\b[^.;]{0,30}\b20\d\d\b", re.IGNORECASE)
_IS_OFFICE = re.compile(rf"\b{OFFICE}\b", re.IGNORECASE)
_YEAR = re.compile(r"(?<![\d.,])(?:19|20)\d\d(?![\d,]|\.\d)")
_YEARS = re.compile(r"(?:19|20)\d\d\s?[–—/-]\s?(?:20)?\d\d(?![\d-])|\bsince\b", re.IGNORECASE)
_DATED = re.compile(
    r"\([^()]{0,80}\)|\b(?:as of|published|updated|dated|printed|issued|written)\b[^,.;:]{0,30}", re.IGNORECASE
)
"""When something was said, not of when."""

_IN_YEAR = re.compile(r"\b(?:in|for|during|of) (?P<year>(?:19|20)\d\d)\b(?!-)")
_WILL_IN = re.compile(r"\bwill\b[^?]{0,120}\bin (?P<year>20\d\d)\b", re.IGNORECASE)
_WAS = re.compile(r"\b(?:was|were|did|had)\b", re.IGNORECASE)
_PREDECESSOR = re.compile(
    r"^\W*(?:who|which|what)\b[^?]{0,120}\bbefore (?!that\b|the end\b)[A-ZÀ-ÖØ-Þ]\w", re.IGNORECASE
)
_FORMERLY = re.compile(
    r"\b(?:before|previous\w*|former\w*|predecess\w+|preced\w+|prior|earlier|until|replac\w+|succe\w+|follow\w*|"
    r"took over|taken over|handed over|then|after|switched|moved|migrated|instead|first|used to)\b"
    r"|\b\d{4}\s?[–—-]\s?\d{2,4}\b(?!-\d)",
    re.IGNORECASE,
)

_RELATIONS = tuple(
    (
        re.compile(rf"^\W*who(?:['’]?s| is| are| was) [^?]{{0,60}}?\b(?:{asked})\b", re.I),
        re.compile(rf"\b(?:{said})", re.I),
    )
    for asked, said in (
        (
            "boss|supervisor|superior|line manager",
            r"report|manage|boss|supervis|superior|lead|led\b|heads?\b|direct|chief|runs?\b|in charge|under\b",
        ),
        (
            "deputy|stand-in|substitute",
            r"deput|stand|substitut|replac|covers?\b|acting\b|away|absen|instead|backup|vice\b",
        ),
    )
)
"""Who is asked for, by what they are to somebody; and what says that somebody is that."""


_RISE = r"(?:go(?:es|ne)?|went) up|ris(?:es?|en|ing)|rose|increas\w+|rais(?:es?|ed|ing)|grow(?:s|n|th)?|grew|climb\w*"
_FALL = (
    r"(?:go(?:es|ne)?|went) down|fall(?:s|en|ing)?|fell|decreas\w+|drop(?:s|ped)?|reduc\w+|cut|lower(?:s|ed)?|shrunk"
)
_ASKS_CHANGE = re.compile(rf"\b(?:how much|by what|by how)\b[^?]{{0,80}}\b(?:{_RISE}|{_FALL}|changed?)\b", re.I)
_CHANGES = re.compile(
    rf"\b(?:{_RISE}|{_FALL}|chang\w+|up|down|more|less|fewer|higher|instead of|by|from\b.{{1,60}}\bto)\b|"
    r"\b(?:19|20)\d\d\b.{1,80}\b(?:19|20)\d\d\b",
    re.I,
)
"""What says that something is no longer as it was, or gives two of its years."""


def is_elsewhere(question: str, item: Evidence, evidence: Sequence[Evidence]) -> bool:
    """Whether it is the row of another country, or about another place of the same kind. Two places are of one kind if
    rows of the same table are named after them."""
    places, names, countries = _asked(question)
    if not places or any(f" {place} " in f" {folded(item.in_context)} " for place in places):
        return False
    cells = cells_of(item.said)
    if cells and countries:
        own = frozenset(countries_in(cells[0][1]))
        return bool(own) and own.isdisjoint(countries)
    others = frozenset(map(folded, _PLACED.findall(item.said))) - names
    return bool(others) and any(
        not named.isdisjoint(places) and not named.isdisjoint(others) for named in _named_alike(evidence)
    )


@lru_cache(maxsize=256)
def _asked(question: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The places that a question asks about, all its names, and the countries among the places. Computed once per
    question, since all sentences are compared with them."""
    names = names_in(question)
    places = [place for place in _PLACED.findall(question) if place in names]
    return frozenset(map(folded, places)), frozenset(map(folded, names)), frozenset(countries_in(" ".join(places)))


def is_of_another(question: str, item: Evidence) -> bool:
    """Whether it says of somebody or something else what the question asks: "the deputy of the Marine Director" is not
    the Finance Director's, nor is the one in the Marine Director's row."""
    asked = _of_whom(question)
    if not asked:
        return False
    if _is_row_of_another_office(asked, item):
        return True
    told = _of_whom(item.said)
    return any(
        not _may_name(item.in_context, name) and any(noun == other and _differ(name, whose) for other, whose in told)
        for noun, name in asked
    )


@lru_cache(maxsize=4_096)
def _of_whom(text: str) -> frozenset[tuple[str, str]]:
    """Who or what is said to belong to whom, with the names in one form: ("deputi", "Finance Director")."""
    found = _OF.finditer(in_one_form(text[:MAX_CHARACTERS]))
    return frozenset((stem(match[1]), match[2]) for match in found if match[1] not in _NO_RELATION)


def _differ(name: str, other: str) -> bool:
    """Whether each of two names has a word that the other lacks, and neither is the other's initials."""
    return not _may_name(other, name) and not content_words(other) <= content_words(name)


def _may_name(text: str, name: str) -> bool:
    """Whether a text has the name, its words or its initials."""
    initials = "".join(word[0] for word in name.split() if word[0].isupper())
    words = set(re.findall(r"\w+", text))
    spelt_out = "".join(word[0] for word in text.split() if word[0].isupper())
    return (
        content_words(name) <= content_words(text)
        or (len(initials) > 1 and initials in words)
        or (name.isupper() and len(name) > 1 and name in spelt_out)
    )


def _is_row_of_another_office(asked: Set[tuple[str, str]], item: Evidence) -> bool:
    """Whether it is the row of another office, in a table with one row per office."""
    cells = cells_of(item.said)
    if not cells or not OFFICE_COLUMN.fullmatch(cells[0][0]):
        return False
    columns = {stem(word) for column, _ in cells[1:] for word in folded(column).split()}
    return any(
        noun in columns and _IS_OFFICE.search(name) and not _may_name(item.in_context, name) for noun, name in asked
    )


def lacks_what_is_asked(question: str, said: str) -> bool:
    """Whether it says nothing of the month, the year, the time before, the change or the relation that is asked for."""
    kinds = (lacks_month, lacks_year, is_of_other_years, lacks_predecessor, lacks_change, lacks_relation)
    return any(lacks(question, said) for lacks in kinds)


def lacks_year(question: str, said: str) -> bool:
    """Whether it says nothing of the future year asked about: today's price is not that of 2031."""
    asked = _WILL_IN.search(question)
    if asked is None or asks_yes_or_no(question):
        return False
    return asked["year"] not in said and not _SPAN.search(said)


def is_of_other_years(question: str, said: str) -> bool:
    """Whether it is dated by other years than the question: applications in 2023 are not those of 2024. If a name
    identifies what is asked about, years don't count, since a sentence on the way has years of its own."""
    asked = _IN_YEAR.search(question)
    if asked is None or names_in(question) or _SPAN.search(said):
        return False
    years = _YEAR.findall(_DATED.sub(" ", said))
    is_short = re.search(rf"(?:\bFY ?|['’/]){asked['year'][2:]}\b", said) is not None
    return bool(years) and asked["year"] not in years and not is_short and not _YEARS.search(said)


def lacks_month(question: str, said: str) -> bool:
    """Whether it says nothing of the month asked about: "the target is 93 %" is not March's figure."""
    asked = _IN_MONTH.search(question)
    if asked is None or not _WAS.search(question):
        return False
    short = asked[1][:3]
    number = MONTH_NUMBERS[short.casefold()]
    forms = (
        rf"\b{asked[1]}\b|\b{short}\b|(?:19|20)\d\d[-/.]0?{number}(?!\d)|(?<!\d)0?{number}[-/.](?:19|20)\d\d|"
        rf"\d[./-]0?{number}(?:[./-]|\b)"
    )
    return not re.search(forms, said)


def lacks_predecessor(question: str, said: str) -> bool:
    """Whether it says nothing of the past, when the question asks who or what was there before."""
    return _PREDECESSOR.search(question) is not None and not _FORMERLY.search(said)


def lacks_change(question: str, said: str) -> bool:
    """Whether it says what something is where it is asked by how much that went up or down."""
    return _ASKS_CHANGE.search(question) is not None and not _CHANGES.search(said)


def lacks_relation(question: str, said: str) -> bool:
    """Whether it names nobody's boss or deputy when that is asked: such a sentence stops one step short."""
    return any(asked.search(question) and not told.search(said) for asked, told in _RELATIONS)


def _named_alike(evidence: Sequence[Evidence]) -> list[set[str]]:
    """The names of the rows of each table, as far as they are evidence."""
    named: dict[tuple[str, str], set[str]] = {}
    for item in evidence:
        if cells := cells_of(item.said):
            named.setdefault((item.passage.source, cells[0][0]), set()).add(folded(cells[0][1]))
    return list(named.values())
