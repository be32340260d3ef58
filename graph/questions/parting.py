"""Splits a message that asks several things into its questions: "Who approves a refund, and how long does it take?".

It is split only if each part is a question by itself; a relative clause ("the director who …, and who …") is not. For
English.
"""

import re
from itertools import pairwise

from graph.questions.asked_names import BEFORE_FIGURES
from graph.questions.standing_alone import asked_last, points_back, small_talk_reply, with_topic
from graph.texts.words import content_words

MAX_PARTS = 3
MAX_CHARACTERS = 1_000
"""Of a message that is looked through; a longer one is taken as a whole."""

MIN_WORDS = 3

_AUXILIARY = "is|are|was|were|do|does|did|can|could|may|must|will|would|should|shall|has|have|had"
_HOW_LONG = "(?:for|by|until|till|to|at|in|from|on) (?:how|when|whom?|what|which)"
_ASKS = re.compile(rf"(?:what|how|why|who|whom|whose|which|when|where|{_HOW_LONG})\b", re.IGNORECASE)
_ASKS_WHETHER = re.compile(rf"(?:{_AUXILIARY})\b", re.IGNORECASE)
_JOINT = re.compile(
    r"(?:,|;)?\s{1,3}(?:and|but)\s{1,3}(?:(?:also|then|if so|if not),?\s{1,3})?|\?\s{1,3}(?:(?:and|also|but)\s{1,3})?",
    re.IGNORECASE,
)
_SUBJECT = "the|an?|my|our|your|his|her|its|their|i|we|you|they|it|he|she|this|that|these|those|to|not"
_OPENS = re.compile(
    rf"(?:what|how|why)(?:['’]s\b|(?: (?!(?:{_SUBJECT}|{_AUXILIARY})\b)[\w-]{{1,30}}){{0,3}} (?:{_AUXILIARY})\b)|"
    r"what (?:happens|applies|counts|changes|else|about|if)\b|"
    rf"(?P<ahead>{_HOW_LONG})\b|whose [a-z]|which [\w-]+ |(?:when|where) (?:{_AUXILIARY})\b|"
    rf"(?P<who>whom? )(?:{_AUXILIARY}|[a-z]{{2,20}}s|[a-z]{{2,20}}ed)\b|"
    rf"(?:{_AUXILIARY}) (?:i|we|you|there (?:an?|any|some|no|enough|more))\b|"
    rf"(?P<it>(?:{_AUXILIARY}) (?:it|they|he|she|this|that)\b)|"
    r"(?P<other>(?:do|does|did|can|could|may|must|should|will) (?:the|our|my|your|an?|all|every)\b)",
    re.IGNORECASE,
)
_HAS_VERB = re.compile(rf"\b(?:{_AUXILIARY})\b", re.IGNORECASE)
_UNFINISHED = re.compile(r"\b(?:when|how|why|where|whether|if|who|what|which)\W*$|\bbetween\b", re.IGNORECASE)
_HALF = re.compile(r"wh\w{1,3} (?:do|does|did) \S+|\w+ (?:is|are|was|were) [a-z]+ed", re.IGNORECASE)
"""What another half goes on with: "What is covered and what is not covered by the insurance?"."""

_RELATIVE = re.compile(r"\b(?:who|whom|whose|which|that|where|when)\b", re.IGNORECASE)

_NO_NAME = r"(?:ones?|[a-z]{1,20}ed|built|made|sold|held|kept|done|sent|paid|found)\b"
_THING = re.compile(
    rf"\b(?:an?|the|our|my|your|each|every)(?:\s(?!{_NO_NAME})[\w-]{{1,40}}){{1,9}}(?=\W*$)", re.IGNORECASE
)
"""From its article to the end: "a service credit for a Colony customer"."""

_DOES = re.compile(r"\b(?:do|does|did|can|could|may|must|will|would|should|shall|has|have|had)\s*$", re.IGNORECASE)
"""Before what does something, which the verb follows: "What does the gateway cost?"."""

_IT = re.compile(r"\b(?!IT\b)[Ii]t\b")
_NOTHING = re.compile(
    r"\bit (?:takes?|costs?|matters?|hurts?) to\b|\bis it (?:allowed|possible|ok|okay|fine|necessary|required|true)\b",
    re.IGNORECASE,
)
"""Where "it" means nothing that was spoken of."""

_WHICH = re.compile(
    r"(?:which|what) (?!(?:is|are|was|were|do|does|did|will|can|could|would|should)\b)[a-z]", re.IGNORECASE
)
"""What is found for it is meant then, not what else it speaks of."""

_IS = re.compile(r"\b(?:is|are|was|were)\s*$", re.IGNORECASE)
_BARE = re.compile(r"wh\w{1,3}(?:['’]s| is| are| was| were) the [\w-]{1,40}\W*", re.IGNORECASE)
"""No question by itself: "…, and what's the extension?"."""

_CODE = rf"(?!{BEFORE_FIGURES}|[QH] ?\d)(?:(?-i:[A-Z]{{1,6}}\d{{1,6}}[A-Z]?)|[a-z]{{1,6}}-?\d{{1,6}}[a-z]?)"
_KIND = r"(?:(?P<{}>error|fault|alarm|status|warning|message|form|standard)s? |(?:error |fault )?codes? )?"
_DIFFERENCE = re.compile(
    rf"(?:what(?:['’]s| is| are) |tell me )?(?:the )?differences? between (?:the )?{_KIND.format('kind')}"
    rf"(?P<one>{_CODE}) and (?:(?P=kind) )?(?P<other>{_CODE})|"
    rf"how (?:is|does|do) {_KIND.format('a_kind')}(?P<a>{_CODE}) (?:different|differ) from "
    rf"(?:(?P=a_kind) )?(?P<b>{_CODE})",
    re.IGNORECASE,
)
"""Two codes of one kind, each of which is asked for by itself; no sums, quarters or years of accounts."""


def parts_of(question: str) -> tuple[str, ...]:
    """The questions in a message, in order; only the message itself if it asks one thing. What a follow-up was told to
    be about (`standing_alone.with_topic`) is added to each."""
    asked = asked_last(question)
    if len(asked) > MAX_CHARACTERS:
        return (question,)
    topic = question[len(asked) :]
    if differing := _DIFFERENCE.fullmatch(asked.strip(" ?.!")):
        kind = differing["kind"] or differing["a_kind"]
        codes = (differing["one"] or differing["a"], differing["other"] or differing["b"])
        called = (f"{kind.casefold()} {code}" if kind else code for code in dict.fromkeys(codes))
        return tuple(f"What is {code}?{topic}" for code in called)
    parts: list[str] = []
    begin = 0
    for joint in _JOINT.finditer(asked):
        head, tail = asked[begin : joint.start()], asked[joint.end() :]
        if _stands_apart(head, joint[0], tail):
            parts.append(head)
            begin = joint.end()
    parts.append(asked[begin:])
    if len(parts) == 1 or len(parts) > MAX_PARTS or any(map(small_talk_reply, parts)):
        return (question,)
    return tuple(f"{part.strip(' ,;?')}?{topic}" for part in parts)


def _stands_apart(head: str, joint: str, tail: str) -> bool:
    """Whether both sides of a joint are questions, and the second is not a clause of the first."""
    opens = _OPENS.match(tail)
    is_asked, is_whether = _ASKS.match(head), _ASKS_WHETHER.match(head)
    if opens is None or not (is_asked or is_whether):
        return False
    if min(len(head.split()), len(tail.split())) < MIN_WORDS or not content_words(head):
        return False
    if _UNFINISHED.search(head) or _HALF.fullmatch(head) or (joint.strip(" ,;").isalpha() and tail[0].isupper()):
        return False
    # "…, and at what time?" asks the same question on.
    if (opens["ahead"] and not _HAS_VERB.search(tail)) or _BARE.fullmatch(tail):
        return False
    if opens["who"]:
        opener = is_asked.end() if is_asked else 0
        return _RELATIVE.search(head[opener:]) is None and "," not in head
    # "Does the first article say so, and does it give another reason?" is one question, answered with yes or no.
    return not (is_whether and (opens["it"] or opens["other"]))


def said_in_full(part: str, before: str) -> str | None:
    """A later part with its "it" replaced by the one thing that the part before it ends with, as in "Who approves a
    refund, and how long does it take?". None in any other case."""
    thing = _THING.search(before)
    if thing is None or len(_IT.findall(part)) != 1 or _NOTHING.search(part) or _WHICH.match(before):
        return None
    ahead = before[: thing.start()]
    # "When is the canteen open": what follows "is" may be more than the thing.
    is_more = _IS.search(ahead) is not None and (len(thing[0].split()) > 2 or len(ahead.split()) > 2)
    if is_more or _DOES.search(ahead) or " of " in thing[0]:
        return None
    return _IT.sub(lambda _: thing[0], part)


def queries_of_parts(question: str) -> tuple[str, ...]:
    """A search for each part of a message that asks several things; later parts get what the first is about."""
    first, *later = parts = parts_of(question)
    if not later:
        return ()
    return (first, *(_beside(first, before, part) for before, part in pairwise(parts)))


def _beside(first: str, before: str, part: str) -> str:
    if in_full := said_in_full(part, before):
        return in_full
    return with_topic(part, first) if points_back(part) and asked_last(part) == part else part
