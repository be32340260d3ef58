"""Lists of steps as a whole: "How do I reset the VPN?" is answered by all items of the list under that heading.

Some of the steps are worse than none, so a list is taken only where it can be seen where it begins and where it ends.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise, takewhile

from graph.evidence import Evidence, evidence_at, joined
from graph.questions.past import looks_back
from graph.structure.tables import MAX_PASSAGES, Line, lines_of
from graph.texts.reading import reading_of
from graph.texts.small_words import denial_or
from graph.texts.words import content_words
from tools.passages import Passage

MIN_STEPS = 2
MAX_STEPS = 12
MAX_STEP_CHARACTERS = 400
MAX_FRAGMENT_WORDS = 4
MAX_LINES = 100
"""That are looked at above a list and below it."""


_ASKS = re.compile(
    r"how (?:do|can|should|would|could|must|to)\b|what (?:are|is) the (?:steps?|procedure|process)\b|"
    r"steps? (?:to|for)\b|what (?:do|should|must) (?:i|we|you) (?:do|try)\b",
    re.IGNORECASE,
)
_ASKS_OUTRIGHT = re.compile(
    r"(?:what(?: are|['’]s| is)|list|give me|tell me|show me)(?: all)?(?: the| our)? (?:steps|procedure|process)\b"
    r"(?: (?:to|for|of)(?: (?:a|an|the|our|my))? (?P<verb>[\w-]+))?|"
    r".*\bstep[- ]by[- ]step\b|"
    r"what (?:(?:do|should|must|can) (?:i|we|you)|to) do (?:if|when|in case)\b",
    re.IGNORECASE,
)
"""And not for one of them, or for who does them, when, or for how long."""

_ASKED_OF = re.compile(
    r"(?P<case>[^:,;–?\n]{2,100}?)(?:\s?[:,;–]|\s-)\s{0,3}"
    r"(?:what (?:do|should|must|can) (?:i|we|you) (?:do|try)|what (?:now|to do|next))\b[^:,;\n]{0,30}",
    re.IGNORECASE,
)
"""A case, and then what is to be done in it: "Printer jam: what do I do?"."""

_CHANGES = denial_or(r"except\w*|unless|instead|only|if|who|whom|whose|what|when|where|why")
"""In a heading, or in the line that leads in to a list: it is no list of what to do."""

_TOPIC = re.compile(r"(?:who|whom|whose|what|where|why)\b", re.IGNORECASE)
_LIMITS = denial_or(r"except\w*|unless|instead|only")
"""The same in a sentence of its own above a list."""

_DENIED = denial_or("except|unless|instead")
_STEPS = content_words("step procedure process")
_PAGES = content_words("runbook playbook guide manual howto instructions checklist tutorial")
"""What a page of steps is called; no question has to say so."""

_DOES = content_words("perform carry execute conduct try handle")
_MAKES = content_words("run make")
"""Verbs that say only that a thing is done. What is made may be another thing than what has a list, so that one has to
be said to be of steps."""

_ONLY_STEPS = re.compile(
    r"(?:the )?(?:steps?(?: by step)?|procedure|instructions?|process|checklist|what to do)"
    r"(?: for (?:the |our |all )?"
    r"(?:customer|user|employee|manager|technician|agent|client|operator|guest|patient|admin)s?)?\W*",
    re.IGNORECASE,
)
"""A heading that says that here are the steps, and at most for whom: what of is said by the heading above it."""

_IS_SENTENCE = re.compile(
    r"\b(?:who|whom|whose|which|what|when|where|why|how|is|are|was|were|do|does|did|can|may|must|will|should|has|have)\b",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(\d{1,2})[.)]\s+\S")
_INDENTED = ("  ", "\t")
MIN_INDENT = 2
"""By which an item stands to the right of the one that it belongs to."""

_BULLET = re.compile(r"[-*+•]\s+\S")


_WARNING = re.compile(r"(?:please |and )?(?:never|do not|don['’]t)\b", re.IGNORECASE)
_POINTS_AT = re.compile(r"\b(?:this|these|that|those|them|it|so|following|below|any|either)\b", re.IGNORECASE)
_TAKES_BACK = re.compile(r"(?:none|neither|no(?:t any)?) of (?:these|them|those|this)\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class _List:
    """`is_whole`: it is known to be all that is to be done. `before` are the lines of its section above it."""

    items: tuple[Line, ...]
    is_whole: bool
    before: tuple[str, ...]

    @property
    def whole_line_above(self) -> str:
        return self.before[-1] if self.before else ""

    @property
    def line_above(self) -> str:
        """Or what of it leads in to the list: its last sentence."""
        line = self.whole_line_above
        return _SENTENCE_END.split(line)[-1] if line.endswith(":") else line

    @property
    def above(self) -> str:
        return " ".join(self.before)


def asks_for_steps(question: str) -> bool:
    """By its form: "How do I …?", or a fragment such as "vpn reset?"."""
    asked = question.strip()
    if _ASKS.match(asked) or _ASKED_OF.fullmatch(asked):
        return True
    return not _IS_SENTENCE.search(asked) and 1 < len(content_words(asked)) <= MAX_FRAGMENT_WORDS


def tells_how(question: str, passage: Passage, offset: int) -> bool:
    """Whether the heading over this place says what the question asks how to do: what stands under it says how."""
    is_how = question.strip()[:4].casefold() == "how " and _asked_how(question) is not None
    if not is_how or _DENIED.search(question) or not passage.headings_at(offset):
        return False
    return _is_about(question, passage, offset)


def may_hold_steps(question: str, passage: Passage) -> bool:
    """Whether one of its sections is about what the question asks how to do, and looks like a list."""
    if passage.status == "superseded":
        return False
    begun = [start for start, _ in passage.sections] or [0]
    text = passage.text
    is_about = any(_is_about(question, passage, start, listed=text, above=text) for start in begun)
    return (is_about or bool(_verb_of_page(question, passage))) and any(
        map(_is_item, map(str.lstrip, text.splitlines()))
    )


def steps_in(question: str, passages: Sequence[Passage]) -> tuple[Evidence, ...]:
    """The only list under a heading that the question is about, or else the only one of a page that is called so, as
    evidence without numbers, in order; nothing in doubt. `passages` are all of one document, or its first MAX_PASSAGES
    and one more."""
    in_order = sorted(passages, key=lambda passage: passage.start)
    ends = len(in_order) <= MAX_PASSAGES
    found = list(_lists(_unwrapped(lines_of(in_order[:MAX_PASSAGES])), ends=ends))
    if asked := [one for one in found if _is_asked(question, one)]:
        return _steps_of_only(question, asked)
    return _steps_of_page(question, found)


def _steps_of_page(question: str, found: Sequence[_List]) -> tuple[Evidence, ...]:
    """The only list of the page whose heading has the verb, or says that here are the steps: on "Pairing a sensor" that
    under "Pairing one at a time", and not that under "Before you start"."""
    verb = _verb_of_page(question, found[0].items[0].passage) if found else frozenset()
    return _steps_of_only(question, [one for one in found if _is_headed(verb, one)]) if verb else ()


def _is_headed(verb: frozenset[str], one: _List) -> bool:
    opening = one.items[0]
    heading = next(reversed(opening.passage.headings_at(opening.start)), "")
    is_said = verb <= content_words(heading) and not _CHANGES.search(heading)
    return is_said or _ONLY_STEPS.fullmatch(heading) is not None


def _verb_of_page(question: str, passage: Passage) -> frozenset[str]:
    """The verb of what is asked how to do, where the page's title says just that; none of any other."""
    asks = _asked_how(question)
    if asks is None or _DENIED.search(question) or _CHANGES.search(passage.title):
        return frozenset()
    words = _telling(asks) - _light(asks, passage, ())
    said = _telling(passage.title)
    return _first_of(words, asks) if words and said == words else frozenset()


def _steps_of_only(question: str, found: Sequence[_List]) -> tuple[Evidence, ...]:
    """The items of the list, where it is one, known to its end, no list of another case and of a few steps."""
    if len(found) != 1 or not found[0].is_whole or not _leads_in(question, found[0].line_above):
        return ()
    steps = found[0].items
    if not MIN_STEPS <= len(steps) <= MAX_STEPS:
        return ()
    return tuple(_evidence(place, line) for place, line in enumerate(steps, start=1))


def lists_in(question: str, passages: Sequence[Passage]) -> Iterator[tuple[Evidence, ...]]:
    """Each list of a document that is known to be whole and is none of another case, of another time or of what is not;
    items with numbers are steps. `passages` as in `steps_in`."""
    in_order = sorted(passages, key=lambda passage: passage.start)
    for one in _lists(_unwrapped(lines_of(in_order[:MAX_PASSAGES])), ends=len(in_order) <= MAX_PASSAGES):
        denies = any(_DENIED.search(heading) and not _names_case(question, f"{heading}:") for heading in _path_of(one))
        if denies or not holds_under(question, one.whole_line_above):
            continue
        if items := _steps_of_only(question, [_under_its_topic(one)]):
            are_steps = _NUMBERED.match(one.items[0].text) is not None
            yield items if are_steps else tuple(replace(item, step=None) for item in items)


def _under_its_topic(one: _List) -> _List:
    """Without the heading right above it where that asks what the list says ("Who approves"): it is no condition."""
    heading = next(reversed(_path_of(one)), "")
    is_heading = bool(heading) and one.line_above.lstrip("# ") == heading
    topic = _TOPIC.match(heading)
    is_topic = is_heading and topic is not None and not _CHANGES.search(heading, topic.end())
    return replace(one, before=()) if is_topic else one


def holds_under(question: str, above: str) -> bool:
    """Whether the line above a table or a list does not say that it is of what is not, or of a past that is not asked
    about."""
    *before, leading = _SENTENCE_END.split(above)
    if leading.endswith(":"):
        is_limited = any(map(_LIMITS.search, before[-1:]))
        if is_limited or (_DENIED.search(leading) and not _names_case(question, leading)):
            return False
    return looks_back(question) or not looks_back(leading)


def asks_outright(question: str) -> bool:
    """Whether it calls what it asks for steps, or asks what to do in a case."""
    return _ASKS_OUTRIGHT.match(question.strip()) is not None and not _DENIED.search(question)


def nearest_steps(question: str, passages: Sequence[Passage], nearest: Evidence) -> tuple[Evidence, ...]:
    """Where steps are asked for outright, in other words than a heading's: the numbered list of this document of which
    the `nearest` sentence is an item, or else the only one under its heading, or under those below it; with what stands
    over it, it has to hold half of the question's words."""
    in_order = sorted(passages, key=lambda passage: passage.start)[:MAX_PASSAGES]
    lists = _lists(_unwrapped(lines_of(in_order)), ends=len(passages) <= MAX_PASSAGES)
    numbered = [one for one in lists if _NUMBERED.match(one.items[0].text)]
    beside = [one for one in numbered if any(_holds(line, nearest) for line in one.items)]
    below = [one for one in numbered if _path_of(one)[: len(nearest.path)] == nearest.path]
    found = beside or [one for one in below if _path_of(one) == nearest.path] or below
    if len(found) != 1 or not _does_what_is_asked(question, found[0]):
        return ()
    return _steps_of_only(question, found)


def _does_what_is_asked(question: str, found: _List) -> bool:
    words = content_words(question) - _STEPS
    told = content_words(" ".join((*_path_of(found), found.above, *(line.text for line in found.items))))
    asks = _ASKS_OUTRIGHT.match(question.strip())
    verb = content_words(asks["verb"]) if asks and asks["verb"] else frozenset()
    return verb <= told and 2 * len(words & told) >= len(words)


def _holds(line: Line, item: Evidence) -> bool:
    start = item.start - item.passage.start
    return line.passage.key == item.passage.key and line.start <= start < line.end


def _path_of(one: _List) -> tuple[str, ...]:
    opening = one.items[0]
    return opening.passage.path_at(opening.start)


def with_steps(evidence: Sequence[Evidence], steps: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The evidence with all of the steps; new ones are as relevant as the most relevant of the sentences."""
    return joined(evidence, steps, max((item.relevance for item in evidence), default=0.0))


def steps_of(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The steps among the evidence, in their order."""
    return sorted((item for item in evidence if item.step), key=lambda item: item.step or 0)


def _is_about(
    question: str, passage: Passage, offset: int, *, listed: str = "", above: str = "", numbered: bool = True
) -> bool:
    """Whether the nearest heading over this place that names something says what the question asks how to do, its verb
    among it, and nothing else; one more word may be said in the steps themselves: the VPN's key; or all others `above`
    them, in their section. A fragment has to be said as a whole, and a list without numbers is of steps only where that
    is asked for."""
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
    """What is done, as the first of the words that tell says it."""
    return next((content_words(word) for word in asks.split() if content_words(word) & words), frozenset())


def _asked_how(question: str) -> str | None:
    """What of the question says what is to be done; None of one that does not ask how to do a thing."""
    asked = question.strip()
    if asks := _ASKS.match(asked):
        return asked[asks.end() :]
    case = _ASKED_OF.fullmatch(asked)
    return case["case"] if case else None


def _telling(text: str) -> frozenset[str]:
    return content_words(text) - _STEPS - _PAGES


def _light(asked: str | None, passage: Passage, path: Sequence[str]) -> frozenset[str]:
    """The first word of what is asked how to do, where it says no more than that the rest is done."""
    first = next((content_words(word) for word in (asked or "").split() if content_words(word)), frozenset())
    is_of_steps = any(map(_ONLY_STEPS.fullmatch, path)) or bool(
        content_words(" ".join((passage.title, *path))) & _PAGES
    )
    return first & (_DOES | _MAKES if is_of_steps else _DOES)


def _is_asked(question: str, found: _List) -> bool:
    if _DENIED.search(question) and not _names_case(question, found.line_above):
        return False
    opening = found.items[0]
    listed = " ".join(step.text for step in found.items)
    numbered = _NUMBERED.match(opening.text) is not None
    place = (opening.passage, opening.start)
    return _is_about(question, *place, listed=listed, above=found.above, numbered=numbered)


def _leads_in(question: str, above: str) -> bool:
    """Whether what stands right above a list makes it no list of another case, and none of what is not to be done."""
    if above.endswith("."):
        return not any(_LIMITS.search(one) and not _warns(one) for one in _SENTENCE_END.split(above))
    return not _CHANGES.search(above) or _names_case(question, above)


def _warns(sentence: str) -> bool:
    """Whether it says what is not to be done beside what the list says: "Never swap in heavy rain.", not "Never do
    this."."""
    return _WARNING.match(sentence) is not None and not _POINTS_AT.search(sentence)


def _names_case(question: str, above: str) -> bool:
    """Whether it opens the list with just the case that is asked about: "If it doesn't start:"."""
    words = content_words(above)
    is_alike = bool(_DENIED.search(question)) == bool(_DENIED.search(above))
    return above.endswith(":") and bool(words) and words <= content_words(question) and is_alike


def _lists(lines: Sequence[Line], *, ends: bool) -> Iterator[_List]:
    """Runs of items with nothing between them."""
    place = 0
    while place < len(lines):
        last = place
        while last < len(lines) and _goes_on(lines, place, last):
            last += 1
        if last == place:
            place += 1
            continue
        items = tuple(lines[place:last])
        below = lines[last] if last < len(lines) else None
        is_closed = ends if below is None else not (below.follows or below.lost)
        are_short = all(len(line.text) <= MAX_STEP_CHARACTERS for line in items)
        nearest = (lines[at] for at in range(place - 1, max(-1, place - 1 - MAX_LINES), -1))
        before = tuple(line.text for line in takewhile(partial(_is_in_section, items[0]), nearest))[::-1]
        is_broken = _is_taken_up(lines, place, last) or _takes_up(items[0], before) or _takes_back(items[0], below)
        yield _List(items, is_closed and are_short and not is_broken, before)
        place = last


def _is_item(text: str) -> bool:
    return bool(_NUMBERED.match(text) or _BULLET.match(text))


def _unwrapped(lines: Iterable[Line]) -> list[Line]:
    """Items together with the indented lines right below them: of a step also the items of a list of its own."""
    whole: list[Line] = []
    for line in lines:
        item = whole[-1] if whole and line.follows else None
        if item and item.passage is line.passage and _is_of_item(line, item):
            whole[-1] = replace(item, end=line.end, closes=line.closes)
        else:
            whole.append(line)
    return whole


def _is_of_item(line: Line, item: Line) -> bool:
    if _is_item(line.text):
        return bool(_NUMBERED.match(item.text)) and _indent_of(line) >= _indent_of(item) + MIN_INDENT
    return _is_item(item.text) and line.passage.text[: line.start].endswith(_INDENTED)


def _indent_of(line: Line) -> int:
    """Characters before its first one, a tab for four."""
    begun = line.passage.text.rfind("\n", 0, line.start) + 1
    return len(line.passage.text[begun : line.start].expandtabs(4))


def _goes_on(lines: Sequence[Line], first: int, place: int) -> bool:
    """Whether this line is the next item of the list that begins with the `first`: of its kind, the next number, and in
    its section."""
    line, opening = lines[place], lines[first]
    number = _NUMBERED.match(line.text)
    if place == first:
        return int(number[1]) == 1 if number else bool(_BULLET.match(line.text))
    if line.lost or not _is_in_section(line, opening):
        return False
    if _NUMBERED.match(opening.text):
        return number is not None and int(number[1]) == place - first + 1
    return bool(_BULLET.match(line.text))


def _is_taken_up(lines: Sequence[Line], first: int, last: int) -> bool:
    """Whether a list goes on after a note or a picture, before its section ends: with its next number, or with another
    item that no line leads in to."""
    later = list(takewhile(partial(_is_in_section, lines[first]), lines[last : last + MAX_LINES]))
    if _NUMBERED.match(lines[first].text):
        numbers = (_NUMBERED.match(line.text) for line in later)
        return any(number is not None and int(number[1]) == last - first + 1 for number in numbers)
    return any(
        _BULLET.match(line.text) and not (_is_item(above.text) or above.text.endswith(":"))
        for above, line in pairwise(later)
    )


def _takes_up(item: Line, before: Sequence[str]) -> bool:
    """Whether a list without numbers is the rest of one above it in its section: of items, and then no line that leads
    in."""
    return bool(_BULLET.match(item.text)) and any(map(_BULLET.match, before)) and not before[-1].endswith(":")


def _takes_back(item: Line, below: Line | None) -> bool:
    """Whether the line below a list says that it was one of what is not."""
    return below is not None and _is_in_section(item, below) and _TAKES_BACK.match(below.text) is not None


def _is_in_section(line: Line, other: Line) -> bool:
    return line.passage.headings_at(line.start) == other.passage.headings_at(other.start)


def _evidence(place: int, line: Line) -> Evidence:
    span = (line.passage, line.start, line.end)
    return evidence_at(*span, reading=reading_of(*span), step=place)
