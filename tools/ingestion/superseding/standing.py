"""What a line says about its own document: that another has replaced it, or that it replaces another.

Labels ("Status: superseded by ADR-0015", "Replaces: …") and notices ("This page is out of date; see …") count. Running
prose does not: "the law superseded by the act" is about the law.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tools.dates import MONTHS

MAX_LINE_CHARACTERS = 400
MAX_NAME_CHARACTERS = 160
_OUTDATED = r"(?:superseded|replaced|obsoleted?|deprecated|archived|withdrawn|outdated|out[ -]of[ -]date)"
_PASSED_ON = r"(?:superseded|replaced|obsoleted|deprecated)"
_INSTEAD = rf"(?:{_PASSED_ON}\s+by\b|by\b|in\s+favou?r\s+of\b)"
_LOOK = r"(?:please\s+)?(?:see|refer\s+to)\b"
_WHEN = r"(?:with\s+effect\s+from|effective(?:\s+from)?|as\s+(?:of|from)|from|since|on)"
_OWNER = r"(?:document|doc|page|policy|decision|adr|rfc|record)"
_DOCUMENT = (
    r"(?:page|document|doc|article|policy|guide|guideline|procedure|runbook|handbook|manual|version|edition|revision"
    r"|decision|record|adr|rfc|note|specification|proposal|text|file)"
)
_STATUS = re.compile(rf"(?:{_OWNER}\s+)?status\s*[:=]\s*(?P<value>\S.*)", re.IGNORECASE)
_BY = re.compile(r"(?:superseded|replaced|obsoleted)[ _-]by\s*[:=]\s*(?P<value>\S.*)", re.IGNORECASE)
_OLD = re.compile(r"(?:supersedes|replaces|obsoletes)\s*[:=]\s*(?P<value>\S.*)", re.IGNORECASE)
_OLD_SAID = re.compile(
    rf"(?:this\s+(?:[\w-]+\s+)?{_DOCUMENT}\s+)?(?:supersedes|replaces|obsoletes)\s+(?P<value>\S.*)", re.IGNORECASE
)
_ONCE_ACCEPTED = re.compile(
    rf"(?:accepted|approved|active|final)\W{{1,4}}(?:(?:but|and|then|now|later)\s+){{0,2}}(?={_PASSED_ON}\s+by\b)",
    re.IGNORECASE,
)
_VALUE = re.compile(
    rf"{_OUTDATED}(?=\s*(?:$|[.,;!()–—-])|\s+(?:and\s+)?(?:{_INSTEAD}|{_LOOK}|{_WHEN}\s))(?P<rest>.*)", re.IGNORECASE
)
_TENTATIVE = re.compile(
    r"\s*(?:propos(?:ed|al)|draft|rejected|declined|pending|planned|(?:in|under|for)\s+review)\b", re.IGNORECASE
)
_NOTICE = re.compile(
    rf"(?:(?:note|notice|warning|important|attention|caution)\s*[:!]\s*)?{_OUTDATED}(?P<rest>\s*[.!)]*\s*$"
    rf"|(?:\s*[,;:.(–—-]+)?\s*(?:and\s+)?(?:{_INSTEAD}|{_LOOK}|kept\b|do\s+not\s+use\b).*)",
    re.IGNORECASE,
)
_THIS_IS = re.compile(
    rf"(?:(?:note|notice|warning|important|attention|caution)\s*[:!]\s*)?this\s+(?:[\w-]+\s+){{0,2}}{_DOCUMENT}\s+"
    rf"(?:is|has\s+been|was)\s+(?:now\s+)?(?:{_OUTDATED}|no\s+longer\s+(?:valid|in\s+force|in\s+effect|current"
    rf"|up\s+to\s+date|maintained))(?P<rest>\s*(?:$|[.,;!(–—-])|\s+(?:and|{_INSTEAD}|{_LOOK}|{_WHEN}\s+(?:\d|the\s)).*)"
    r"(?P<more>.*)",
    re.IGNORECASE,
)
_HEDGED = re.compile(
    r"\b(?:if|when|whenever|where|unless|until|any|all|part|parts|partly|partially|in\s+case|to\s+the\s+extent)\b",
    re.IGNORECASE,
)
_GOES_ON = re.compile(r",\s+(?!(?:please|see|kept|effective|which|from|as|since|on|in|and)\b)", re.IGNORECASE)
"""A continuation that makes prose of what began like a notice: "Superseded by the convention, the treaty was dead"."""
_POINTER = re.compile(rf"\b(?:{_INSTEAD}|{_LOOK})\s*:?\s*(?P<name>\S.*)", re.IGNORECASE)
_PLACE = re.compile(r"(?<![\w/.-])[\w/.-]{1,200}\.(?:md|markdown|txt|rst|adoc|html?|docx?|pdf)\b", re.IGNORECASE)
_REFERENCE = re.compile(
    r"(?:[A-Za-z]{2,12}[ -]?#?\d{1,6}|(?:version|revision|edition|v)[ .]?\d{1,4}(?:\.\d{1,4}){0,3})\b", re.IGNORECASE
)
_CERTAIN = re.compile(rf"{_REFERENCE.pattern}(?=$|:|\s+[–—-]\s)", re.IGNORECASE)
_ENDS = re.compile(
    rf"\s*(?:[;|·(\[!]|[.,](?:\s|$)|\s[–—-]\s|\s(?:{_WHEN}\s+(?:the\s+)?\d|instead\b|which\b|{_LOOK}))", re.IGNORECASE
)
_LIST = re.compile(r"\s*(?:,|;|&|\band\b)\s*")
_THE = re.compile(r"\s*the\s+", re.IGNORECASE)
_NOTHING = re.compile(r"(?:none|nothing|no|n/?a|tbd|[-–—?]+)\.?", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"[{<]|\b(?:x{2,}|n{3,}|adr-n+)\b", re.IGNORECASE)
_SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,9}$")
_QUOTES = " \t\"'“”‘’«»`_.,:"
_MONTHS = tuple(map(str.casefold, MONTHS))
_MONTH = "|".join((*_MONTHS, *(f"{month[:3]}\\.?" for month in _MONTHS)))
_DAY = re.compile(
    rf"\b{_WHEN}\s+(?:the\s+)?(?:(?P<iso>\d{{4}}-\d\d-\d\d)|(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?\s+(?P<month>{_MONTH})"
    rf"\s+(?P<year>\d{{4}})|(?P<month2>{_MONTH})\s+(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year2>\d{{4}}))\b",
    re.IGNORECASE,
)
Linked = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Standing:
    """What a document says about its own status.

    `is_outdated`: it says that it is out of date. `by` and `supersedes` are link targets or names. `since` is the ISO
    day from which on it is outdated, `supersedes_since` that from which on it replaces others. `is_tentative`: it is
    not yet accepted, so what it would replace is still in force.
    """

    is_outdated: bool = False
    is_tentative: bool = False
    by: str | None = None
    supersedes: tuple[str, ...] = ()
    since: str | None = None
    supersedes_since: str | None = None


def names_a_place(written: str) -> bool:
    """Whether it is written as a path or an address, and not as the name of a document."""
    path = re.split(r"[?#]", written, maxsplit=1)[0]
    is_address = written.lower().startswith(("http:", "https:", "mailto:", "ftp:"))
    return is_address or "/" in path or "\\" in path or _SUFFIX.search(path) is not None


def standing_of_value(value: str, linked: Linked = ()) -> Standing | None:
    """The meaning of the text after "Status:"; None if it changes nothing ("accepted"). `linked` holds (text,
    target)."""
    if _TENTATIVE.match(value):
        return Standing(is_tentative=True)
    said = _VALUE.match(_ONCE_ACCEPTED.sub("", value[:MAX_LINE_CHARACTERS].strip(), count=1))
    return None if said is None else _outdated(said["rest"], linked)


def standing_of_label(line: str, linked: Linked = ()) -> Standing | None:
    """The meaning of a line such as "Status: superseded by ADR-0015"; None for any other line."""
    if status := _STATUS.match(line):
        return standing_of_value(status["value"], linked)
    if by := _BY.match(line):
        name = _pointed_at(by["value"], linked)
        return None if name is None else Standing(is_outdated=_is_certain(name), by=name)
    old = _OLD.match(line)
    return _replacing(old["value"], linked) if old else None


def standing_of_notice(paragraph: str, linked: Linked = ()) -> Standing | None:
    """The meaning of a paragraph that is a notice, or of a sentence that says what the document replaces; None
    otherwise."""
    begun = paragraph[:MAX_LINE_CHARACTERS]
    if _BY.match(begun):  # a label, perhaps without a value
        return None
    if said := _NOTICE.match(begun):
        return None if _GOES_ON.search(_first_sentence(said["rest"])) else _outdated(said["rest"], linked)
    if said := _THIS_IS.match(begun):
        return _outdated(said["rest"] + said["more"], linked)
    if (old := _OLD_SAID.match(begun)) and (found := _replacing(old["value"], linked)):
        is_this = old.group()[:5].lower() == "this "
        return found if is_this or all(map(_is_certain, found.supersedes)) else None
    return None


def is_status_label(line: str) -> bool:
    return _STATUS.match(line) is not None


def _outdated(rest: str, linked: Linked) -> Standing | None:
    first = _first_sentence(rest)
    if _HEDGED.search(first) or _PLACEHOLDER.search(first):
        return None
    pointer = _POINTER.search(rest)
    by = _pointed_at(pointer["name"], linked) if pointer else None
    return Standing(is_outdated=True, by=by, since=_day_in(first))


def _first_sentence(text: str) -> str:
    return re.split(r"[.!;](?:\s|$)", text, maxsplit=1)[0]


def _replacing(value: str, linked: Linked) -> Standing | None:
    if _HEDGED.search(value) or _PLACEHOLDER.search(value) or _NOTHING.fullmatch(value.strip()):
        return None
    if targets := tuple(target for text, target in linked if text and text in value):
        return Standing(supersedes=targets, supersedes_since=_day_in(value))
    parts = [part for part in _LIST.split(value.strip(_QUOTES)) if part]
    if len(parts) > 1 and all(_REFERENCE.fullmatch(part) or _PLACE.fullmatch(part) for part in parts):
        return Standing(supersedes=tuple(parts))
    name = _pointed_at(value, ())
    return Standing(supersedes=(name,), supersedes_since=_day_in(value)) if name else None


def _pointed_at(tail: str, linked: Linked) -> str | None:
    """The document that the rest of a line refers to: its first link, else a file name, else its words."""
    if _NOTHING.fullmatch(tail.strip()) or _PLACEHOLDER.search(tail):
        return None
    for text, target in linked:
        if text and text in tail:
            return target
    if place := _PLACE.search(tail):
        return place.group()
    if the := _THE.match(tail):
        tail = tail[the.end() :]
    end = _ENDS.search(tail)
    name = tail[: end.start() if end else None].strip(_QUOTES)[:MAX_NAME_CHARACTERS]
    return name if name and not _NOTHING.fullmatch(name) else None


def _is_certain(name: str) -> bool:
    """Whether this can only be a document. Other words count only if a document has that name."""
    return names_a_place(name) or _CERTAIN.match(name) is not None


def _day_in(said: str) -> str | None:
    match = _DAY.search(said)
    if match is None:
        return None
    month = (match["month"] or match["month2"] or "").lower()[:3]
    number = next((n for n, full in enumerate(_MONTHS, 1) if full[:3] == month), 0)
    try:
        if match["iso"]:
            return date.fromisoformat(match["iso"]).isoformat()
        return date(int(match["year"] or match["year2"]), number, int(match["day"] or match["day2"])).isoformat()
    except ValueError:
        return None
