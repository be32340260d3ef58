"""What a question expects: the kind of thing its answer must be, and what is to be counted."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from graph.questions.asked_names import NAMED_PERSON
from graph.questions.expected_kinds import (
    CAPITAL,
    DATE_OR_DURATION,
    DATE_OR_TIME,
    DEFINED,
    KINDS,
    PERSON,
    RELATIONS,
    SIGNS,
    SUM,
    WEEKDAYS,
    is_meaning,
)
from graph.questions.focus import AUXILIARY
from graph.texts.dates import value_of
from graph.texts.measures import (
    AMOUNT,
    CHARGE,
    DISTANCE,
    DURATION,
    EXTENT,
    FREQUENCY,
    MONEY,
    NUMBER,
    SHARE,
    TEMPERATURE,
    UNIT,
    count_of,
)
from graph.texts.quantities import CURRENCIES
from graph.texts.words import content_words
from tools.names import name_key

REMEMBERED = 2_048
"""Texts whose reading is remembered: each is looked at several times per question, by the ranker, in chains and as an
answer."""

MAX_CHARACTERS = 2_000
"""How much of a question is searched for the kind of thing it asks for."""

_SAYS_YES_OR_NO = re.compile(r"(?:yes|no)\b", re.IGNORECASE)
_OFFERS = re.compile(r"[,:] (?:\w+ ){1,8}or (?:\w+ ?){1,8}\W*$")
"""The question offers two answers itself, so the answer is no other name."""

_MEASURES = (DURATION, DISTANCE, MONEY, SHARE, TEMPERATURE, UNIT)
_DAYS = frozenset({"date", "month", "year", "time", "weekday"})
_TERMS = frozenset({"duration", "working days"})
_SORTS: dict[re.Pattern[str], frozenset[str]] = {
    DATE_OR_TIME: _DAYS,
    DATE_OR_DURATION: _DAYS | _TERMS,
    WEEKDAYS: frozenset({"weekday"}),
    DURATION: _TERMS,
    FREQUENCY: _TERMS,
    EXTENT: _TERMS | {"length", "character", "letter", "word", "line", "page", "digit"},
    DISTANCE: frozenset({"length"}),
    CHARGE: CURRENCIES | {"%"},
    SUM: CURRENCIES,
    SHARE: frozenset({"%"}),
    TEMPERATURE: frozenset({"°c"}),
}


def names_relation(question: str) -> bool:
    """Whether it asks for something that is said in few ways, such as where somebody died or whose son one is. Then a
    sentence of that kind is most likely the answer; a mere number or name stands in many sentences."""
    return any(form.search(question) for form, _ in RELATIONS)


def asks_yes_or_no(question: str) -> bool:
    """Whether it asks for yes or no. A quotation seldom answers such a question by itself."""
    return question.split(" ", 1)[0].casefold() in AUXILIARY and " or " not in question


def says_yes_or_no(said: str) -> bool:
    """Whether it begins with yes or no, as replies in lists of questions do: "No. There is a shop next door."."""
    return bool(_SAYS_YES_OR_NO.match(said))


def asks_measure(question: str) -> bool:
    """Whether it asks how long, how far or how much, or for a share or a temperature."""
    return _expected(question).kind in (DURATION, EXTENT, DISTANCE, CHARGE, SUM, SHARE, TEMPERATURE, AMOUNT)


def sorts_expected(question: str) -> frozenset[str] | None:
    """The kinds of amounts and days that can answer it, as `graph.texts.values` names them. None means any kind, for a
    number; the empty set means none, for a name."""
    kind = _expected(question).kind
    if kind in (NUMBER, AMOUNT):
        return None
    return _SORTS.get(kind, frozenset()) if kind else frozenset()


def asks_number_of(question: str) -> bool:
    """Whether it asks how many there are of something that it names."""
    return _expected(question).counted is not None


def counts_the_asked(question: str, text: str) -> bool:
    """Whether a text has a number of what the question counts; true if it counts nothing."""
    expected = _expected(question)
    return expected.counted is None or expected.is_counted_in(text)


def asks_who(question: str) -> bool:
    return _expected(question).kind in (PERSON, NAMED_PERSON)


def asks_by_name(question: str) -> bool:
    """Whether it asks for a person's name: an office alone is no answer."""
    return _expected(question).kind is NAMED_PERSON


def expectation_met(question: str, quotes: Sequence[str]) -> float:
    """Whether some quote holds the kind of thing asked for: a date, a number, or a name that is not in the question.

    1 if one does, 0 if none does. 0.5 if the question names no kind, if no quote mentions the noun asked about ("what
    rate"), or if the only numbers may count something else; days, kilometres and money are no number of people."""
    expected = _expected(question)
    if expected.kind is None:
        return 0.5
    said = [quote for quote in quotes if expected.noun in quote.casefold()] if expected.noun else quotes
    if expected.noun and not said:
        return 0.5
    if expected.counted is None:
        return float(any(map(expected.is_news_in, said)))
    new = list(filter(expected.is_news_in, said))
    if any(map(expected.is_counted_in, new)):
        return 1.0
    return 0.5 if any(map(_holds_bare_number, new)) else 0.0


@lru_cache(REMEMBERED)
def _without_measures(quote: str) -> str:
    for measure in _MEASURES:
        quote = measure.sub(" ", quote)
    return quote


@lru_cache(REMEMBERED)
def _is_measured(thing: str) -> bool:
    """Whether numbers of this thing are measures: "eight days" counts days, and is a duration."""
    return any(measure.search(f"2 {thing}s") for measure in _MEASURES)


def _holds_bare_number(quote: str) -> bool:
    """Whether a quote has a number that is not part of a measure."""
    return NUMBER.search(quote) is not None and NUMBER.search(_without_measures(quote)) is not None


@lru_cache(REMEMBERED)
def _first_in(kind: re.Pattern[str], quote: str) -> str | None:
    """The first thing of a kind in a text. Mostly the question doesn't say it, and there is no need to read on."""
    found = kind.search(quote)
    return value_of(found) if found else None


@dataclass(frozen=True, slots=True)
class _Expected:
    """What a question expects, read from its form."""

    asked: frozenset[str]
    """The words of the question, as `name_key` spells them."""

    kind: re.Pattern[str] | None = None
    """What an answer must hold; None if the question names no kind."""

    noun: str = ""
    """The noun asked about, as in "what rate"."""

    counted: tuple[str, re.Pattern[str]] | None = None
    """What is to be counted, and how a number of it looks."""

    stems: frozenset[str] = frozenset()
    """The content words of the question."""

    def is_news_in(self, quote: str) -> bool:
        """Whether the quote holds something of the kind that the question does not already say."""
        if self.kind is None or ((sign := SIGNS.get(self.kind)) and not sign.search(quote)):
            return False
        first = _first_in(self.kind, quote)
        if first is None or (self.kind is not DEFINED and not self.repeats(first)):
            return first is not None
        found = (
            match for match in self.kind.finditer(quote) if self.kind is not DEFINED or is_meaning(match, self.stems)
        )
        return any(not self.repeats(value_of(match)) for match in found)

    def is_counted_in(self, quote: str) -> bool:
        if self.counted is None:
            return False
        thing, number = self.counted
        if thing not in quote.lower() or not number.search(quote):
            return False
        return _is_measured(thing) or number.search(_without_measures(quote)) is not None

    def repeats(self, value: str) -> bool:
        """Whether the question says it already, perhaps in the plural: "on Tuesdays"."""
        words = content_words(value)
        return self.asked.issuperset(name_key(value).split()) or (bool(words) and words <= self.stems)


@lru_cache(maxsize=1_024)
def _expected(question: str) -> _Expected:
    """Remembered: a question is compared with about a hundred passages and sentences."""
    asked = frozenset(name_key(question).split())
    question = question[:MAX_CHARACTERS]
    for form, kind in RELATIONS if asks_yes_or_no(question) else (*RELATIONS, *KINDS):
        if asks := form.search(question):
            named = asks.groupdict()
            noun = (named.get("noun") or "").casefold().rstrip("s")
            counted = (named.get("counted") or "").casefold()[:-1]
            count = (counted, count_of(counted)) if counted else None
            if kind in (PERSON, NAMED_PERSON, CAPITAL) and _OFFERS.search(question):
                break
            return _Expected(asked, kind, noun, count, content_words(question))
    return _Expected(asked)
