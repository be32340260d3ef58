"""Lists of steps as a whole: "How do I reset the VPN?" is answered by all items of the list under that heading.

Some of the steps are worse than none, so a list is taken only where it can be seen where it begins and where it ends.
"""

import re
from collections.abc import Iterator, Sequence

from graph.evidence import Evidence, joined
from graph.reading import reading_of
from graph.tables import MAX_PASSAGES, Line, lines_of
from graph.words import content_words
from tools.passages import Passage

MIN_STEPS = 2
MAX_STEPS = 12
MAX_STEP_CHARACTERS = 400
MAX_FRAGMENT_WORDS = 4

_ASKS = re.compile(
    r"how (?:do|can|should|would|could|must|to)\b|what (?:are|is) the (?:steps?|procedure|process)\b|"
    r"steps? (?:to|for)\b|what (?:do|should|must) (?:i|we|you) do\b",
    re.IGNORECASE,
)
_CHANGES = re.compile(
    r"\b(?:not|never|no|without|except\w*|unless|if|instead|only|who|whom|whose|what|when|where|why|cannot)\b|n['’]t\b",
    re.IGNORECASE,
)
"""In a heading, or in the line above a list: it is no list of what to do."""

_DENIED = re.compile(r"\b(?:not|never|no|without|except|unless|instead|cannot)\b|n['’]t\b", re.IGNORECASE)
_STEPS = content_words("step procedure process")
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
_BULLET = re.compile(r"[-*+•]\s+\S")


def asks_for_steps(question: str) -> bool:
    """By its form: "How do I …?", or a fragment such as "vpn reset?"."""
    asked = question.strip()
    if _ASKS.match(asked):
        return True
    return not _IS_SENTENCE.search(asked) and 1 < len(content_words(asked)) <= MAX_FRAGMENT_WORDS


def may_hold_steps(question: str, passage: Passage) -> bool:
    """Whether one of its sections is about what the question asks how to do, and looks like a list."""
    if passage.status == "superseded":
        return False
    begun = [start for start, _ in passage.sections] or [0]
    return any(_is_about(question, passage, start, listed=passage.text) for start in begun) and any(
        _BULLET.match(line) or _NUMBERED.match(line) for line in map(str.lstrip, passage.text.splitlines())
    )


def steps_in(question: str, passages: Sequence[Passage]) -> tuple[Evidence, ...]:
    """The only list under a heading that the question is about, as evidence without numbers, in order; nothing in
    doubt. `passages` are all of one document, or its first MAX_PASSAGES and one more."""
    in_order = sorted(passages, key=lambda passage: passage.start)
    ends = len(in_order) <= MAX_PASSAGES
    found = _lists(list(lines_of(in_order[:MAX_PASSAGES])), ends=ends)
    asked = [(steps, is_certain) for steps, is_certain in found if _is_asked(question, steps)]
    if len(asked) != 1:
        return ()
    steps, is_certain = asked[0]
    if not is_certain or not MIN_STEPS <= len(steps) <= MAX_STEPS:
        return ()
    return tuple(_evidence(place, line) for place, line in enumerate(steps, start=1))


def with_steps(evidence: Sequence[Evidence], steps: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The evidence with all of the steps; new ones are as relevant as the most relevant of the sentences."""
    return joined(evidence, steps, max((item.relevance for item in evidence), default=0.0))


def steps_of(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The steps among the evidence, in their order."""
    return sorted((item for item in evidence if item.step), key=lambda item: item.step)


def _is_about(question: str, passage: Passage, offset: int, *, listed: str = "", numbered: bool = True) -> bool:
    """Whether the nearest heading over this place that names something says what the question asks how to do, its verb
    among it, and nothing else; one more word may be said in the steps themselves: the VPN's key. A fragment has to be
    said as a whole, and a list without numbers is of steps only where that is asked for."""
    path = passage.headings_at(offset)
    heading = next((named for named in reversed(path) if not _ONLY_STEPS.fullmatch(named)), passage.title)
    words, said = content_words(question) - _STEPS, content_words(heading)
    lacking = words - content_words(" ".join((passage.title, *path)))
    asks = _ASKS.match(question.strip())
    if not said or not said <= words or _CHANGES.search(heading) or _DENIED.search(question) or not (asks or numbered):
        return False
    if not asks:
        return not lacking
    verb = next(iter(word for word in question[asks.end() :].split() if content_words(word)), "")
    is_done = content_words(verb) <= said
    return is_done and (not lacking or (len(lacking) == 1 and lacking <= content_words(listed)))


def _is_asked(question: str, steps: Sequence[Line]) -> bool:
    listed = " ".join(step.text for step in steps)
    numbered = _NUMBERED.match(steps[0].text) is not None
    return _is_about(question, steps[0].passage, steps[0].start, listed=listed, numbered=numbered)


def _lists(lines: Sequence[Line], *, ends: bool) -> Iterator[tuple[list[Line], bool]]:
    """Runs of items with nothing between them, and whether each is known to be all that is to be done."""
    place = 0
    while place < len(lines):
        last = place
        while last < len(lines) and _goes_on(lines, place, last):
            last += 1
        if last == place:
            place += 1
            continue
        items = list(lines[place:last])
        below = lines[last] if last < len(lines) else None
        is_closed = ends if below is None else not (below.follows or below.lost)
        above = lines[place - 1] if place and _is_in_section(lines[place - 1], lines[place]) else None
        is_of_steps = above is None or not _CHANGES.search(above.text)
        are_short = all(len(line.text) <= MAX_STEP_CHARACTERS for line in items)
        yield items, is_closed and is_of_steps and are_short and not _is_taken_up(lines, place, last)
        place = last


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
    """Whether a numbered list goes on after a note or a picture, before its section ends."""
    later = (line for line in lines[last:] if _is_in_section(line, lines[first]))
    numbers = (_NUMBERED.match(line.text) for line in later)
    return any(number is not None and int(number[1]) == last - first + 1 for number in numbers)


def _is_in_section(line: Line, other: Line) -> bool:
    return line.passage.headings_at(line.start) == other.passage.headings_at(other.start)


def _evidence(place: int, line: Line) -> Evidence:
    passage, offset = line.passage, line.passage.start
    reading = reading_of(passage, line.start, line.end)
    return Evidence(0, passage, line.text, offset + line.start, offset + line.end, reading=reading, step=place)
