"""The small words that reverse a sentence: what is said before noon is not said after it."""

import re

DENIALS = "not|never|no|without|cannot"
NO_ONE = "nobody|none|nothing|neither|nor"


def denial_or(words: str) -> re.Pattern[str]:
    """What denies, "n't" included, or one of these words, a pattern's alternatives: which ones turn a sentence away
    from the question depends on what it is read for."""
    return re.compile(rf"\b(?:{DENIALS}|{words})\b|n['’]t\b", re.IGNORECASE)


_DENIAL = denial_or(NO_ONE)
_PAIRS = tuple(
    (re.compile(rf"\b(?:{one})\b", re.IGNORECASE), re.compile(rf"\b(?:{other})\b", re.IGNORECASE))
    for one, other in (
        ("before", "after"),
        ("with", "without"),
        ("above|over|more than", "below|under|less than"),
        ("minimum|at least", "maximum|at most"),
        ("until", "from|since"),
    )
)
QUESTION_WORD = re.compile(r"\b(?:who|whom|whose|which|what|when|where|why|how)\b", re.IGNORECASE)
_DECIDING = denial_or("with|before|after|above|below|over|under|more|less|until|since|only|except|unless")


def is_denied(text: str) -> bool:
    return _DENIAL.search(text) is not None


def turns_round(question: str, said: str) -> bool:
    """Whether the sentence has the opposite of a small word of the question and not the word itself, or says outright
    the contrary of what is asked."""
    if is_denied(question) and not is_denied(said):
        return True
    both = (pair for one, other in _PAIRS for pair in ((one, other), (other, one)))
    return any(
        mine.search(question) and not theirs.search(question) and theirs.search(said) and not mine.search(said)
        for mine, theirs in both
    )


def ask_alike(one: str, other: str) -> bool:
    """Whether two questions with the same content words ask in the same way."""
    return _asking(one) == _asking(other)


def _asking(question: str) -> tuple[list[str], list[str]]:
    words = (QUESTION_WORD.findall(question.casefold()), _DECIDING.findall(question.casefold()))
    return sorted(words[0]), sorted(words[1])
