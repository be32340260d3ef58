"""The names in a question, which of them are people, and whether the documents know them."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import dropwhile

from graph.structure.missing_rows import is_no_row
from graph.texts.countries import countries_in, country_pattern, is_name
from graph.texts.dates import DAY_OR_MONTH
from graph.texts.measures import ANY_UNIT, MONEY_CODES
from graph.texts.words import STOP_WORDS, content_words
from tools.passages import Passage

_UNIT = rf"(?:{MONEY_CODES}|(?i:{ANY_UNIT}))\b"
_QUANTITY = rf"\d[\d.,]*\s?(?:[€$£%]|{_UNIT})"
"""A sum or a measure, with which no name goes on: "Nordhelm 250 EUR" is one of Nordhelm."""

_NAME = re.compile(
    rf"(?<![.!?]\s)\b(?!(?<=\d\s){_UNIT}|(?:{MONEY_CODES})\s?\d)[A-Z][\w'’.&-]*"
    r"(?:\s+(?:of|the|and|de|von|van|for|in|&)\s+[A-Z][\w'’&-]*|"
    rf"\s+(?!{_QUANTITY})(?:\d+(?:\.\d+)+|(?!(?:{MONEY_CODES})\s?\d)[A-Z0-9][\w'’&-]*))*"
)
NOT_GIVEN = r"(?:The|An?|This|That|These|Those|Our|Your|Their|Each|Every|All|No|If|When|For|In|On|At|From)"
"""What opens a sentence, and no name: "The Platform" is nobody."""

OFFICE = (
    r"(?:Manager|Lead|Leader|Officer|Head|Chief|Director|President|Secretary|Controller|Counsel|Captain|Engineer|Analyst|"
    r"Specialist|Coordinator|Administrator|Assistant|Supervisor|Deputy|Desk|Team|Department|Office|Committee|Board|"
    r"Council|Lab|Services?|Support|Plan|Policy|Price)"
)
_UPPER = f"[A-ZÀ-ÖØ-Þ{''.join(filter(str.isupper, map(chr, range(0x100, 0x180))))}]"
"""A capital of the Latin scripts: Łukasz and Şule are names, too."""

_PARTICLES = r"(?: (?:of|de|la|del|van|von|der|den|di|da|al|bin)){0,3}"
NAMED_PERSON = re.compile(
    rf"\b(?!(?:{NOT_GIVEN}|{OFFICE})\b){_UPPER}[\w'’-]{{1,40}}"
    rf"(?:{_PARTICLES} (?:{_UPPER}\.|(?!{OFFICE}\b){_UPPER}[\w'’-]{{1,40}}\b(?!\.\w))){{0,2}}"
    rf"{_PARTICLES} (?!{OFFICE}\b){_UPPER}[\w'’-]{{1,40}}\b(?! {OFFICE}\b)"
)
"""Two to four names or initials in a row of which none is an office: who wants a name is not helped by "the Head of
Security"."""


_POSSESSIVE = re.compile(r"['’]s?$")


def names_in(question: str) -> tuple[str, ...]:
    """The capitalised names in a question. Its first word counts only if the name goes on; "Is Lund …" names Lund."""
    found = []
    for match in _NAME.finditer(question):
        written = match.group().strip(" .'’").split()
        words = list(dropwhile(lambda word: word.casefold() in STOP_WORDS, written))
        if words and (match.start() > 0 or len(written) > 1):
            found.append(_POSSESSIVE.sub("", " ".join(words)))
    return tuple(dict.fromkeys(found))


_UNHEARD_OF = 0.5
"""From this share of its content words in names that no passage speaks of, a question is about somebody unknown."""

BEFORE_FIGURES = rf"(?:{MONEY_CODES}|FY|CY|HY)\W?\d"
"""Of sums and of years of accounts, which are no names."""

_NO_NAME = re.compile(
    rf"{BEFORE_FIGURES}|(?:{DAY_OR_MONTH})s?\b|(?:Christmas (?:Day|Eve)|Boxing Day|New Year['’]s)\b",
    re.IGNORECASE,
)
_JOINED = re.compile(r"\s(?:and|in|for|&)\s")


def unheard_names(question: str, passages: Sequence[Passage]) -> tuple[str, ...]:
    """The names of the question that occur in no passage. "Ada Brun in Porto" has two names, which need not occur in
    the same passage."""
    return tuple(name for name in _single_names(question) if not any(_speaks_of(one, name) for one in passages))


def _speaks_of(passage: Passage, name: str) -> bool:
    if content_words(name) <= content_words(passage.content):
        return True
    if " " in name and re.search(rf"\b{re.escape(''.join(name.split()))}\b", passage.content):
        return True  # a user name: AdaLovelace
    if countries := frozenset(countries_in(name)):
        return countries <= frozenset(countries_in(passage.content))
    return any(map(str.isdigit, name)) and _spelt(name).search(passage.content) is not None


def _spelt(code: str) -> re.Pattern[str]:
    """The spellings of a name: with or without its hyphen, and in the plural: the HG-4, HG4 and HG 4s."""
    parts = re.findall(r"[^\W\d_]+|\d+", code.removesuffix("s"))
    spelt = r"[\W_]{0,2}".join(map(re.escape, parts))
    return re.compile(rf"(?<![^\W_]){spelt}s?(?![^\W_])", re.IGNORECASE)


def names_heard(question: str, passages: Sequence[Passage]) -> float:
    """The share of the question's names that occur in some passage; 1 if it has none."""
    names = _single_names(question)
    return 1 - len(unheard_names(question, passages)) / len(names) if names else 1.0


def _single_names(question: str) -> tuple[str, ...]:
    """The names without amounts of money, days and months."""
    names = dict.fromkeys(part for name in names_in(question) for part in _JOINED.split(name))
    return tuple(name for name in names if not _NO_NAME.match(name))


_CODE = re.compile(
    rf"(?<![\w-])(?!{BEFORE_FIGURES})([A-Z]{{1,5}})(?:-?|(?<=[A-Z]{{2}}) (?=\d\d))(\d{{1,6}})(?![\w,.-]*\d)(?![\w-])"
)
"""E-42, HG4, ISO 9001; no sum and no year of accounts."""

_VERSION = re.compile(r"(?<![\w.,-])v?(\d{1,4}(?:\.\d{1,4}){1,3})(?![\w,-]|\.\d)")
_IN_YEAR = re.compile(r"\b(?:in|for|during|of|since) ((?:19|20)\d\d)\b(?!-)")
_OF_YEAR = re.compile(r"\b(?:in|for|during) (?:19|20)\d\d\b(?!-)")
MIN_OTHER_YEARS = 2
_ONWARDS = (
    r"[^.|\n]{0,20}?\b(?i:onwards?|upwards?|and (?:up|below|above|later|newer|higher|lower)|"
    r"or (?:later|newer|higher|lower|above|below))\b"
)
"""Right after a code or a version: it is told of others with it."""

_WITHIN = re.compile(r"\b(?:in|for) (?:the )?$")
_WHEREVER = re.compile(
    r"\b(?:any|all|every|each|other) (?:other )?countr(?:y|ies)\b|\b(?:abroad|worldwide|anywhere|everywhere|EU|EMEA|"
    r"European Union|Europe|Scandinavia|Nordics?)\b"
)


def is_unheard_of(question: str, passages: Sequence[Passage]) -> bool:
    """Whether the question names something that no passage speaks of. "Who is the Head of Marketing?" is not answered
    by another head's name, a question about Sweden not by what holds in Denmark, nor one about an HG-5 by the weight of
    an HG-4. Never true of a question in capitals throughout."""
    if not any(map(str.islower, question.split())):
        return False
    if _unheard_scope(question, passages) or is_no_row(question, passages):
        return True
    unheard = unheard_names(question, passages)
    if not unheard or len(unheard) < len(_single_names(question)):
        return False
    unheard = tuple(name for name in unheard if not _is_of_a_kind(name, passages))
    if any(_has_rival(name, question, passages) for name in unheard):
        return True
    asked = content_words(question)
    return len(content_words(" ".join(unheard)) & asked) >= _UNHEARD_OF * len(asked)


def _unheard_scope(question: str, passages: Sequence[Passage]) -> bool:
    """Whether it asks of a country where the passages speak of others alone, or of a thing by its code, a version or
    a year, where they speak of others of the kind."""
    codes, countries = _CODE.findall(question), _countries_asked(question)
    versions, years = frozenset(_VERSION.findall(question)), frozenset(_IN_YEAR.findall(question))
    if not codes and not countries and not versions and not years:
        return False
    text = " ".join(passage.content for passage in passages)
    if any(_is_another_version(version, text) for version in versions):
        return True
    if years and _is_of_other_years(content_words(question) - years, years, passages):
        return True
    heard = frozenset(countries_in(text)) if countries else frozenset()
    is_elsewhere = bool(heard) and countries.isdisjoint(heard) and not _WHEREVER.search(text)
    others = [_is_of_another(kind, number, text) for kind, number in codes]
    return (bool(countries) and is_elsewhere) or (bool(others) and all(others))


def _has_rival(name: str, question: str, passages: Sequence[Passage]) -> bool:
    """Whether the question tells a thing apart by the name, "the Premium plan", and others of its kind are spoken of:
    the Fleet plan, or rows of plans."""
    if any(map(str.isdigit, name)) or not (after := re.search(rf"\b[Tt]he {re.escape(name)} ([a-z]{{3,}})", question)):
        return False
    noun = re.escape(after[1])
    rival = re.compile(
        rf"(?<!\. )\b(?!(?:The|An?|Our|Your|This|That|Each|Every|No|Any|All)\b)[A-Z][\w-]+ {noun}\b|"
        rf"\b{noun.capitalize()}: [A-Z]|^\| ?{noun.capitalize()} ?\|",
        re.MULTILINE,
    )
    return any(rival.search(passage.content) for passage in passages)


def _is_of_other_years(words: frozenset[str], years: frozenset[str], passages: Sequence[Passage]) -> bool:
    """Revenue in 2023 is asked for, and told is that in 2024 and that in 2025, by the passages that speak of revenue. A
    year from which on something holds is none of these, nor is one that is not over yet."""
    if not words or any(int(year) >= datetime.now(UTC).year for year in years):
        return False
    telling = " ".join(one.text for one in passages if 2 * len(words & content_words(one.content)) >= len(words))
    is_heard = any(year in telling or f"/{year[2:]}" in telling for year in years)
    return not is_heard and len(_OF_YEAR.findall(telling)) >= MIN_OTHER_YEARS


def _is_another_version(version: str, text: str) -> bool:
    """A decimal number needs no other, a day or an address is no version, and what holds from a version on is told of
    later ones."""
    parts = version.split(".")
    if len(parts) != 3 or len(parts[-1]) == 4 or re.search(rf"\d\.\d{{1,4}}\b{_ONWARDS}", text):
        return False
    held = _VERSION.findall(text)
    return bool(held) and not any(f"{one}.".startswith(f"{version}.") for one in held)


def _countries_asked(question: str) -> frozenset[str]:
    """Those that the question is asked for: "in Sweden", but neither Swedish lessons nor the Sweden Office."""
    return frozenset(
        match.group()
        for match in country_pattern().finditer(question)
        if is_name(match.group())
        and _WITHIN.search(question[: match.start()])
        and not re.match(r"\s+[A-Z]", question[match.end() :])
    )


def _is_of_a_kind(name: str, passages: Sequence[Passage]) -> bool:
    """Whether it is a code of which others are spoken of; what that means for this one has been looked at."""
    code = _CODE.fullmatch(name)
    kind = re.compile(rf"(?<![^\W_]){code[1]}[\W_]{{0,2}}\d") if code else None
    return kind is not None and any(kind.search(passage.content) for passage in passages)


def _is_of_another(kind: str, number: str, text: str) -> bool:
    """Whether codes of the kind are spoken of, and none is this one: neither by itself nor in a range."""
    held = re.findall(rf"(?<![^\W_]){kind}[\W_]{{0,2}}(\d{{1,6}})(?!\w)", text)
    ranges = re.findall(
        rf"(?<![^\W_]){kind}[\W_]?(\d{{1,6}})\s?(?:to|through|[–—-])\s?(?:{kind})?[\W_]?(\d{{1,6}})(?!\w)", text
    )
    is_within = any(int(first) <= int(number) <= int(last) for first, last in ranges)
    goes_on = re.search(rf"(?<![^\W_]){kind}[\W_]?\d{{1,6}}{_ONWARDS}", text)
    return bool(held) and int(number) not in map(int, held) and not is_within and not goes_on


_NOBODY = re.compile(
    rf"\b(?:{DAY_OR_MONTH}|Street|Lane|Road|Avenue|Square|House|Hall|Park|Cent(?:er|re)|Ltd|GmbH|Inc|LLC|AG|Company|"
    r"Handbook|Guide|Page|Manual|Report|Customer|Success|Incident|Response|Since|Dear|Hello|Everyone|New|North|South)\b"
)


def people_in(text: str) -> tuple[str, ...]:
    """Names of two words or more that are no office, street, firm or book: most likely people; each once."""
    found = (_POSSESSIVE.sub("", match.group()) for match in NAMED_PERSON.finditer(text))
    return tuple(dict.fromkeys(name for name in found if not _NOBODY.search(name)))
