"""When two questions are the same in other clothes, decided by words and not by similarity.

Vectors can't decide it: "above 500 euros" and "above 5,000 euros", "highest" and "lowest", "from A to B" and "from B to
A" are closer together than two honest ways to ask one thing (`python -m evals.bench.caching` prints by how much). So
the order and the spelling of everything that may carry meaning must agree. What may differ is listed here.
"""

import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher

_FINAL = "?!.？！。"
_QUOTED = {'"': '"', "'": "'", "“": "”", "„": "“", "‘": "'", "«": "»", "»": "«", "`": "`"}
_AFTER_A_COURTESY = ",.!:;"
_CONTRACTED = {"what's": "what is", "who's": "who is", "where's": "where is", "when's": "when is", "how's": "how is"}
_OPENING = frozenset(
    {
        "who", "whom", "whose", "what", "which", "when", "where", "why", "how", "is", "are", "was", "were", "do",
        "does", "did", "can", "could", "should", "would", "will", "may", "must", "has", "have", "had", "please",
        "tell", "if", "in", "on", "at", "for", "from", "to", "with", "without", "by", "of", "the", "a", "an", "and",
        "or", "not", "no"
    }
)  # fmt: skip
"""Words that are written with a capital only where a question begins; any other capital is part of a name."""

_QUESTION_WORDS = frozenset({"who", "whom", "whose", "what", "which", "when", "where", "why", "how"})
_ASKING = tuple(
    tuple(phrase.split())
    for phrase in (
        "hi", "hello", "hey", "please",
        "tell me", "can you tell me", "could you tell me", "do you know", "i would like to know", "i want to know",
    )
)  # fmt: skip
_THANKS = tuple(tuple(phrase.split()) for phrase in ("please", "thanks", "thank you"))
_ARTICLES = frozenset({"a", "an", "the"})


def canonical(question: str) -> tuple[str, ...]:
    """The question's words without final marks, courtesies and a sentence's first capital.

    Signs inside stay where they stand, since they mean something: ".5" is not "5", "!=" not "=", and brackets say what
    belongs together. Taken for another question, one in another dress costs a miss.
    """
    words = _undressed(unicodedata.normalize("NFC", question).replace("’", "'")).split()
    if words and words[0].rstrip(_AFTER_A_COURTESY).lower() in _OPENING | _CONTRACTED.keys() | {"i"}:
        words[0] = words[0].lower()
    words = [part for word in _without_thanks(words) for part in _CONTRACTED.get(word, word).split()]
    return tuple(_without_courtesies(words))


def _undressed(text: str) -> str:
    """Without final marks and the quotation marks around the whole. A mark after a digit, a sign or a single letter may
    belong to it ("5!", "n!"), unless it is what ends any question."""
    while True:
        text = text.strip()
        said = text.rstrip(_FINAL)
        marks = text[len(said) :]
        if marks and said and (marks in {"?", "？"} or (len(said) > 1 and said[-2:].isalpha())):
            text = said
        elif len(text) > 2 and _QUOTED.get(text[0]) == text[-1] and not {text[0], text[-1]} & set(text[1:-1]):
            text = text[1:-1]
        else:
            return text


def _without_thanks(words: list[str]) -> list[str]:
    for thanks in _THANKS:
        if len(words) > len(thanks) and tuple(word.lower() for word in words[-len(thanks) :]) == thanks:
            words = _undressed(" ".join(words[: -len(thanks)]).rstrip(",")).split()
    return words


def _without_courtesies(words: list[str]) -> list[str]:
    changed = True
    while changed:
        changed = False
        for asking in _ASKING:
            begun, rest = words[: len(asking)], words[len(asking) :]
            # "Tell me about X" is a request of its own: only what leads up to a question word is a courtesy.
            if not rest or rest[0].lower() not in _QUESTION_WORDS:
                continue
            if tuple(word.rstrip(_AFTER_A_COURTESY).lower() for word in begun) == asking:
                words, changed = [rest[0].lower(), *rest[1:]], True
    return words


def differs_in_dress_alone(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two canonical questions differ in articles and in singular or plural at most, all else being equal and
    in the same order. Numbers, names, negations, comparisons and prepositions are "all else"."""
    matcher = SequenceMatcher(a=list(one), b=list(other), autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            continue
        left = [word for word in one[a:b] if word not in _ARTICLES]
        right = [word for word in other[c:d] if word not in _ARTICLES]
        if len(left) != len(right) or not all(map(_same_noun, left, right)):
            return False
        if _quantifies(one[b : b + 1]) or _quantifies(other[d : d + 1]):
            return False
    return True


def _same_noun(one: str, other: str) -> bool:
    """`refund` and `refunds`; lower-case words of some length alone, since names and codes end in an s as they like."""
    short, long = sorted((one, other), key=len)
    return one == other or (len(short) > 3 and short.isalpha() and short.islower() and long == f"{short}s")


def _quantifies(following: Sequence[str]) -> bool:
    """Whether an article changes the meaning: "few" and "a few", "little" and "a little", "most" and "the most"
    differ."""
    return bool(following) and following[0] in {"few", "little", "most", "least", "more", "less", "lot", "one", "other"}
