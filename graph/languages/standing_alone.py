"""Cheap rules about a question, so that no model call is spent on the clear cases.

They are for English; another language's question counts as standing alone, and is only looked at by a model when the
conversation has earlier turns.
"""

import re

from graph.words import content_words

MAX_TOPIC_WORDS = 14
MAX_SMALL_TALK_CHARACTERS = 60

_TOPIC = " (about: "

_GREETING = (
    r"(?:hi|hey|hello|hiya|howdy|good (?:morning|afternoon|evening|day)|greetings)"
    r"(?: (?:there|all|everyone|team))?"
)
_THANKS = (
    r"(?:(?:great|perfect|ok|okay|cool|nice|awesome|super|got it),? )?"
    r"(?:thanks|thank you|thx|ty|cheers|much appreciated)"
    r"(?: (?:a lot|so much|very much|again|for your help|for the help))?"
)
_FAREWELL = r"(?:bye|goodbye|bye bye|see you|see you later|have a (?:nice|good|great) (?:day|evening|weekend))"
_HOW_ARE_YOU = r"(?:,? ?how are you(?: doing)?(?: today)?)"
_NAME = r"(?:,? hopline)?"
_REPLIES = (
    (
        re.compile(rf"(?:{_GREETING}{_NAME}{_HOW_ARE_YOU}?|how are you(?: doing)?(?: today)?)"),
        "Hello! Ask me a question about the documents.",
    ),
    (re.compile(rf"{_THANKS}{_NAME}"), "You're welcome."),
    (re.compile(rf"(?:{_THANKS},? )?{_FAREWELL}{_NAME}"), "Goodbye!"),
)
_NOT_SPOKEN = re.compile(r"<@\w+>|[^\w\s,']+")

_POINTING_BACK = re.compile(
    r"\b(?:he|she|it|its|they|them|their|his|her|hers|him|this|that one|those|these|the former|the latter|the same|"
    r"there|one|ones)\b",
    re.IGNORECASE,
)
_ELLIPTIC_START = re.compile(
    r"(?:and|but|or|so|then|also|what about|how about|what else)\b|"
    r"(?:why|when|where|who|how|which)(?:\W+\w+){0,1}\W*$",
    re.IGNORECASE,
)


def small_talk_reply(text: str) -> str | None:
    """What to say to a mere greeting, thanks or farewell; None for anything that could be a question."""
    if len(text) > MAX_SMALL_TALK_CHARACTERS:
        return None
    spoken = " ".join(_NOT_SPOKEN.sub(" ", text.casefold()).split())
    return next((reply for pattern, reply in _REPLIES if pattern.fullmatch(spoken)), None)


def points_back(question: str) -> bool:
    """Does it lean on something said before: a pronoun, or a start like "and" or "what about"?"""
    return bool(_ELLIPTIC_START.match(question.strip()) or _POINTING_BACK.search(question))


def with_topic(question: str, opening: str) -> str:
    """A follow-up with what it is about: the content words of the question that opened the topic, in their order, so
    that its form doesn't ask a second time."""
    kept = [word.strip("?!.,;:()") for word in opening.split() if content_words(word)][:MAX_TOPIC_WORDS]
    return f"{question}{_TOPIC}{' '.join(kept)})" if kept else question


def newest_words(question: str) -> frozenset[str]:
    """The content words of what was asked last: not those of the topic that `with_topic` put to it."""
    return content_words(question.partition(_TOPIC)[0])
