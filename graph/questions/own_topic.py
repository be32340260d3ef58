"""Whether a question that continues another ("And who leads Pricing?") has a topic of its own, so that what was asked
before is not part of it."""

import re

from graph.questions.asked_names import names_in
from graph.texts.dates import DAY_OR_MONTH
from graph.texts.measures import ANY_UNIT
from graph.texts.words import content_words

_GOES_ON = re.compile(r"^(?:and|but|or|so|then|also)\b,? *(?=\S)", re.IGNORECASE)
_AUXILIARY = "is|are|was|were|do|does|did|can|could|may|must|will|would|should|has|have|had"
_ASKS = re.compile(rf"(?:who|whom|whose|which|what|when|where|why|how|{_AUXILIARY})(?:['’]s)? +(?=\S)", re.IGNORECASE)
_WHO_IS = re.compile(r"(?:who|what)(?:['’]s| is| are| was| were)\W+", re.IGNORECASE)
_DOES_TO = re.compile(rf"who (?!(?:{_AUXILIARY})\b)[a-z]+$", re.IGNORECASE)
"""Before "in Ghent" or "for Ada Brun": that is what the verb needs, as in "Who works in Ghent?"."""

_WAY = r"(?:in|at|on|for|from|with|without|to|by|under|during|about|before|after|within|since|until)"
_BESIDE = re.compile(rf"(?P<ahead>.*?)\b{_WAY} (?:(?:the|our|an?) )?$", re.IGNORECASE)
_NO_THING = re.compile(rf"(?:{ANY_UNIT}|{DAY_OR_MONTH})s?", re.IGNORECASE)
"""A measure or a day: "How many days does Porto get?" leaves open of what."""


def without_going_on(question: str) -> str:
    """The question without the "and" that it begins with."""
    return _GOES_ON.sub("", question.strip())


def has_own_topic(question: str) -> bool:
    """Whether it says by itself what it asks of whom: something is said of a name, and not only in its case, as in "And
    what is the limit in Porto?".

    >>> has_own_topic("And who leads Pricing?"), has_own_topic("And does Porto?")
    (True, False)
    """
    asked = without_going_on(question)
    opening = _ASKS.match(asked)
    if opening is None or not (named := [name for name in names_in(asked) if not _NO_THING.fullmatch(name)]):
        return False
    return any(_is_said_of(name, asked, opening.end()) for name in named)


def _is_said_of(name: str, asked: str, opening: int) -> bool:
    at = asked.index(name)
    if (beside := _BESIDE.fullmatch(asked[:at])) and not _DOES_TO.fullmatch(beside["ahead"].rstrip()):
        return False
    ahead, behind = asked[opening:at], asked[at + len(name) :]
    if re.search(r"\b(?:the|our|an?) $", asked[:at], re.IGNORECASE):
        behind = re.sub(r"^ [a-z]+", "", behind)  # "the Macro plan" is a name as a whole
    said = [word for word in re.findall(r"[\w’']+", f"{ahead} {behind}") if not _NO_THING.fullmatch(word)]
    is_told = bool(content_words(" ".join(said)))
    return is_told or (_WHO_IS.match(asked) is not None and not behind.strip(" ?.!"))
