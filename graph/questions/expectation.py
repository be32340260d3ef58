"""What a question expects: the kind of thing that its answer must be, what is to be counted, and the words beside its
question word."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from graph.questions.asked_names import NAMED_PERSON, NOT_GIVEN, OFFICE
from graph.questions.meanings import ASKS_MEANING, DEFINED, is_meaning
from graph.texts.countries import country_pattern
from graph.texts.dates import BORN_ON, DATE, DAY_OR_MONTH, DIED_ON, MONTHS, WEEKDAY, value_of
from graph.texts.measures import (
    AMOUNT,
    CHARGE,
    DISTANCE,
    DURATION,
    EXTENT,
    FREQUENCY,
    MONEY,
    NUMBER,
    SHARE,
    TEMPERATURE,
    UNIT,
    count_of,
)
from graph.texts.one_form import in_one_form
from graph.texts.quantities import CURRENCIES
from graph.texts.words import content_words
from tools.names import name_key

_DATE = re.compile(
    rf"\b(?:1\d{{3}}|20\d{{2}})\b|\d{{1,2}}:\d{{2}}|\b(?:{DAY_OR_MONTH})\b|\b[Dd]ay \d{{1,3}}\b"
    r"|\b\d{1,2}\s?(?:[AaPp]\.?[Mm]\b)|\b(?:[Tt]omorrow|[Tt]oday|[Tt]onight|[Yy]esterday)\b"
)
_DATE_OR_DURATION = re.compile(f"{_DATE.pattern}|(?i:{DURATION.pattern})")
_PERSON = re.compile(rf"\b(?!{NOT_GIVEN}\b)[A-Z][\w'’-]{{1,40}}(?: (?:of|de|van|von|der))? [A-Z][\w'’-]{{1,40}}")
_EXTENSION = re.compile(
    r"\b(?:ext(?:ension)?|tel|tele?phone|phone|mobile|call)\b\.?:?\s?(?:is |number )?(\+?\d[\d -]{1,20})", re.I
)
_CAPITAL = re.compile(r"\b[A-Z][\w'’-]+")


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)


_PLACE = r"[A-Z][\w'’.-]+"
_WEEKDAY = re.compile(rf"\b{WEEKDAY}s?\b")
_BORN_AT = re.compile(
    rf"\b(?:[Bb]orn|[Bb]irth)\b(?:[^.;()]{{0,60}}?)\b(?:in|at|near|on)\s+(?:the\s+)?((?!{MONTHS})[A-Z][\w'’.-]+)"
    rf"|\b[Nn]ative of ({_PLACE})|\b[Bb]orn[^()]{{0,40}}\d{{4}},? (?:(?:in|at|near) )?({_PLACE})"
    rf"|\((?:born )?{DATE},? (?:(?:in|at|near) )?({_PLACE})"
)
_DIED_AT = re.compile(
    rf"\b(?:died|[Dd]eath|dying|killed|passed away|executed|assassinated|drowned)\b[^.;()]{{0,80}}?\b(?:in|at|near)\s+"
    rf"(?:the\s+)?((?!{MONTHS}\b)[A-Z][\w'’.-]+)|[–—-]\s?{DATE},? (?:(?:in|at|near) )?({_PLACE})[^()]{{0,60}}\)"
)
_KIN = (
    (
        r"mother|father|parents?|grandmother|grandfather|grandparents?",
        r"\b(?:son|daughter|child|children|grandson|"
        r"granddaughter|born) (?:of|to)\b|\b(?:[Mm]other|[Ff]ather|[Pp]arents)\b|\b[Gg]rand(?:father|mother|parents)\b",
    ),
    (r"wife|husband|spouse|widow", r"\b(?:married|marriage|wife|husband|spouse|widow|wed|consort)\b"),
    (r"sons?|daughters?|child|children", r"\b(?:sons?|daughters?|child|children|father of|mother of)\b"),
    (r"brothers?|sisters?|siblings?", r"\b(?:brothers?|sisters?|siblings?|twin)\b"),
    (
        r"stepfather|stepmother|stepson|uncle|aunt|nephew|niece|cousin|father-in-law|mother-in-law|sibling-in-law",
        r"\b(?:step\w+|uncle|aunt|nephew|niece|cousin|married|marriage|brother|sister|son of|daughter of)\b",
    ),
)


def _asking_for_kin(kin: str) -> re.Pattern[str]:
    """`who is X's mother?`, `who is the mother of …?`"""
    return re.compile(
        rf"\bwho(?:'s| is| was| are| were)\b.{{0,30}}?\b(?:{kin})\b(?: of|\?|$)|['’]s? (?:\w+ )?(?:{kin})\W*$", re.I
    )


def _near(said: str) -> re.Pattern[str]:
    """A name in a sentence about descent or marriage."""
    return re.compile(rf"(?:{said}).{{0,80}}?({_PLACE})|({_PLACE}).{{0,40}}?(?:{said})")


_KIN_FORMS = tuple((_asking_for_kin(kin), _near(said)) for kin, said in _KIN)
_SIGNS = {kind: re.compile(said) for (_, kind), (_, said) in zip(_KIN_FORMS, _KIN, strict=True)}
"""What any text holds that has something of the kind, and is found there much faster than the kind itself."""


_WHAT = r"(?:what|which)"
_PAYING = r"(?:costs?|pay|paid|pays|charged?|worth|owe|owed|earn|earned|spend|spent|refunded)"
_WHEN = "when (?:was|were|is|are|did|does|do|will|can|could|should|must|has|have|had)"
_WHENEVER = "when (?:is|are|does|do|will|can|must|should)"
"""A rule's time may be a term: keys expire after 400 days."""

_RELATIONS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = (
    (_form(f"{_WHAT} (?:weekdays?|days|day of the week)"), _WEEKDAY),
    (
        _form(r"where\b.*\bborn|place of birth|birth ?place|born in (?:what|which) (?:city|town|place|village)"),
        _BORN_AT,
    ),
    (_form(r"where\b.*\b(?:die|died|pass(?:ed)? away|killed)|(?:place|city|location) of death|death ?place"), _DIED_AT),
    (
        _form(
            r"when\b.*\b(?:die|died|pass(?:ed)? away|killed|death)|(?:date|year) of death|"
            r"(?:what|which) year\b.*\bdied?|died? (?:first|later|earlier)|lived longer|longer life"
        ),
        DIED_ON,
    ),
    (
        _form(
            r"when\b.*\b(?:born|birthday|birth)|(?:date|year) of birth|born in (?:what|which) year|birth ?(?:day|date)|"
            r"(?:what|which) year\b.*\bborn|born (?:first|later|earlier)|older|younger|oldest|youngest"
        ),
        BORN_ON,
    ),
    (
        _form("nationality|nationalities|(?:what|which) country|same country|from (?:what|which) country"),
        country_pattern(),
    ),
    *_KIN_FORMS,
    (
        _form(r"where\b.*\b(?:study|studied|graduated?|educated|attend|attended|go to (?:school|college))|alma mater"),
        re.compile(rf"\b(?:[Ss]tudied|[Gg]raduated?|[Ee]ducated|[Aa]ttended|[Aa]lumn\w+|degree)\b.*?({_PLACE})"),
    ),
    (
        _form("cause of death|how did .* die|why did .* die"),
        re.compile(
            r"\b(?:died (?:of|from|after|in|by)|cause of death|killed|suicide|cancer|heart|stroke|accident|murdered)\b"
        ),
    ),
)
_AFTER_NOUN = (
    "is|are|was|were|do|does|did|can|could|may|must|should|shall|has|have|had|will|would|of|in|at|on|for|to|per|a|each"
)
_COUNTED = rf"(?:people|children|women|men)\b|[a-z]{{3,30}}s(?= (?:{_AFTER_NOUN})\b|\W*$)"
"""Plurals, also those that don't look it."""

_SUM = re.compile(rf"{MONEY.pattern}|\b\d{{1,3}}(?:,\d{{3}})+\b", re.IGNORECASE)
_REACHING = r"(?:dial|ring|reach|phone|person['’]s|whose)"
_KINDS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = (
    (_form("how often"), FREQUENCY),
    (_form(ASKS_MEANING), DEFINED),
    (
        _form(rf"{_REACHING}\b.*\bextension|extension\b.*\b{_REACHING}|need an extension|(?:tele)?phone number"),
        _EXTENSION,
    ),
    (_form(f"(?:until|by|till) when|what(?:'s|’s| is) the deadline|{_WHENEVER}"), _DATE_OR_DURATION),
    (
        _form(
            f"{_WHEN}|date of|what(?:'s|’s| is) the (?:\\w+ )?date|{_WHAT} (?:year|date|day|month|hours)|released|"
            r"came out|(?:founded|established|built|published|started|formed) (?:first|earlier|later)|more recently"
        ),
        _DATE,
    ),
    (_form("how (?:quickly|soon|(?:far|long) (?:ahead|in advance|before|beforehand))"), DURATION),
    (_form("how long"), EXTENT),
    (_form("how (?:far|high|tall|deep|wide)"), DISTANCE),
    (
        _form(f"how much (?:money|cash)|how much (?:do|does|did|is|are|was|will|would|can|may)\\b[^?]*\\b{_PAYING}"),
        CHARGE,
    ),
    (_form(r"what (?:do|does|did|will|would)\b[^?]{0,80}\bcost"), CHARGE),
    (_form(f"{_WHAT} (?:\\w+ )?(?:share|percentage|proportion|fraction)"), SHARE),
    (_form(f"{_WHAT} (?:\\w+ ){{0,2}}temperatures?|how (?:hot|cold|warm)"), TEMPERATURE),
    (_form(rf"how many (?:\w+ ){{0,2}}?(?P<counted>{_COUNTED})"), NUMBER),
    (_form("how much"), AMOUNT),
    (_form("how (?:many|old|big|large|fast|late|early|heavy)"), NUMBER),
    (
        _form(
            rf"{_WHAT} (?:\w+ ){{0,2}}(?P<noun>number|percentage|price|amount|share|limits?|threshold|"
            "extension|fee|cost|rate|credit|discount|allowance|bonus|penalty|deposit|budget|salary|commission)"
        ),
        NUMBER,
    ),
    (_form(f"what (?:do|does|did|is|are|was|will|would)\\b[^?]*\\b{_PAYING}"), _SUM),
    (
        _form(
            "by name|names? please|the names?(?: of (?:the|that) \\w+)?(?=\\W*$)|names of (?:the|our|all)|"
            f"who\\b.*\\bname|{_WHAT} person"
        ),
        NAMED_PERSON,
    ),
    # Who holds an office is no other office.
    (_form(f"who(?: is|'s|’s| are| was) (?:the|our|your) (?:[\\w-]+ ){{0,3}}?{OFFICE}"), NAMED_PERSON),
    (_form("who|whose|whom"), _PERSON),
    (
        _form(f"where|{_WHAT} (?:city|place|town|state|company|team|site|depot|street|address|county|province)"),
        _CAPITAL,
    ),
)


def names_relation(question: str) -> bool:
    """Whether it asks for something that is said in few ways (where somebody died, whose son one is), so that a
    sentence of the kind is most likely the answer; a number or a name alone stands in many sentences."""
    return any(form.search(question) for form, _ in _RELATIONS)


_QUESTION_WORD = re.compile(r"who|whom|whose|which|what|when|where|why|how", re.IGNORECASE)
_AUXILIARY = frozenset("is are was were did does do has have had can could will would should may must".split())  # noqa: SIM905
FOCUS_REACH = 6


def focus_of(question: str) -> dict[str, float]:
    """The content words that stand near the question word, with how near (0–1): what the answer's own sentence says.

    "Jon Luther was the chairman of a company headquartered in what city?" is answered where a company is said to be
    headquartered, not where its chairman is named. Where an auxiliary follows the question word, the verb at the end
    counts as near.
    """
    words = re.findall(r"[\w'’-]+", in_one_form(question))
    places = [place for place, word in enumerate(words) if _QUESTION_WORD.fullmatch(word)]
    if not places:
        return {}
    found: dict[str, float] = {}
    place = places[0] if places[0] == 0 else places[-1]
    steps = 0
    for word in words[place + 1 :]:
        steps += bool(content_words(word))
        if steps > FOCUS_REACH:
            break
        found |= dict.fromkeys(content_words(word), 1 / (1 + steps / 2))
    steps = 0
    for word in reversed(words[:place]):
        steps += bool(content_words(word))
        if steps > FOCUS_REACH:
            break
        found |= {stem: max(found.get(stem, 0.0), 1 / (1 + steps / 2)) for stem in content_words(word)}
    if words[place + 1 : place + 2] and words[place + 1].casefold() in _AUXILIARY:
        found |= dict.fromkeys(content_words(words[-1]), 0.7)
    return found


def asks_yes_or_no(question: str) -> bool:
    """A quotation seldom answers such a question by itself."""
    return question.split(" ", 1)[0].casefold() in _AUXILIARY and " or " not in question


_SAYS_YES_OR_NO = re.compile(r"(?:yes|no)\b", re.IGNORECASE)


def says_yes_or_no(said: str) -> bool:
    """A reply in a list of questions, as a rule: "No. There is a shop next door."."""
    return bool(_SAYS_YES_OR_NO.match(said))


def asks_measure(question: str) -> bool:
    """How long, how far, how much, which share or temperature."""
    return _expected(question).kind in (DURATION, EXTENT, DISTANCE, CHARGE, _SUM, SHARE, TEMPERATURE, AMOUNT)


_DAYS = frozenset({"date", "month", "year", "time", "weekday"})
_TERMS = frozenset({"duration", "working days"})
_SORTS: dict[re.Pattern[str], frozenset[str]] = {
    _DATE: _DAYS,
    _DATE_OR_DURATION: _DAYS | _TERMS,
    _WEEKDAY: frozenset({"weekday"}),
    DURATION: _TERMS,
    FREQUENCY: _TERMS,
    EXTENT: _TERMS | {"length", "character", "letter", "word", "line", "page", "digit"},
    DISTANCE: frozenset({"length"}),
    CHARGE: CURRENCIES | {"%"},
    _SUM: CURRENCIES,
    SHARE: frozenset({"%"}),
    TEMPERATURE: frozenset({"°c"}),
}


def sorts_expected(question: str) -> frozenset[str] | None:
    """Which kinds of amounts and days answer it, as `graph.texts.values` names them: of any kind (None) where a number
    is asked for, none where it is a name."""
    kind = _expected(question).kind
    return None if kind in (NUMBER, AMOUNT) else _SORTS.get(kind, frozenset()) if kind else frozenset()


def asks_number_of(question: str) -> bool:
    """How many of something that it names."""
    return _expected(question).counted is not None


def counts_the_asked(question: str, text: str) -> bool:
    """Whether a text has a number of what is to be counted, if something is."""
    expected = _expected(question)
    return expected.counted is None or expected.is_counted_in(text)


def asks_who(question: str) -> bool:
    return _expected(question).kind in (_PERSON, NAMED_PERSON)


def asks_by_name(question: str) -> bool:
    """Who somebody is by name: an office alone is no answer."""
    return _expected(question).kind is NAMED_PERSON


def expectation_met(question: str, quotes: Sequence[str]) -> float:
    """1 when some cited sentence holds the kind of thing asked for (a date, a number, a name not in the question),
    0 when none does, 0.5 when the question says nothing about it, when none speaks of the rate … asked for, or when the
    number may be of something else than what is to be counted; days, kilometres or money are no number of people."""
    expected = _expected(question)
    if expected.kind is None:
        return 0.5
    said = [quote for quote in quotes if expected.noun in quote.casefold()] if expected.noun else quotes
    if expected.noun and not said:
        return 0.5
    if expected.counted is None:
        return float(any(map(expected.is_news_in, said)))
    new = list(filter(expected.is_news_in, said))
    if any(map(expected.is_counted_in, new)):
        return 1.0
    return 0.5 if any(map(_holds_bare_number, new)) else 0.0


_MEASURES = (DURATION, DISTANCE, MONEY, SHARE, TEMPERATURE, UNIT)


REMEMBERED = 2_048
"""Texts: each is looked through several times a question, by rank, by chain and as an answer."""


@lru_cache(REMEMBERED)
def _without_measures(quote: str) -> str:
    for measure in _MEASURES:
        quote = measure.sub(" ", quote)
    return quote


@lru_cache(REMEMBERED)
def _is_measured(thing: str) -> bool:
    """Whether a number of such things is a measure: "Depots take eight days" gives a number of days."""
    return any(measure.search(f"2 {thing}s") for measure in _MEASURES)


def _holds_bare_number(quote: str) -> bool:
    """Whether some number in it is no measure."""
    return NUMBER.search(quote) is not None and NUMBER.search(_without_measures(quote)) is not None


@lru_cache(REMEMBERED)
def _first_in(kind: re.Pattern[str], quote: str) -> str | None:
    """What a text holds first of a kind: mostly that is news, and there is no need to read on."""
    found = kind.search(quote)
    return value_of(found) if found else None


@dataclass(frozen=True, slots=True)
class _Expected:
    """The words of the question, the kind of thing it asks for, None when it says nothing about it, what of, and what
    is to be counted, with how a number of it looks."""

    asked: frozenset[str]
    kind: re.Pattern[str] | None = None
    noun: str = ""
    counted: tuple[str, re.Pattern[str]] | None = None
    stems: frozenset[str] = frozenset()

    def is_news_in(self, quote: str) -> bool:
        """Whether the quote holds something of the kind that the question does not say itself."""
        if self.kind is None or ((sign := _SIGNS.get(self.kind)) and not sign.search(quote)):
            return False
        first = _first_in(self.kind, quote)
        if first is None or (self.kind is not DEFINED and not self.repeats(first)):
            return first is not None
        found = (
            match for match in self.kind.finditer(quote) if self.kind is not DEFINED or is_meaning(match, self.stems)
        )
        return any(not self.repeats(value_of(match)) for match in found)

    def is_counted_in(self, quote: str) -> bool:
        if self.counted is None:
            return False
        thing, number = self.counted
        if thing not in quote.lower() or not number.search(quote):
            return False
        return _is_measured(thing) or number.search(_without_measures(quote)) is not None

    def repeats(self, value: str) -> bool:
        """Whether it is only what the question says itself, be it in the plural: "on Tuesdays"."""
        words = content_words(value)
        return self.asked.issuperset(name_key(value).split()) or (bool(words) and words <= self.stems)


MAX_CHARACTERS = 2_000
"""Of a question, in which its kind is looked for."""

_OFFERS = re.compile(r"[,:] (?:\w+ ){1,8}or (?:\w+ ?){1,8}\W*$")
"""One of two that the question gives: the answer is no other name."""


@lru_cache(maxsize=1_024)
def _expected(question: str) -> _Expected:
    """Read once a question, and compared with a hundred passages and sentences."""
    asked = frozenset(name_key(question).split())
    question = question[:MAX_CHARACTERS]
    for form, kind in _RELATIONS if asks_yes_or_no(question) else (*_RELATIONS, *_KINDS):
        if asks := form.search(question):
            named = asks.groupdict()
            noun = (named.get("noun") or "").casefold().rstrip("s")
            counted = (named.get("counted") or "").casefold()[:-1]
            count = (counted, count_of(counted)) if counted else None
            if kind in (_PERSON, NAMED_PERSON, _CAPITAL) and _OFFERS.search(question):
                break
            return _Expected(asked, kind, noun, count, content_words(question))
    return _Expected(asked)
