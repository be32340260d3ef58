"""What a follow-up means by "he", "there" and "it": what was asked about before, or what the answer to it found.

Only where there is one such person, place or thing; in doubt the follow-up is asked as it stands, beside its topic.
"""

import re

from graph.questions.asked_names import people_in
from graph.questions.standing_alone import THERE, has_pronoun
from graph.structure.rows import cells_of
from graph.texts.small_words import is_denied
from graph.texts.words import content_words
from tools.names import folded

_AT_THAT_PLACE = re.compile(
    rf"(?P<moving>\b(?:get|go|come|travel|drive|fly|send|ship) )?(?:\b(?P<way>from|to|in|at) )?{THERE}", re.IGNORECASE
)
_PLACE_ASKED = re.compile(
    r"\bwhere\b|\b(?:what|which) (?:city|site|country|place|town|office|location|building|depot|plant)\b", re.IGNORECASE
)
_PLACE_COLUMN = re.compile(r"site|city|place|location|office|town|building|depot|plant|country", re.IGNORECASE)
_AT = re.compile(r"\b(?:in|at|near|to) (?:the )?([A-Z][\w'’-]+(?: [A-Z][\w'’-]+){0,3})")
_AFTER_WHOM = (
    "today|tomorrow|first|again|directly|my|our|your|the|an?|that|about|to|for|if|on|in|at|when|whether|why|how|what|"
    "now|by|from|with|and|or"
)
"""After "her" as after "him"; other words are what is hers."""

_PERSONAL = re.compile(rf"\b(?:(?P<whose>his|hers|her(?= (?!(?:{_AFTER_WHOM})\b)\w))|he|she|him|her)\b", re.IGNORECASE)
_THEIR = re.compile(
    r"\b(?P<whose>their)(?= (?:extension|(?:tele)?phone|number|e-?mail|desk|office|deputy|stand-in|manager|boss|role|"
    r"title|team|site)\b)",
    re.IGNORECASE,
)
"""What a person has: "their" may be of one whose name says neither "his" nor "her"."""

_NOBODY = re.compile(
    r"\W*(?:(?:and|so|but) )?(?:wh\w{1,3}(?:['’]s| is| are)|at what|on what|under which)\W*", re.IGNORECASE
)
_HE = frozenset({"he", "him", "his"})
_ROW = "Name: "
"""How a table's row begins that is about a person; it names others after its own."""

_WHO = re.compile(r"\bwho(?:m|se)?\b", re.IGNORECASE)
_NO_LONGER = re.compile(r"\b(?:was|were|had|used to|formerly|before)\b", re.IGNORECASE)
_OWN = re.compile(r"\b(?:the|an?|my|our|your|this|that|every|each)\b|,", re.IGNORECASE)
"""Before the pronoun: it may mean a thing of the same question."""

_IMPERSONAL = re.compile(
    r"\b(?:is|was|would) it (?:\w+ly )?(?:allowed|possible|ok|okay|fine|necessary|required|permitted|true|worth|safe|"
    r"legal|mandatory|raining)\b|\b(?:does|will|would) it (?:take|matter|hurt)\b",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"^(?:The|An?|Our|Your)\b\s*")
_WHICH = re.compile(r"\b(?:which|what) ([a-z]{3,30})\b", re.IGNORECASE)
_IT = re.compile(
    r"\b(?:(?P<its>its)|(?-i:(?!IT\b))it|that(?= (?:is|was|has|costs?|does)\b|\W*$))\b(?!['’])", re.IGNORECASE
)


def of_whom(question: str, opening: str, answer: str) -> str | None:
    """The question asked of the person whom "he" or "her" means: whom the answer found where the opening question asks
    who, else the one that it is about. None where that leaves a choice, or two are meant."""
    form = _PERSONAL
    if not _PERSONAL.search(question) and _WHO.search(opening) and (their := _THEIR.search(question)):
        # "Must new hires tell their manager?" has somebody of its own.
        form = _THEIR if _NOBODY.fullmatch(question[: their.start()]) else form
    pronouns = list(form.finditer(question))
    if len({match.group().casefold() in _HE for match in pronouns}) != 1 or people_in(question[: pronouns[0].start()]):
        return None
    asked_about, found = people_in(opening), people_in(answer.partition("\n")[0])
    if not _WHO.search(opening) or content_words(opening) <= content_words(" ".join(asked_about)):
        people = asked_about or found
    elif found and found[0] not in asked_about and answer.startswith(_ROW):
        people = found[:1]
    else:
        people = tuple(one for one in found if one not in asked_about)
    if len(people) != 1:
        return None
    return _named(question, people[0], form)


def of_another(question: str, last: str, answer: str) -> str | None:
    """The question asked of whom the last answer found, where it says "her" after the last question said "his": of the
    one person that the answer names beside the one whose row it is. None otherwise."""
    is_he, was_he = ({one.group().casefold() in _HE for one in _PERSONAL.finditer(said)} for said in (question, last))
    if len(is_he) != 1 or len(was_he) != 1 or is_he == was_he or people_in(question):
        return None
    told = answer.partition("\n")[0]
    people = people_in(told)[1:] if told.startswith(_ROW) else people_in(told)
    return _named(question, people[0], _PERSONAL) if len(people) == 1 else None


def _named(question: str, person: str, form: re.Pattern[str]) -> str:
    return form.sub(lambda match: f"{person}'s" if match["whose"] else person, question)


def of_where(question: str, opening: str, answer: str) -> str | None:
    """The question asked of the place that "there" means: where the opening question asks for one, and the answer gives
    just one that it did not have. None otherwise, and where something before it points back, too."""
    there = _AT_THAT_PLACE.search(question)
    if there is None or has_pronoun(question[: there.start()]) or not _PLACE_ASKED.search(opening):
        return None
    if is_denied(f"{opening} {answer}") or _NO_LONGER.search(answer):
        return None
    told = answer.partition("\n")[0]
    cells = cells_of(told.removesuffix("."))
    found = [value for column, value in cells if _PLACE_COLUMN.fullmatch(column)] if cells else _AT.findall(told)
    places = [place for place in dict.fromkeys(found) if not content_words(place) <= content_words(opening)]
    if len(places) != 1:
        return None
    moving = there["moving"] or ""
    way = there["way"] or ("to" if moving else "in")
    return f"{question[: there.start()]}{moving}{way} {places[0]}{question[there.end() :]}"


def of_which(question: str, opening: str, answer: str) -> str | None:
    """The question asked of the thing that "it" means: of the one plan that the answer names where the opening question
    asks which plan. None otherwise, and where two things are pointed at."""
    asked = _WHICH.search(opening)
    pointing = list(_IT.finditer(question))
    if asked is None or len(pointing) != 1 or _PERSONAL.search(question) or is_denied(f"{opening} {answer}"):
        return None
    before = question[: pointing[0].start()]
    if _OWN.search(before) or _IMPERSONAL.search(question):
        return None
    noun, told = asked[1], answer.partition("\n")[0]
    named = rf"([A-Z0-9][\w'’-]*(?: [A-Z0-9][\w'’-]*){{0,3}}) {noun}\b|\b(?i:{noun}) ([A-Z0-9][\w'’-]*)"
    cells = cells_of(told.removesuffix("."))
    found = [value for column, value in cells if folded(column) == folded(noun)]
    found = found or [one or other for one, other in re.findall(named, told)]
    found = [_ARTICLE.sub("", thing) for thing in found]
    things = [thing for thing in dict.fromkeys(found) if thing and not content_words(thing) <= content_words(opening)]
    if len(things) != 1:
        return None
    thing = f"the {things[0]} {noun}"
    return _IT.sub(lambda match: f"{thing}'s" if match["its"] else thing, question)
