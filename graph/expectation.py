"""What a question expects: the names it asks about, and the kind of thing its answer must be."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from graph.words import STOP_WORDS
from tools.names import name_key
from tools.passages import Passage

_NAME = re.compile(
    r"(?<![.!?]\s)\b[A-Z][\w'’.&-]*"
    r"(?:\s+(?:of|the|and|de|von|van|for|in|&)\s+[A-Z][\w'’&-]*|\s+[A-Z0-9][\w'’&-]*)*"
)
_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|thirty|hundred|thousand|million)\b",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\b(?:1\d{3}|20\d{2})\b|\d{1,2}:\d{2}|"
    r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December|"
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)\b"
)
_PERSON = re.compile(r"\b[A-Z][\w'’-]+(?: (?:of|de|van|von|der))? [A-Z][\w'’-]+")
_CAPITAL = re.compile(r"\b[A-Z][\w'’-]+")


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)


_WEEKDAY = re.compile(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?\b")
_EXPECTED: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = (
    (_form("(?:what|which) (?:weekday|day of the week)"), _WEEKDAY),
    (
        _form("when|date of|(?:what|which) (?:year|date|day|month|hours)|until when|born|died first|older|younger"),
        _DATE,
    ),
    (
        _form("how (?:many|much|long|old|often|big|large|far|high|tall|fast|quickly|soon|late|early|heavy|deep|wide)"),
        _NUMBER,
    ),
    (
        _form("(?:what|which) (?:number|percentage|price|temperature|amount|share|limit|threshold|extension|fee|cost)"),
        _NUMBER,
    ),
    (_form("what (?:do|does|did|is|are|was|will)[^?]* (?:cost|pay|paid|charge|charged|worth)"), _NUMBER),
    (_form("who|whose|whom|by name|(?:what|which) person"), _PERSON),
    (
        _form("where|(?:which|what) (?:city|country|place|town|state|company|team|site|depot|street|address)"),
        _CAPITAL,
    ),
)


@dataclass(frozen=True, slots=True)
class Unnamed:
    """Names of the question that no passage speaks of; `share` of all its names, 0 without any."""

    names: tuple[str, ...]
    share: float


def names_in(question: str) -> tuple[str, ...]:
    """Capitalised names in a question, its first word left out unless it goes on as a name."""
    found = []
    for match in _NAME.finditer(question):
        words = match.group().strip(" .'’").split()
        while words and words[0].casefold() in STOP_WORDS:
            words = words[1:]
        if words and (match.start() > 0 or len(words) > 1):
            found.append(" ".join(words))
    return tuple(dict.fromkeys(found))


def missing_names(question: str, passages: Sequence[Passage]) -> Unnamed:
    """A name counts as found when all its words stand in one passage, header included."""
    names = names_in(question)
    texts = [set(name_key(passage.content[:8_000]).split()) | set(_all_words(passage)) for passage in passages]
    lost = tuple(name for name in names if not any(set(name_key(name).split()) <= text for text in texts))
    return Unnamed(lost, len(lost) / len(names) if names else 0.0)


def _all_words(passage: Passage) -> list[str]:
    return [name_key(word) for word in passage.content.split()]


def expectation_met(question: str, quotes: Sequence[str]) -> float:
    """1 when some cited sentence holds the kind of thing asked for (a date, a number, a name not in the question),
    0 when none does, 0.5 when the question's form says nothing."""
    asked = set(name_key(question).split())
    for form, kind in _EXPECTED:
        if form.search(question):
            found = (match.group() for quote in quotes for match in kind.finditer(quote))
            return float(any(not set(name_key(item).split()) <= asked for item in found))
    return 0.5
