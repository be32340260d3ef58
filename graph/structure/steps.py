"""Lists of steps as answers: "How do I reset the VPN?" is answered by all items of the list under that heading."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from graph.evidence import Evidence, evidence_at, joined
from graph.questions.past import looks_back
from graph.structure.lists import NUMBERED, SENTENCE_END, List, is_item, lists_of
from graph.structure.tables import Line
from graph.texts.headings import unnumbered
from graph.texts.reading import reading_of
from graph.texts.small_words import denial_or
from graph.texts.words import content_words
from tools.passages import Passage

MIN_STEPS = 2
MAX_STEPS = 12
MAX_FRAGMENT_WORDS = 4


_ASKS = re.compile(
    r"how (?:do|can|should|would|could|must|to)\b|what (?:are|is) the (?:steps?|procedure|process)\b|"
    r"steps? (?:to|for)\b|what (?:do|should|must) (?:i|we|you) (?:(?:have|need) to )?(?:do|try)\b",
    re.IGNORECASE,
)
_ASKS_OUTRIGHT = re.compile(
    r"(?:what(?: are|['’]s| is)|list|give me|tell me|show me)(?: all)?(?: the| our)? (?:steps|procedure|process)\b"
    r"(?: (?:to|for|of)(?: (?:a|an|the|our|my))? (?P<verb>[\w-]+))?|"
    r".*\bstep[- ]by[- ]step\b|"
    r"what (?:(?:do|should|must|can) (?:i|we|you)(?: (?:have|need) to)?|to) do (?:if|when|in case)\b",
    re.IGNORECASE,
)
"""Asks for the steps themselves: not for one of them, nor who does them, when, or how long they take."""

_ASKED_OF = re.compile(
    r"(?P<case>[^:,;–?\n]{2,100}?)(?:\s?[:,;–]|\s-)\s{0,3}"
    r"(?:what (?:do|should|must|can) (?:i|we|you) (?:do|try)|what (?:now|to do|next))\b[^:,;\n]{0,30}",
    re.IGNORECASE,
)
"""A case, then the question what to do about it: "Printer jam: what do I do?"."""

_CHANGES = denial_or(r"except\w*|unless|instead|only|if|who|whom|whose|what|when|where|why")
"""With such a word in its heading, or in the line that introduces it, a list does not simply say what to do."""

_TOPIC = re.compile(r"(?:who|whom|whose|what|where|why)\b", re.IGNORECASE)
_LIMITS = denial_or(r"except\w*|unless|instead|only")
"""The same, for a sentence of its own above a list."""

_DENIED = denial_or("except|unless|instead")
_STEPS = content_words("step procedure process")
_ANY_ONE = frozenset({"one"})
_PAGES = content_words("runbook playbook guide manual howto instructions checklist tutorial")
"""What pages of steps are called; a question need not mention these words."""

_DOES = content_words("perform carry execute conduct try handle")
_MAKES = content_words("run make")
"""Verbs that say only that something is done. To make a thing may also mean to produce it, so `_MAKES` counts only if
the page says that its list is one of steps."""

_ONLY_STEPS = re.compile(
    r"(?:the )?(?:steps?(?: by step)?|procedure|instructions?|process|checklist|what to do)"
    r"(?: for (?:the |our |all )?"
    r"(?:customer|user|employee|manager|technician|agent|client|operator|guest|patient|admin)s?)?\W*",
    re.IGNORECASE,
)
"""A heading that announces steps, and at most for whom; the heading above it says what they are for."""

_IS_SENTENCE = re.compile(
    r"\b(?:who|whom|whose|which|what|when|where|why|how|is|are|was|were|do|does|did|can|may|must|will|should|has|have)\b",
    re.IGNORECASE,
)


_WARNING = re.compile(r"(?:please |and )?(?:never|do not|don['’]t)\b", re.IGNORECASE)
_POINTS_AT = re.compile(r"\b(?:this|these|that|those|them|it|so|following|below|any|either)\b", re.IGNORECASE)


def asks_for_steps(question: str) -> bool:
    """Whether it has the form of such a question: "How do I …?", or a fragment such as "vpn reset?"."""
    asked = question.strip()
    if _ASKS.match(asked) or _ASKED_OF.fullmatch(asked):
        return True
    return not _IS_SENTENCE.search(asked) and 1 < len(content_words(asked)) <= MAX_FRAGMENT_WORDS


def tells_how(question: str, passage: Passage, offset: int) -> bool:
    """Whether this place stands under a heading that names what the question asks how to do."""
    is_how = question.strip()[:4].casefold() == "how " and _asked_how(question) is not None
    if not is_how or _DENIED.search(question) or not passage.headings_at(offset):
        return False
    return _is_about(question, passage, offset)


def may_hold_steps(question: str, passage: Passage) -> bool:
    """Whether a passage has a list, and a section about what the question asks how to do."""
    if passage.status == "superseded":
        return False
    text = passage.text
    if not any(is_item(line.lstrip()) for line in text.splitlines()):
        return False
    begun = [start for start, _ in passage.sections] or [0]
    is_about = any(_is_about(question, passage, start, listed=text, above=text) for start in begun)
    return is_about or bool(_verb_of_page(question, passage))


def steps_in(question: str, passages: Sequence[Passage]) -> tuple[Evidence, ...]:
    """The steps that a document lists for what is asked, as evidence without numbers, in order; none in doubt.

    They are the only list under a heading that the question is about, or else the only list of a page with such a
    title. `passages` as in `lists_of`."""
    found = list(lists_of(passages))
    if asked := [one for one in found if _is_asked(question, one)]:
        return _steps_of_only(question, asked)
    return _steps_of_page(question, found)


def _steps_of_page(question: str, found: Sequence[List]) -> tuple[Evidence, ...]:
    """The steps on a page whose title is what is asked: its only list whose heading has the verb or announces steps. On
    "Pairing a sensor" that is the list under "Pairing one at a time", not the one under "Before you start"."""
    verb = _verb_of_page(question, found[0].items[0].passage) if found else frozenset()
    return _steps_of_only(question, [one for one in found if _is_headed(verb, one)]) if verb else ()


def _is_headed(verb: frozenset[str], one: List) -> bool:
    opening = one.items[0]
    heading = next(reversed(opening.passage.headings_at(opening.start)), "")
    is_said = verb <= content_words(heading) and not _CHANGES.search(heading)
    return is_said or _ONLY_STEPS.fullmatch(heading) is not None


def _verb_of_page(question: str, passage: Passage) -> frozenset[str]:
    """The verb of what is asked how to do, if the page's title says exactly that; else nothing."""
    asks = _asked_how(question)
    if asks is None or _DENIED.search(question) or _CHANGES.search(passage.title):
        return frozenset()
    words = _telling(asks) - _light(asks, passage, ())
    said = _telling(passage.title)
    return _first_of(words, asks) if words and said == words else frozenset()


def _steps_of_only(question: str, found: Sequence[List]) -> tuple[Evidence, ...]:
    """The items of the list, if there is exactly one, and it is whole, not too long, and not about another case."""
    if len(found) != 1 or not found[0].is_whole or not _leads_in(question, found[0].line_above):
        return ()
    steps = found[0].items
    if not MIN_STEPS <= len(steps) <= MAX_STEPS:
        return ()
    return tuple(_evidence(place, line) for place, line in enumerate(steps, start=1))


def lists_in(question: str, passages: Sequence[Passage]) -> Iterator[tuple[Evidence, ...]]:
    """Each list of a document that is whole and not about another case, another time, or what is not so; numbered items
    are steps. `passages` as in `lists_of`."""
    for one in lists_of(passages):
        denies = any(_DENIED.search(heading) and not _names_case(question, f"{heading}:") for heading in _path_of(one))
        if denies or not holds_under(question, one.whole_line_above):
            continue
        if items := _steps_of_only(question, [_under_its_topic(one)]):
            are_steps = NUMBERED.match(one.items[0].text) is not None
            yield items if are_steps else tuple(replace(item, step=None) for item in items)


def _under_its_topic(one: List) -> List:
    """The list, without the heading right above it if that heading is a topic ("Who approves") and no condition."""
    heading = next(reversed(_path_of(one)), "")
    is_heading = bool(heading) and one.line_above.lstrip("# ") == heading
    topic = _TOPIC.match(heading)
    is_topic = is_heading and topic is not None and not _CHANGES.search(heading, topic.end())
    return replace(one, before=()) if is_topic else one


def holds_under(question: str, above: str) -> bool:
    """Whether the line above a table or a list lets it stand: does not say that it lists what is not so, or a past that
    is not asked about."""
    *before, leading = SENTENCE_END.split(above)
    if leading.endswith(":"):
        is_limited = any(map(_LIMITS.search, before[-1:]))
        if is_limited or (_DENIED.search(leading) and not _names_case(question, leading)):
            return False
    return looks_back(question) or not looks_back(leading)


def asks_outright(question: str) -> bool:
    """Whether it asks for steps by that word, or asks what to do in a certain case."""
    return _ASKS_OUTRIGHT.match(question.strip()) is not None and not _DENIED.search(question)


def nearest_steps(question: str, passages: Sequence[Passage], nearest: Evidence) -> tuple[Evidence, ...]:
    """The steps of a question that asks for them outright, but not in a heading's words: the numbered list that has the
    `nearest` sentence as an item, or else the only one under the heading of that sentence, or under the headings below
    it. The list and what stands over it must have half of the question's words."""
    numbered = [one for one in lists_of(passages) if NUMBERED.match(one.items[0].text)]
    beside = [one for one in numbered if any(_holds(line, nearest) for line in one.items)]
    below = [one for one in numbered if _path_of(one)[: len(nearest.path)] == nearest.path]
    found = beside or [one for one in below if _path_of(one) == nearest.path] or below
    if len(found) != 1 or not _does_what_is_asked(question, found[0]):
        return ()
    return _steps_of_only(question, found)


def _does_what_is_asked(question: str, found: List) -> bool:
    words = content_words(question) - _STEPS
    told = content_words(" ".join((*_path_of(found), found.above, *(line.text for line in found.items))))
    asks = _ASKS_OUTRIGHT.match(question.strip())
    verb = content_words(asks["verb"]) if asks and asks["verb"] else frozenset()
    return verb <= told and 2 * len(words & told) >= len(words)


def _holds(line: Line, item: Evidence) -> bool:
    start = item.start - item.passage.start
    return line.passage.key == item.passage.key and line.start <= start < line.end


def _path_of(one: List) -> tuple[str, ...]:
    opening = one.items[0]
    return opening.passage.path_at(opening.start)


def with_steps(evidence: Sequence[Evidence], steps: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The evidence with all the steps; steps that are new to it get the relevance of its most relevant sentence."""
    return joined(evidence, steps, max((item.relevance for item in evidence), default=0.0))


def steps_of(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The steps among the evidence, in their order."""
    return sorted((item for item in evidence if item.step), key=lambda item: item.step or 0)


def _is_about(
    question: str, passage: Passage, offset: int, *, listed: str = "", above: str = "", numbered: bool = True
) -> bool:
    """Whether the heading over this place names what the question asks how to do, with its verb, and nothing else. It
    is the nearest heading that names something.

    One word of the question may appear only in the steps (`listed`), and any number only `above` them in their section.
    A question that is a fragment must have all its words in the headings, and gets a numbered list only."""
    path = passage.headings_at(offset)
    heading = next((named for named in reversed(path) if not _ONLY_STEPS.fullmatch(named)), passage.title)
    asks = _asked_how(question)
    said = _telling(heading)
    words = _telling(question if asks is None else asks) - (_light(asks, passage, path) - said)
    lacking = words - content_words(" ".join((passage.title, *path)))
    if not said or not said <= words or _CHANGES.search(heading) or not (asks is not None or numbered):
        return False
    if asks is None:
        return not lacking
    verb = _first_of(words, asks)
    is_said = not lacking or (len(lacking) == 1 and lacking <= content_words(listed)) or lacking <= content_words(above)
    return verb <= said and is_said


def _first_of(words: frozenset[str], asks: str) -> frozenset[str]:
    """The verb of what is asked: the first of its words that is among `words`."""
    return next((content_words(word) for word in asks.split() if content_words(word) & words), frozenset())


def _asked_how(question: str) -> str | None:
    """The part of the question that says what is to be done; None if it does not ask how to do something."""
    asked = question.strip()
    if asks := _ASKS.match(asked):
        return asked[asks.end() :]
    case = _ASKED_OF.fullmatch(asked)
    return case["case"] if case else None


def _telling(text: str) -> frozenset[str]:
    return content_words(unnumbered(text)) - _STEPS - _PAGES - _ANY_ONE


def _light(asked: str | None, passage: Passage, path: Sequence[str]) -> frozenset[str]:
    """The first word of what is asked how to do, if it is a verb that says only that the rest is done."""
    first = next((content_words(word) for word in (asked or "").split() if content_words(word)), frozenset())
    is_of_steps = any(map(_ONLY_STEPS.fullmatch, path)) or bool(
        content_words(" ".join((passage.title, *path))) & _PAGES
    )
    return first & (_DOES | _MAKES if is_of_steps else _DOES)


def _is_asked(question: str, found: List) -> bool:
    if _DENIED.search(question) and not _names_case(question, found.line_above):
        return False
    opening = found.items[0]
    listed = " ".join(step.text for step in found.items)
    numbered = NUMBERED.match(opening.text) is not None
    place = (opening.passage, opening.start)
    return _is_about(question, *place, listed=listed, above=found.above, numbered=numbered)


def _leads_in(question: str, above: str) -> bool:
    """Whether the line above a list lets it be an answer: the list is not about another case or what not to do."""
    if above.endswith("."):
        return not any(_LIMITS.search(one) and not _warns(one) for one in SENTENCE_END.split(above))
    return not _CHANGES.search(above) or _names_case(question, above)


def _warns(sentence: str) -> bool:
    """Whether it warns of something besides the list: "Never swap in heavy rain.", but not "Never do this."."""
    return _WARNING.match(sentence) is not None and not _POINTS_AT.search(sentence)


def _names_case(question: str, above: str) -> bool:
    """Whether it opens the list with exactly the case that is asked about: "If it doesn't start:"."""
    words = content_words(above)
    is_alike = bool(_DENIED.search(question)) == bool(_DENIED.search(above))
    return above.endswith(":") and bool(words) and words <= content_words(question) and is_alike


def _evidence(place: int, line: Line) -> Evidence:
    span = (line.passage, line.start, line.end)
    return evidence_at(*span, reading=reading_of(*span), step=place)
