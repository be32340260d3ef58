"""Definitions: "What is a Shadow shift?" is answered by "Shadow shift – …", not by a sentence that mentions one."""

import re
from collections.abc import Sequence
from functools import lru_cache

from graph.evidence import Evidence
from graph.structure.rows import cells_of, is_sheet_of
from graph.texts.words import content_words
from tools.names import folded

_ARTICLE = r"(?:(?:an?|the|our|your) )?"
_THING = rf"{_ARTICLE}([^?,;]{{1,60}}?)"
_ASKS = re.compile(
    rf"\W{{0,9}}(?:what(?:['’]?s| is| are) {_THING}|what (?:does|do) {_THING} (?:mean|stand for)|define {_THING})"
    r"\s{0,3}[?.!]{0,3}",
    re.IGNORECASE,
)
_DEFINES = re.compile(
    rf"{_ARTICLE}(?P<names>[^–—:;=.!?]{{1,80}}?)(?:\s{{0,3}}(?:[–—=]|:(?=\s))|\s-\s"
    r"|\s(?:means?|stands? for|(?:is|are) (?:an?|the|our|one of|any|every|what|how|when)\b))\s{0,3}\S",
    re.IGNORECASE,
)
"""With a verb it tells what kind of thing it is; others tell how that is: "the lift is behind the bar"."""

_BEGINS = re.compile(rf"{_ARTICLE}(?P<begun>.{{1,100}})", re.IGNORECASE)
_MODEL = re.compile(r"\b[A-Z]{1,4}-?\d{1,4}\b")
_PARTS = re.compile(r"\s+/\s+|\s*[()]\s*|\s+or\s+")


def asks_meaning(question: str) -> bool:
    """Whether it asks what something is: "What is a Wren?", "Define RPO"."""
    return bool(_asked(question))


def is_page_of_thing(question: str, title: str) -> bool:
    """Whether a page with this title is about the very thing that the question asks for, whatever its model: "Heron
    HG-4 specification" for a Heron."""
    thing = _asked(question)
    return bool(thing) and any(is_sheet_of(thing, one) for one in (title, _MODEL.sub(" ", title)))


def defines(question: str, item: Evidence) -> bool:
    """Whether it is a glossary entry, or a sentence like one, about the very thing that the question asks for, or one
    that begins with it on its own page."""
    thing = _asked(question)
    if not thing or cells_of(item.said):
        return False
    on_its_page = _begins_with(thing.split()[0], item.said) and is_page_of_thing(question, item.passage.title)
    return on_its_page or thing in _defined(item.said)


def is_passed_over(question: str, item: Evidence, evidence: Sequence[Evidence]) -> bool:
    """Whether it only mentions the thing to be defined, and another sentence defines it or is its row."""
    thing = _asked(question)
    if not thing or defines(question, item) or _begins_with(thing, item.said):
        return False
    if any(defines(question, other) for other in evidence):
        return True
    return not _is_row_of(thing, item) and any(_is_row_of(thing, other) for other in evidence)


def _is_row_of(thing: str, item: Evidence) -> bool:
    cells = cells_of(item.said)
    return bool(cells) and folded(cells[0][1]) == thing


@lru_cache(maxsize=256)
def _asked(question: str) -> str:
    """The thing to be defined, in the form in which it is compared; empty if the question asks for something else."""
    asked = _ASKS.fullmatch(question.strip())
    thing = next(filter(None, asked.groups()), "") if asked else ""
    return folded(thing).strip() if content_words(thing) else ""


def _begins_with(thing: str, said: str) -> bool:
    begun = _BEGINS.match(said)
    return begun is not None and f"{folded(begun['begun'])} ".startswith(f"{thing} ")


@lru_cache(maxsize=4_096)
def _defined(said: str) -> frozenset[str]:
    """The names that the sentence defines: "RPO / RTO – …" defines both."""
    entry = _DEFINES.match(said)
    return frozenset(folded(part).strip() for part in _PARTS.split(entry["names"])) - {""} if entry else frozenset()
