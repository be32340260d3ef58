"""Acronyms of a question, written out where the passages only know what they stand for, and words with or without
their hyphen: "CFO" as the Chief Financial Officer, "wifi" as "Wi-Fi".

Initials fit by chance, too, those of a person or a heading as well. So what the passages hold as it is asked stays, and
so does what could stand for two things.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from graph.texts.countries import countries_in
from graph.texts.words import STOP_WORDS
from tools.passages import Passage

MAX_ACRONYMS = 3
"""Of a question that are looked for; with more it is in capitals."""

MAX_CHARACTERS = 200_000
"""Of all passages together that are looked through."""

_ACRONYM = re.compile(r"(?<![\w@./:_&-])[A-Z]{2,5}(?![\w@/:_&-]|\.\w)")
_ABOUT_ITSELF = re.compile(r"\b(?:stands? for|short for|means?|meaning|abbreviat\w*|acronyms?|spel(?:t|l\w*))\b", re.I)
_EVERYDAY = frozenset("AI AM BC CD CV EU HQ ID IT LA NY OK PC PM PS TV UK UN US VR".split())  # noqa: SIM905
"""Known by these letters alone; what begins with them by chance is something else."""

_BETWEEN = r"[ -]{1,2}(?:(?:of|and|the|for|in|to|on|&) ){0,2}"
_OFFICE = (
    r"(?:Manager|Lead|Leader|Officer|Director|President|Secretary|Counsel|Engineer|Analyst|Specialist|Coordinator|"
    r"Administrator|Assistant|Supervisor|Owner|Team|Department|Office|Committee|Board)"
)
_IN_TEAM = re.compile(r"\b(?:Team|Department|Unit|Division): $", re.IGNORECASE)
_BEGUN = re.compile(r"[^\W\d_][\w'’]{0,40}[ -]$")
_DEPARTMENT = re.compile(r" (?:department|team|office|desk|manager|lead|officer|unit)\b", re.IGNORECASE)

_WORD = re.compile(r"(?<![\w@./:_-])[^\W\d_]{1,20}(?:-[^\W\d_]{1,20}){0,2}(?![\w@/:_-]|\.\w)")
_CHANGED = re.compile(r"(?:re|un|de|dis|co|pre|ex|in|mis|to|no)-", re.IGNORECASE)
"""What is put before a word may make it another without its hyphen: to re-sign is not to resign."""

LEAST_LETTERS = 4
"""Of a word that a hyphen may part."""


def written_out(question: str, passages: Sequence[Passage]) -> str:
    """The question with such acronyms and words as the passages write them; every other character stays. One in
    capitals throughout stays as it is."""
    if not any(map(str.islower, question)):
        return question
    texts = _within_reach(passages)
    acronyms = list(dict.fromkeys(_ACRONYM.findall(question)))
    if 0 < len(acronyms) <= MAX_ACRONYMS and not _ABOUT_ITSELF.search(question):
        text = "\n".join(texts)
        meant = {one: form for one in acronyms if (form := _full_form(one, text, question))}
        question = _ACRONYM.sub(lambda match: meant.get(match[0], match[0]), question)
    return _as_joined(question, texts)


def _within_reach(passages: Sequence[Passage]) -> list[str]:
    """Their first MAX_CHARACTERS together, each by itself: no word runs from one into the next."""
    texts: list[str] = []
    room = MAX_CHARACTERS
    for passage in passages:
        if room <= 0:
            break
        texts.append(passage.content[:room])
        room -= len(texts[-1]) + 1
    return texts


def _full_form(acronym: str, text: str, question: str) -> str | None:
    """The one run of capitalised words with these initials."""
    if acronym in _EVERYDAY or countries_in(acronym) or _stands_in(acronym, text):
        return None
    forms = dict.fromkeys(_runs(acronym, text))
    if len({form.casefold().replace("-", " ") for form in forms}) != 1:
        return None
    form = next(iter(forms))
    return None if form.casefold() in question.casefold() else form


def _runs(initials: str, text: str) -> Iterator[str]:
    """Such runs from where they begin: the Deputy Chief Financial Officer is no CFO. Two initials are anybody's, and
    "and" may list two things, so what has them must be an office or a department."""
    words = _BETWEEN.join(rf"{initial}[^\W\d_A-Z]{{1,20}}" for initial in initials)
    for match in re.finditer(rf"(?<![\w'’&-]){words}(?![\w'’&]|-\w)", text):
        before, after = text[max(0, match.start() - 50) : match.start()], text[match.end() : match.end() + 20]
        begun = _BEGUN.search(before)
        is_whole = begun is None or not begun[0][0].isupper() or begun[0].strip(" -").casefold() in STOP_WORDS
        if not is_whole or any(word.casefold() in STOP_WORDS for word in match[0].split() if word[0].isupper()):
            continue
        is_doubtful = len(initials) == 2 or " and " in match[0] or "&" in match[0]
        is_thing = _IN_TEAM.search(before) or _DEPARTMENT.match(after) or re.search(rf"\b{_OFFICE}$", match[0])
        if is_thing or not is_doubtful:
            yield match[0]


def _stands_in(word: str, text: str) -> bool:
    """In small letters, with full stops or in the plural, too."""
    spelt = r"\.?".join(map(re.escape, word))
    return re.search(rf"(?<![^\W_]){spelt}s?(?![^\W_])", text, re.IGNORECASE) is not None


def _as_joined(question: str, texts: Sequence[str]) -> str:
    """With the hyphens that the passages write, or without those that they don't, where they agree on it."""
    words = {match[0] for match in _WORD.finditer(question)}
    asked = {word.casefold() for word in words if len(_joined(word)) >= LEAST_LETTERS and not _CHANGED.match(word)}
    found: dict[str, set[str]] = {_joined(word): set() for word in asked}
    # Words with a hyphen are few and remembered, and settle most questions.
    if not any("-" in word for word in asked) and all(found.keys().isdisjoint(_parted_in(text)) for text in texts):
        return question
    for word in {word for text in texts for word in _WORD.findall(text)}:
        if (key := _joined(word)) in found:
            found[key].add(word)
    meant: dict[str, str] = {}
    for key, spellings in found.items():
        folded = {one.casefold() for one in spellings}
        if len(folded) == 1 and folded.isdisjoint(asked) and not any(map(_CHANGED.match, folded)):
            meant[key] = min(spellings)
    return _WORD.sub(lambda match: meant.get(_joined(match[0]), match[0]), question)


@lru_cache(maxsize=2_048)
def _parted_in(text: str) -> frozenset[str]:
    """The words that are written with a hyphen, without it."""
    parted = " ".join(word for word in text.split() if "-" in word)
    return frozenset(map(_joined, _WORD.findall(parted)))


def _joined(word: str) -> str:
    return word.replace("-", "").casefold()
