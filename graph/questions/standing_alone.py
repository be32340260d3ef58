"""Cheap rules about a question, so that no model call is spent on the clear cases.

They are for English; another language's question counts as standing alone, and is only looked at by a model when the
conversation has earlier turns.
"""

import re
from collections.abc import Sequence

from graph.language import Turn
from graph.questions.own_topic import has_own_topic, without_going_on
from graph.questions.replacing import put_in_place
from graph.questions.wrapping import GREETING, NAME, THANKS, without_wrapping
from graph.texts.small_words import QUESTION_WORD
from graph.texts.words import content_words

MAX_TOPIC_WORDS = 14
MAX_SMALL_TALK_CHARACTERS = 60

_TOPIC = " (about: "

_FAREWELL = r"(?:bye|goodbye|bye bye|see you|see you later|have a (?:nice|good|great) (?:day|evening|weekend))"
_HOW_ARE_YOU = r"(?:,? ?how are you(?: doing)?(?: today)?)"
_WHO_ARE_YOU = r"(?:help(?: me)?|what can (?:you do|i ask(?: you)?)|who are you|what are you|how do you work)"
_REPLIES = (
    (
        re.compile(rf"(?:{GREETING}{NAME}{_HOW_ARE_YOU}?|how are you(?: doing)?(?: today)?)"),
        "Hello! Ask me a question about the documents.",
    ),
    (
        re.compile(rf"(?:{GREETING},? )?{_WHO_ARE_YOU}{NAME}"),
        "Ask me a question about the documents. I answer with the sentences it rests on and say how sure I am, or what "
        "the documents that you may read don't say.",
    ),
    (re.compile(rf"{THANKS}{NAME}"), "You're welcome."),
    (re.compile(rf"(?:{THANKS},? )?{_FAREWELL}{NAME}"), "Goodbye!"),
)
_CONTRACTED = re.compile(r"((?:^|[,;] |\band )(?:[Ww]hat|[Ww]ho|[Ww]here|[Ww]hen|[Hh]ow)|\b[Tt]here|\b[Tt]hat)s(?= )")
_I_AM = re.compile(r"\b([Ii])(m|ve)(?= )")
_DENIED = re.compile(
    r"\b((?:[Dd]o|[Dd]oes|[Dd]id|[Ii]s|[Aa]re|[Ww]as|[Ww]ere|[Cc]a|[Cc]ould|[Ww]o|[Ww]ould|[Ss]hould|[Hh]ave|[Hh]as)n)t\b"
)
_NOT_SPOKEN = re.compile(r"<@\w+>|[^\w\s,']+")

THERE = (
    r"(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )(?<!\bbe )(?<!\bup )(?<!\bover )(?<!\bdown )(?<!\bout )(?<!\bhi )"
    r"(?<!\bhello )\bthere\b"
    r"(?!['’]s\b|['’]re\b| (?:is|are|was|were|be|will|has|have|a|an|any|some|no)\b)"
)
"""At that place; not "Is there a limit?"."""

_POINTING_BACK = re.compile(
    r"\b(?:he|she|(?-i:(?!IT\b))it|its|they|them|their|his|her|hers|him|that one|those|these|the former|the latter|"
    r"the same)\b|^(?:is|are|was|were|does|did|has|can|could|will|would|should) that\b|\bthat(?=\W*$)|"
    r"\bthis\b(?! (?:year|month|week|quarter|morning|afternoon|evening|time of)\b)|"
    r"\bones?(?=\W*$|[,;]| (?:is|are|was|were|has|have|do|does|can|will|should|would|in|on|at|for|with)\b)|"
    rf"{THERE}",
    re.IGNORECASE,
)
_TRAILING_BACK = re.compile(r"\b(?:then|instead)\W*$", re.IGNORECASE)
_FRAGMENT = re.compile(
    r"(?:with|without|for|in|at|on|from|during|before|after)(?= )"
    rf"(?!.*(?:{QUESTION_WORD.pattern}|"
    r"\b(?:is|are|was|were|do|does|did|can|may|must|will|would|should|have|has|had|we|i|you|they)\b))"
    r"(?:\W+\w+){1,6}\W*$",
    re.IGNORECASE,
)
"""A place, a time or a means that belongs to what was asked before: "with the fast charger?"."""

_ELLIPTIC_START = re.compile(
    r"(?:and|but|or|so|then|also|what about|how about|what else)\b|"
    r"(?:(?:until|till|since|from|by|for|with|in|at|on) )?(?:why|when|where|whom?|how|which)(?:\W+\w+){0,1}\W*$",
    re.IGNORECASE,
)


def small_talk_reply(text: str) -> str | None:
    """What to say to a mere greeting, thanks or farewell; None for anything that could be a question."""
    if len(text) > MAX_SMALL_TALK_CHARACTERS:
        return None
    spoken = " ".join(_NOT_SPOKEN.sub(" ", text.casefold()).split())
    return next((reply for pattern, reply in _REPLIES if pattern.fullmatch(spoken)), None)


def question_alone(text: str) -> str:
    """Without what is said around it, "Hi all, quick question: …", and with the apostrophe that "whats" lacks."""
    return _DENIED.sub(r"\1't", _I_AM.sub(r"\1'\2", _CONTRACTED.sub(r"\1's", without_wrapping(text))))


def has_pronoun(text: str) -> bool:
    return _POINTING_BACK.search(text) is not None


def points_back(question: str) -> bool:
    """Does it lean on something said before: a pronoun, or a start like "and" or "what about" that no topic of its own
    follows?"""
    asked = question.strip()
    if _POINTING_BACK.search(without_going_on(asked)) or _TRAILING_BACK.search(asked):
        return True
    starts = _ELLIPTIC_START.match(asked) or _FRAGMENT.match(asked)
    return starts is not None and not has_own_topic(asked)


def with_topic(question: str, opening: str) -> str:
    """A follow-up with what it is about: the content words of the question that opened the topic, in their order, so
    that its form doesn't ask a second time."""
    kept = [word.strip("?!.,;:()") for word in opening.split() if content_words(word)][:MAX_TOPIC_WORDS]
    return f"{question}{_TOPIC}{' '.join(kept)})" if kept else question


def topic_of(history: Sequence[Turn]) -> str:
    """The question that a follow-up of these turns is about: a follow-up of a follow-up is still about the one that
    opened the topic, asked of what was named last."""
    questions = [turn.question for turn in history]
    openings = [place for place, question in enumerate(questions) if not points_back(question)]
    topic, *later = questions[openings[0] if openings else -1 :]
    for question in later:
        topic = put_in_place(question, topic) or (topic if points_back(question) else question)
    return topic


def asked_last(question: str) -> str:
    """Without the topic that `with_topic` put to it."""
    return question.partition(_TOPIC)[0]
