"""Who, of those that speak in a conversation, is asked about: "What does Noor suggest?" is answered by what Noor says,
"Who told Noor?" by somebody else."""

import re
from functools import lru_cache

from graph.texts.talk import name_of_speaker

_VERBS = (
    r"mention\w*|says?|said|suggest\w*|recommend\w*|propos\w+|thinks?|thought|describ\w+|tells?|told|inform\w*|report\w*|"
    r"announc\w+|shares?|shared|express\w*|discuss\w*|explain\w*|confirm\w*|remind\w*|repl(?:y|ies|ied)|respond\w*|"
    r"stat(?:es?|ed)|talk\w*|bring up|brought up|feels?|felt|believes?|consider\w*|writes?|wrote|agree[sd]?"
)
_NOUNS = (
    r"opinion\w*|views?|impression\w*|reaction\w*|responses?|suggestion\w*|recommendation\w*|proposals?|thoughts?|advice|"
    r"tips?|messages?|conversation\w*|discussion\w*|chats?|thread|channel|according|experience|answer"
)
_SAYING = re.compile(rf"\b(?:{_VERBS}|{_NOUNS})\b", re.IGNORECASE)
_AUXILIARY = r"(?:do|does|did|has|have|had|is|was|are|were|will|would|can|could|should)"
_OWN = rf"(?:favou?rite|own|go-to|preferred|{_NOUNS})"
_WHO = re.compile(r"\W*(?:who|whose|whom)\b", re.IGNORECASE)
_PROPOSING = re.compile(
    r"\b(?:ask(?:s|ed|ing)?|inquir\w+|request\w*|invit\w+|suggest\w*|propos\w+|recommend\w*|offer\w*|initiat\w+|want\w*|"
    r"ideas?|plans?|wonder\w*|challeng\w+)\b",
    re.IGNORECASE,
)
MIN_FIRST_NAME = 3
"""Characters of a first name by which a speaker may be meant."""


@lru_cache(maxsize=1_024)
def words_of_saying(question: str) -> str:
    """The words by which the question asks for what somebody says. That a thing is said in a conversation is no part of
    it: nobody writes "I suggest that I mention"."""
    return " ".join(_SAYING.findall(question))


def asks_for_proposal(question: str) -> bool:
    """Whether it asks for what is mostly put as a question itself: "How about a walk?" is a suggestion."""
    return _PROPOSING.search(question) is not None


@lru_cache(maxsize=4_096)
def speaks_for(question: str, speaker: str) -> bool | None:
    """Whether what this speaker says can be what is asked for: true if the question asks for their words, false if it
    asks who spoke to them; None if it does not tell.

    >>> speaks_for("What does Noor suggest?", "Noor"), speaks_for("Who told Noor?", "Noor")
    (True, False)
    """
    named = _forms_of(speaker)
    own = (
        rf"\b{_AUXILIARY} {named}\b(?! and\b|['’])|\b{named}['’]s? (?:[\w-]+ )?{_OWN}\b|"
        rf"\b(?:according to|in the (?:words|view) of) {named}\b|\bas {named}\b|^{named}\b"
    )
    if re.search(own, question, re.IGNORECASE):
        return True
    is_told = _WHO.match(question) is not None and re.search(rf"\b{named}\b", question, re.IGNORECASE) is not None
    return False if is_told else None


def _forms_of(speaker: str) -> str:
    """How a question may call a speaker: in full, in one word, or by the first name."""
    full = name_of_speaker(speaker)
    first = full.split(" ")[0]
    names = [speaker, full, *([first] if len(first) >= MIN_FIRST_NAME else [])]
    return rf"(?:{'|'.join(map(re.escape, dict.fromkeys(names)))})"
