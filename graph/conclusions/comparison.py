"""What a question compares: its two things, and what is asked about them."""

import re
from dataclasses import dataclass
from typing import Literal

from graph.conclusions.amounts import Degree, degree_in
from graph.questions.past import looks_back
from graph.texts.measures import NUMBER
from graph.texts.small_words import is_denied
from tools.names import name_key

Pair = tuple[str, str]
Wanted = Literal["earlier", "later", "same country"] | Degree

MAX_CHARACTERS = 400
"""A longer question is not a plain comparison."""

_LATER = re.compile(r"\b(?:later|latest|more recent(?:ly)?|most recent(?:ly)?|younger|youngest|newer|last)\b", re.I)
_EARLIER = re.compile(r"\b(?:first|earlier|earliest|older|oldest|before|sooner)\b", re.I)
_SAME = re.compile(r"\bsame (?:country|nationality|nation)\b|\bfrom the same\b.*\bcountry\b", re.I)
_OR = (
    re.compile(r"^(?P<head>[^,:]+?)[,:]\s*(?P<two>.+?\s+or\s+.+?)\s*\?*$", re.I),
    re.compile(r"^(?P<head>(?:who|which|what)\b.*?)\s(?P<two>(?:the )?[A-Z\"“].*?\s+or\s+.+?)\s*\?*$", re.I),
    re.compile(
        r"^(?:did|was|were|is)\s+(?P<two>.+?\s+or\s+.+?)\s+"
        r"(?P<head>(?:(?:come|came|happen|start|join|begin|take|born|released|founded|die|published|formed|established|occur|open|"
        r"out|place) )*(?:first|earlier|later))\s*\?*$",
        re.I,
    ),
    re.compile(
        r"^(?i:is|are|was|were|does|do|did|has|have)\s+(?P<two>.+?\s+or\s+(?:(?:an?|the)\s+)?\S+?(?: [A-Z0-9]\S*)*)\s+"
        r"(?P<head>(?:[a-z]+ ){0,4}(?:\w+er|more|less|most|least)\b.*?)\s*\?*$",
    ),
)
_AND = re.compile(
    r"^(?P<head>are|were|is|was|do|does|did|have)\s+(?P<two>.+?\s+and\s+.+?)\s*,?\s+"
    r"(?:(?:both|all|films?|movies?|bands?|villages?|directors?)\s+)*"
    r"(?:located|situated|from|of (?:the )?same|have|has|having|share|shares|originate|come|came|based|born)\b.*\?*$",
    re.I,
)
_AS = re.compile(
    r"^(?P<head>do|does|did|is|was|has) (?P<one>.+?) (?:have|has|from|of|share) the same \w+ (?:as|with) "
    r"(?P<other>.+?)\s*\?*$",
    re.I,
)
_THAN = re.compile(
    r"^(?:(?P<is>is|are)|does|do|has|have) (?P<one>.+?) "
    r"(?P<head>(?-i:(?(is)(?:(?:an?|the) )?|(?:[a-z]+ ){0,4}?)(?:[a-z]{2,20}er|more|less)\b(?: [a-z]+){0,3})) "
    r"than (?P<other>.+?)"
    rf"(?: for (?:an?|{NUMBER.pattern}) [a-z]+)?\s*\?*$",
    re.I,
)
"""Of "A than B for 12 months", the last words belong to neither of the two."""

_PLAIN_HEAD = re.compile(r"(?:(?:an?|the) )?(?:[a-z]{2,20}er|more|less)\b(?!.* (?:or|and|but)\b)")
_VERB = re.compile(r"^(?!(?:no|not|never)\b)[a-z]+ ")
_OF_AGE = re.compile(r"older|younger|newer|more recent")
"""The adjectives that compare two dates; otherwise a verb says what came earlier or later."""

_LEAD = re.compile(r"^[:,\s]*(?:[a-z][\w-]*[,:]?\s+)+(?=[\"“(]?[A-Z0-9])|^[:,\s]*(?:the\s+)?")
ROLES = {
    "director": r"direct\w+(?: by)?|(?:film|movie|series) by|auteur",
    "composer": r"compos\w+|music|score",
    "performer": r"perform\w+|sung|recorded|by",
    "singer": r"sung|singer|recorded|by",
    "author": r"writ\w+|author\w*|novel by|book by|by",
    "writer": r"writ\w+|written",
    "producer": r"produc\w+",
    "creator": r"creat\w+",
    "founder": r"found\w+",
}
_ROLE = re.compile(rf"\b({'|'.join(ROLES)})s?\b", re.I)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a question compares.

    `options` are the two as the question writes them, `wanted` is what they are compared by, and `about` is the rest of
    the question. With a `role`, it is their directors (or the like) that are compared. `supposes` says that the
    question names the first option as the expected winner: "Is A cheaper than B?"."""

    options: Pair
    wanted: Wanted
    about: str
    role: str | None
    supposes: bool = False

    def leads(self, winner: int) -> str:
        """How an answer to "Is A cheaper than B?" begins; empty if the question asks which of two."""
        return ("No" if winner else "Yes") if self.supposes else ""


def comparison_in(question: str, titles: frozenset[str] = frozenset()) -> Comparison | None:
    """What a question compares, if it does. `titles` (keys of known titles) tell where to split two names that contain
    "or" or "and" themselves."""
    if len(question) > MAX_CHARACTERS:
        return None
    asked = " ".join(question.split())
    supposed = _THAN.match(asked)
    pair, wanted = _same_country(asked, titles) or (_supposed(asked, supposed) if supposed else _ordered(asked, titles))
    if pair is None or wanted is None:
        return None
    outside = asked
    for option in sorted(pair, key=len, reverse=True):  # "the Ox" is part of "the Ox Cool"
        outside = outside.replace(option, " ")
    role = _ROLE.search(outside)
    return Comparison(pair, wanted, outside, role[1].lower() if role else None, supposes=supposed is not None)


def _same_country(asked: str, titles: frozenset[str]) -> tuple[Pair | None, Wanted] | None:
    """The two that are asked to be from the same country; None for a question of another form."""
    if not _SAME.search(asked):
        return None
    if match := _AND.match(asked):
        return _split(match["two"], " and ", titles), "same country"
    if match := _AS.match(asked):
        return (_bare(match["one"]), _bare(match["other"])), "same country"
    return None


def _supposed(asked: str, match: re.Match[str]) -> tuple[Pair, Wanted | None]:
    """The two of "Is A cheaper than B?"."""
    is_clear = _is_plain(match) and not (is_denied(asked) or looks_back(asked))
    wanted = _order_in(match["head"], match["head"]) if is_clear else None
    return (_bare(match["one"]), _bare(match["other"])), wanted


def _ordered(asked: str, titles: frozenset[str]) -> tuple[Pair | None, Wanted | None]:
    """The two of "Which is cheaper, A or B?"."""
    match = next(filter(None, (form.match(asked) for form in _OR)), None)
    if match is None:
        return None, None
    return _split(match["two"], " or ", titles), _order_in(asked, match["head"])


def _order_in(asked: str, head: str) -> Wanted | None:
    if _LATER.search(asked) or _EARLIER.search(asked):
        return "later" if _LATER.search(head) else "earlier"
    return degree_in(asked, head)


def _is_plain(supposed: re.Match[str]) -> bool:
    """Whether the question asks only which has more: not by how much, and not whether it is not so."""
    head, is_verb = supposed["head"], supposed[0][:2].casefold() == "do"
    if " than " in supposed["other"] or not _PLAIN_HEAD.match(_VERB.sub("", head) if is_verb else head):
        return False
    return _OF_AGE.match(head) is not None if _LATER.search(head) or _EARLIER.search(head) else True


def _split(text: str, word: str, titles: frozenset[str]) -> Pair | None:
    places = [match.start() for match in re.finditer(re.escape(word), text)]
    pairs = [(_bare(text[:place]), _bare(text[place + len(word) :])) for place in places]
    pairs = [pair for pair in pairs if all(pair)]
    known = [pair for pair in pairs if all(name_key(one) in titles for one in pair)]
    return next(iter(known or pairs), None)


def _bare(option: str) -> str:
    plain = option.strip(' ,.?;:"“”')
    if not any(map(str.isupper, plain)):  # nothing tells a name from what stands before it
        return plain.removeprefix("the ")
    return _LEAD.sub("", plain).strip(" ,") or plain
