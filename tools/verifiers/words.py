"""Words, numbers, names and denials of a text, folded so that spelling doesn't hide that two are the same."""

import re

from tools.names import without_accents

_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_NAME = re.compile(r"\b[A-Z][\w’'-]+")
_COUNTS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen twenty""".split()  # noqa: SIM905
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()  # noqa: SIM905
_SPELT = {word: str(value) for value, word in enumerate(_COUNTS) if word != "one"} | {
    f"{place}{['st', 'nd', 'rd'][place - 1] if place < 4 else 'th'}": word
    for place, word in enumerate(_ORDINALS, start=1)
}
"""`one` is more often a pronoun."""
_AS_SPELT = re.compile(rf"\b(?:{'|'.join(_SPELT)})\b")
_PLACES = {word: str(place) for place, word in enumerate(_ORDINALS, start=1) if place > 2}
"""`first` and `second` are more often adverbs and a measure of time."""
COUNTED = frozenset({*_ORDINALS, "one"})
"""Words that count, where another one stands in their place."""
_THOUSANDS = re.compile(r"(?<=\d)[,’'](?=\d{3}(?!\d))")
_NEGATION = re.compile(r"\b(?:no|not|never|none|nor|neither|nobody|nothing|without|cannot|\w+n(?:['’]| )t)\b")
DENIAL_REACH = 4
"""Words before a quotation in which a negation takes it back."""
FUNCTION_WORDS = frozenset(
    """a an and are as at be been being but by can could did do does for from had has have he her him his i if in into
    is it its may might must my of on or our she should so such than that the their them then there these they this
    those to was we were what when where which while who whom whose why will with would you your yes no
    not""".split()  # noqa: SIM905
)


_INITIALS = frozenset({"it"})
_NAMES_TOO = frozenset({"will", "may", "who", "can"})
"""Of the function words, the ones that are names as well."""


def words_of(text: str) -> list[str]:
    return _WORD.findall(folded(text))


def content_words(text: str) -> frozenset[str]:
    return frozenset(word for word in words_of(text) if word not in FUNCTION_WORDS)


def numbers_of(text: str) -> set[str]:
    """In digits, however they are spelt."""
    line = folded(text)
    return set(_NUMBER.findall(line)) | {_PLACES[word] for word in _WORD.findall(line) if word in _PLACES}


def names_of(claim: str) -> set[str]:
    """Words of capitalised names behind the claim's first word, which is a capital anyway. "Yes, Their coats …" names
    nobody; Will Smith, The Who and the IT team are named by words that mean little elsewhere."""
    written = [match.group() for match in _NAME.finditer(claim) if match.start() > 0]
    pairs = [(word, name) for name in written for word in _WORD.findall(folded(name)) if len(word) > 1]
    return {word for word, name in pairs if word not in FUNCTION_WORDS or _is_name(word, name)}


def _is_name(word: str, written: str) -> bool:
    return written.isupper() if word in _INITIALS else word in _NAMES_TOO


def is_negated(text: str) -> bool:
    return bool(_NEGATION.search(text.casefold()))


def is_held(word: str, said: frozenset[str]) -> bool:
    """The word itself, or one with the same beginning (`approve`, `approved`, `approval`)."""
    if word in said:
        return True
    root = word[: max(4, len(word) - 3)]
    return len(word) > 4 and not word.isdigit() and any(other.startswith(root) for other in said)


def is_named(name: str, said: frozenset[str]) -> bool:
    """A name has no inflected forms to forgive but a plural's `s`: Maria is not Marion."""
    return name in said or f"{name}s" in said or name.removesuffix("s") in said


def quotes(claim: str, text: str) -> bool:
    """Whether the text holds the claim word for word, and not right behind a denial ("it is not true that …")."""
    before, found, _ = f" {' '.join(words_of(text))} ".partition(f" {' '.join(words_of(claim))} ")
    return bool(found) and not is_negated(" ".join(before.split()[-DENIAL_REACH:]))


def folded(text: str) -> str:
    """Spelling folded away: `José` and `jose`, `1,500` and `1500`, `six` and `6`, `3rd` and `third` are one word."""
    return _AS_SPELT.sub(lambda found: _SPELT[found.group()], without_accents(_THOUSANDS.sub("", text)))
