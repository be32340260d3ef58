"""Follow-ups that name another thing: the opening question is asked about that."""

import re

from graph.questions.asked_names import names_in
from graph.questions.own_topic import without_going_on
from graph.texts.dates import DAY_OR_MONTH
from graph.texts.measures import ANY_UNIT, NUMBER
from graph.texts.quantities import CURRENCY
from graph.texts.small_words import QUESTION_WORD
from graph.texts.words import content_words
from tools.names import folded

_WHAT_ABOUT = re.compile(
    r"(?:(?:and|but|or|so)\b,? *)?(?:(?:what|how) about|(?:and|or)(?: (?:for|in|of|at|on|with))?)\b"
    r"(.{0,200}?)[?!. ]{0,8}$",
    re.IGNORECASE,
)
_WAS_DIFFERENT = re.compile(
    r"(?:is|are|was|were) (?:that|it|this|they) (?:any |very )?(?:different|the same|other|higher|lower|more|less)"
    r"(?: (?:for|in|of|at|on|with))?\b(.{0,200}?)[?!. ]{0,8}$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_UNIT = (
    rf"(?:(?:[a-z]{{2,12}} )?{CURRENCY}|"
    r"(?:second|minute|hour|day|week|month|year|metre|meter|kilometre|kilometer|mile|gram)s|kg|km)"
)
_IN_UNIT = re.compile(rf"(?:and|or|but|so|what about|how about),? in (?P<unit>{_UNIT})[?!. ]{{0,8}}$", re.IGNORECASE)
_UNIT_ASKED = re.compile(rf"\bin {_UNIT}(?=\W{{0,3}}$)", re.IGNORECASE)
_THE_ONE = re.compile(
    r"(?:and|or|but|so|what about|how about),? the ones? (?P<way>for|of|in|with|at|from) "
    r"(?P<what>[^?!.]{2,100})[?!. ]{0,8}$",
    re.IGNORECASE,
)
_THE_SAME_WAY = re.compile(
    r"(?:and|or|but|so),? (?P<way>about|for|from|with|at|to) "
    rf"(?!.*(?:{QUESTION_WORD.pattern}|\b(?:it|its|they|them|this|that|these|those|ones?)\b))"
    r"(?P<what>[^?!.]{2,60})[?!. ]{0,8}$",
    re.IGNORECASE,
)
_NO_THING = re.compile(rf"\b(?:{ANY_UNIT}|{DAY_OR_MONTH})s?\b", re.IGNORECASE)
MAX_REPLACED_WORDS = 5
"""Behind the same small word at the end of the opening question."""

_NAMED = "namedthing"
"""Stands for the name in a question, whichever it is."""

_END = re.compile(r"[?!. ]{0,8}$")


def put_in_place(question: str, opening: str) -> str | None:
    """The opening question asked of what a follow-up names instead: "When does the lease of Mill Lane end?" and "What
    about Quay Street?" make "When does the lease of Quay Street end?". None unless each of them names one thing, and
    the follow-up says nothing else that is new."""
    asked = question.strip()
    ways = (_of_the_one, _in_unit, _of_another, _in_the_same_words, _in_the_same_way)
    return next(filter(None, (way(asked, opening) for way in ways)), None)


def _of_the_one(question: str, opening: str) -> str | None:
    """ "What is the vendor for travel?" and "And the one for meals?" make "What is the vendor for meals?"."""
    one = _THE_ONE.match(question)
    before, way, _ = opening.rpartition(f" {one['way'].lower()} ") if one else ("", "", "")
    return f"{before}{way}{one['what']}?" if one and way else None


def _in_unit(question: str, opening: str) -> str | None:
    """What was asked in euros is asked in dollars, and so is a sum that was asked in no currency."""
    asked = _IN_UNIT.match(question)
    if asked is None:
        return None
    if _UNIT_ASKED.search(opening):
        return _UNIT_ASKED.sub(lambda _: f"in {asked['unit']}", opening)
    is_money = re.search(CURRENCY, asked["unit"], re.IGNORECASE)
    return f"{_END.sub('', opening)} in {asked['unit']}?" if is_money else None


def _of_another(question: str, opening: str) -> str | None:
    asked = _WHAT_ABOUT.match(question) or _WAS_DIFFERENT.match(question)
    if asked is None or QUESTION_WORD.search(asked[1]):
        return None
    before, after = _things_in(opening), _things_in(f"about {asked[1]}")
    rest = content_words(asked[1]) - frozenset().union(*map(content_words, after))
    if len(after) != 1 or not rest <= content_words(opening):
        return None
    if _YEAR.fullmatch(after[0]):
        # A year is asked about instead of another one, and beside a thing.
        before = tuple(filter(_YEAR.fullmatch, before))
        if not before:
            return f"{_END.sub('', opening)} in {after[0]}?"
    if len(before) != 1:
        return None
    return _with_another(opening, before[0], after[0])


def _in_the_same_words(question: str, opening: str) -> str | None:
    """ "What does Lund pay for cleaning?" and "And what does Porto pay?": all that it says of its name was said of the
    other, in the same order."""
    asked = without_going_on(question)
    before, after = _things_in(opening), _things_in(asked)
    if asked == question or len(before) != 1 or len(after) != 1 or before == after:
        return None
    said = iter(folded(opening.replace(before[0], _NAMED)).split())
    is_repeated = all(word in said for word in folded(asked.replace(after[0], _NAMED)).split())
    return _with_another(opening, before[0], after[0]) if is_repeated else None


def _in_the_same_way(question: str, opening: str) -> str | None:
    """ "Who do I ask about the pension?" and "And about payroll?" make "Who do I ask about payroll?". A measure or a
    day is said beside what was asked."""
    asked = _THE_SAME_WAY.match(question)
    before, way, replaced = opening.rpartition(f" {asked['way'].lower()} ") if asked else ("", "", "")
    is_one = bool(way) and way not in before and len(replaced.split()) <= MAX_REPLACED_WORDS
    if not asked or not is_one or NUMBER.search(asked["what"]) or _NO_THING.search(asked["what"]):
        return None
    return f"{before}{way}{asked['what']}?"


def _with_another(opening: str, before: str, after: str) -> str:
    return re.sub(rf"(?<!\w){re.escape(before)}(?!\w)", lambda _: after, opening)


def _things_in(question: str) -> tuple[str, ...]:
    """The names and years in a question, each once."""
    names = names_in(question)
    years = [year for year in _YEAR.findall(question) if not any(year in name for name in names)]
    return tuple(dict.fromkeys([*names, *years]))
