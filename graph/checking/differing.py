"""Which sentences give a question different answers: both speak of all that it asks about and of nothing else, and
each gives one value of the kind that it asks for. A false alarm is worse than a miss, so whatever may tell two subjects
apart does."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise

from graph.evidence import Evidence
from graph.questions.asked_names import names_in
from graph.questions.expectation import asks_yes_or_no
from graph.structure.rows import cells_of
from graph.texts.small_words import DENIALS
from graph.texts.values import Value, days_in, in_figures, values_expected, without_dates
from graph.texts.words import STOP_WORDS, content_words, stem
from tools.names import folded

_VALUE = " … "

MIN_COVERED = 2 / 3
"""Of the question's content words, that both must hold."""

_TAKING = content_words("take takes taking last lasts")
_DONE = content_words(
    "pay paid processed completed done made settled handled credited transferred issued finished ready"
)
"""What takes two days is done within two days."""

_CHANGES = (
    "moved postponed delayed extended shortened changed raised lowered increased reduced rescheduled cut "
    "brought forward put off"
)
_CHANGE = re.compile(
    rf"\b(?:(?:{'|'.join(_CHANGES.split())}) (?:from|to)|now|instead|no longer|slips? to)\b", re.IGNORECASE
)
_CHANGING = content_words(f"{_CHANGES} instead slips")
_AT_PRESENT = content_words("current currently longer already")
_ANYBODY = content_words("everyone everybody employee employees staff anyone")
_SYSTEMS = content_words("database system service server application app platform tool software")
"""After a name they tell no other thing: Ridehub, the Ridehub database."""

_DOCUMENTS = content_words(
    "policy policies handbook guide manual runbook wiki faq page document note notes minutes memo rule rules overview "
    "general information question questions answer answering request requests terms conditions decision decisions "
    "details summary introduction update list price prices help contract contracts "
    "roadmap schedule chat email thread record records news version draft old new former current archive"
)
"""Words of a title that name the kind of document, not what it is about."""

_VERSION = re.compile(r"\b(?:version |v)\d+(?:\.\d+)*\b", re.IGNORECASE)
_REPORTED = re.compile(
    r"^[^,;:]{0,80}\b(?:tell|say|note|remember|promise|inform|explain|mean|state|agreed|decided|announced)s?\b"
    r"[^,;:]{0,60}?\bthat\b",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\b(?:because|due to|so that)\b|,\s{1,3}(?:to|as|so|since|which|and (?:they|it))\b", re.IGNORECASE)
"""From here on it says why, whereto, or what else; anything else may be a case of its own: "5 EUR, bike included"."""

_CASE = re.compile(
    r"\b(?:if|unless|except|provided|only|when|while|whereas|where|depending|otherwise|but|other|another|usually|normally|"
    r"typically|often|sometimes|some|most|than|(?-i:may)|might|example|planned|proposed|suggested|"
    r"(?:the|our|your) last|next|previous|coming|this|today|tomorrow|yesterday)\b",
    re.IGNORECASE,
)
"""What it says holds for some cases alone, at the time of writing, or is not settled."""

_PAST = re.compile(r"\b(?:was|were|did|had|used to)\b", re.IGNORECASE)
_BOUND = re.compile(
    r"(?:\b(?:at most|up to|at least|max(?:imum)?(?: of)?|min(?:imum)?(?: of)?|(?:more|less|later|earlier|fewer) than|"
    r"over|under|above|below|beyond|between|about|around|approximately|approx\.?|circa|almost|nearly|roughly|"
    r"first|last|next|each|per|\d+ (?:\w+ )?(?:to|or|and))|[~<>≤≥–-])\s{0,3}$",
    re.IGNORECASE,
)
_SINCE = re.compile(r"\b(?:from|since|as of|effective|starting)(?: on)?\s{1,3}$", re.IGNORECASE)
_LIMIT = re.compile(r"\b(by|before|until|till|after|from|since|every)(?: the)?\s{0,3}$", re.IGNORECASE)
_REPLACED = re.compile(r"\b(?:from|instead of|not|no longer)\s{0,3}$", re.IGNORECASE)
_POINTS_BACK = re.compile(r"\W{0,4}(?:it|its|they|their|this|these|that|those|he|she|both|here)\b", re.IGNORECASE)
_NEGATION = re.compile(rf"\b(?:{DENIALS}|\w{{1,9}}n['’]t)\b(?! longer)", re.IGNORECASE)
""" "No longer" denies nothing: it says which value was replaced."""


def differ(question: str, one: Evidence, other: Evidence) -> bool:
    """Whether they answer the question with different values."""
    if one.passage.source == other.passage.source or asks_yes_or_no(question):
        return False
    mine, theirs = _value_of(question, one.said), _value_of(question, other.said)
    if mine is None or theirs is None or not mine.is_comparable(theirs) or not mine.differs(theirs):
        return False
    return (
        _limit(one, mine) == _limit(other, theirs)
        and _answer_alike(question, one, other)
        and _adds_nothing(question, one, other)
        and _adds_nothing(question, other, one)
    )


def is_later(one: Evidence, than: Evidence) -> bool:
    """Whether the first is dated after the second, or is what changes it."""
    day, other_day = _dated(one), _dated(than)
    if day and other_day and day != other_day:
        return day > other_day
    return _changes(one) and not _changes(than)


def _changes(item: Evidence) -> bool:
    return bool(_CHANGE.search(item.said) or _since(item.said))


def _since(said: str) -> str:
    """The day that is past and from which on a rule holds, as it is written; empty where none is given."""
    today = datetime.now(UTC).date()
    days = (day for day in days_in(said) if day.kind == "date" and day.amount[2])
    begun = (day for day in days if _day(day) <= (today.year, today.month, today.day))
    return next((day.written for day in begun if _before(day, said, _SINCE)), "")


def _day(value: Value) -> tuple[float, float, float]:
    month, day, year = value.amount
    return year, month, day


def _dated(item: Evidence) -> tuple[float, float, float] | None:
    """The (year, month, day) of its document, or in its title."""
    for text in ((item.passage.updated or "")[:10], item.passage.title):
        for value in days_in(text):
            if value.kind == "date" and value.amount[2]:
                return _day(value)
    return None


@lru_cache(maxsize=2_048)
def _value_of(question: str, sentence: str) -> Value | None:
    """The one value that the sentence gives, if it says so exactly and for every case. Remembered, since each is
    compared with all others."""
    said = in_figures(sentence)
    if cells_of(sentence) or _POINTS_BACK.match(said) or said.rstrip().endswith("?"):
        return None
    if _CASE.search(said) or _NEGATION.search(said):
        return None
    found = list(values_expected(question, said))
    if (
        _CHANGE.search(said)
        and len(found) > 1
        and (replaced := [one for one in found if _before(one, said, _REPLACED)])
    ):
        found = [one for one in found if one not in replaced]
        said = said.replace(replaced[0].written, " ", 1)
    return found[0] if len(found) == 1 and not _before(found[0], said, _BOUND) else None


def _before(value: Value, said: str, form: re.Pattern[str]) -> re.Match[str] | None:
    return form.search(said.partition(value.written)[0])


def _limit(item: Evidence, value: Value) -> str:
    """By when, until when …, which are answers to different questions."""
    found = _before(value, in_figures(item.said), _LIMIT)
    return found[1].casefold() if found else ""


def _answer_alike(question: str, one: Evidence, other: Evidence) -> bool:
    """Whether the other covers what the first does of the question: its names and most of its words."""
    asked = content_words(question) - _TAKING - _AT_PRESENT
    held = asked & content_words(one.in_context)
    names = content_words(" ".join(names_in(question)))
    return (
        len(held) >= max(1.0, MIN_COVERED * len(asked))
        and held <= content_words(other.in_context)
        and names & asked <= held
        and all(content_words(item.said) & held for item in (one, other))
    )


def _adds_nothing(question: str, item: Evidence, other: Evidence) -> bool:
    """Whether it speaks of no name, number, kind or case that neither the question nor the other speaks of."""
    asked = content_words(question)
    known = asked | content_words(other.in_context) | _AT_PRESENT | _ANYBODY
    said = _REPORTED.sub(" ", _without_values(question, item))
    if not _titled(item) <= known or (_PAST.search(_clause(said)) and not _PAST.search(question)):
        return False
    words = list(map(stem, folded(_clause(said)).split()))
    kinds = {word for word, after in pairwise(words) if after in asked and word not in STOP_WORDS}
    told = content_words(" ".join(re.findall(r"\w*[A-Z\d]\w*", said)))
    names = content_words(" ".join(names_in(question)))
    nouns = {after for word, after in pairwise(words) if word in names} & _SYSTEMS
    light = _CHANGING | nouns | (_TAKING | _DONE if asked & _TAKING else frozenset())
    return kinds | told <= known and content_words(_clause(said)) <= known | light


def _without_values(question: str, item: Evidence) -> str:
    """A mark in the place of each, which parts what stands before from what stands after."""
    said = in_figures(item.said)
    for value in values_expected(question, said):
        said = said.replace(value.written, _VALUE, 1)
    since = _since(said)
    return said.replace(since, " ") if since else said


def _clause(said: str) -> str:
    """All before the value and what follows it at once, without what is said aside."""
    before, _, after = said.rpartition(_VALUE)
    aside = _ASIDE.search(after)
    return f"{before} {after[: aside.start()] if aside else after}".replace(_VALUE, " ")


def _titled(item: Evidence) -> frozenset[str]:
    """What its titles and headings say of the subject; a year is part of it, the date of a meeting is not."""
    return content_words(without_dates(_VERSION.sub(" ", " ".join(item.path)))) - _DOCUMENTS
