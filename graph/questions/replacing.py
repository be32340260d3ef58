"""A follow-up that names another thing: the opening question asked of that."""

import re

from graph.questions.asked_names import names_in
from graph.texts.quantities import CURRENCY
from graph.texts.small_words import QUESTION_WORD
from graph.texts.words import content_words

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
_END = re.compile(r"[?!. ]{0,8}$")


def put_in_place(question: str, opening: str) -> str | None:
    """The opening question asked of what a follow-up names instead: "When does the lease of Mill Lane end?" and "What
    about Quay Street?" make "When does the lease of Quay Street end?". None unless each of them names one thing, and
    the follow-up says nothing else that is new."""
    asked = question.strip()
    return _of_the_one(asked, opening) or _in_unit(asked, opening) or _of_another(asked, opening)


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
    return re.sub(rf"(?<!\w){re.escape(before[0])}(?!\w)", lambda _: after[0], opening)


def _things_in(question: str) -> tuple[str, ...]:
    """The names and years that a question gives, each once."""
    names = names_in(question)
    years = [year for year in _YEAR.findall(question) if not any(year in name for name in names)]
    return tuple(dict.fromkeys([*names, *years]))
