"""The kinds of things that questions ask for: how a question of each kind is put, and how its answers look.

Each entry of `RELATIONS` and `KINDS` is a pair of patterns: the form of the question, and what an answer must hold.
The first form that fits a question decides.
"""

import re
from collections.abc import Set

from graph.questions.asked_names import NAMED_PERSON, NOT_GIVEN, OFFICE
from graph.texts.countries import country_pattern
from graph.texts.dates import BORN_ON, DATE, DAY_OR_MONTH, DIED_ON, MONTHS, WEEKDAY
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
)
from graph.texts.words import content_words

ASKS_MEANING = r"what\b[^?]{1,80}\b(?:means?|stands? for|short for|meant by)(?=\W*$)"
DEFINED = re.compile(
    r"^\W{0,6}[^.:–—=|\n]{1,60}?(?:\s?[–—=:]\s?|\s-\s|\s(?:is|are|means?|stands? for)\s)(?=(\S.{0,80}))|"
    r"\b(?:Meaning|Means|Definition): (\S.{0,80})"
)

DATE_OR_TIME = re.compile(
    rf"\b(?:1\d{{3}}|20\d{{2}})\b|\d{{1,2}}:\d{{2}}|\b(?:{DAY_OR_MONTH})\b|\b[Dd]ay \d{{1,3}}\b"
    r"|\b\d{1,2}\s?(?:[AaPp]\.?[Mm]\b)|\b(?:[Tt]omorrow|[Tt]oday|[Tt]onight|[Yy]esterday)\b"
)
DATE_OR_DURATION = re.compile(f"{DATE_OR_TIME.pattern}|(?i:{DURATION.pattern})")
PERSON = re.compile(rf"\b(?!{NOT_GIVEN}\b)[A-Z][\w'’-]{{1,40}}(?: (?:of|de|van|von|der))? [A-Z][\w'’-]{{1,40}}")
_EXTENSION = re.compile(
    r"\b(?:ext(?:ension)?|tel|tele?phone|phone|mobile|call)\b\.?:?\s?(?:is |number )?(\+?\d[\d -]{1,20})", re.I
)
CAPITAL = re.compile(r"\b[A-Z][\w'’-]+")


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)


_PLACE = r"[A-Z][\w'’.-]+"
WEEKDAYS = re.compile(rf"\b{WEEKDAY}s?\b")
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
SIGNS = {kind: re.compile(said) for (_, kind), (_, said) in zip(_KIN_FORMS, _KIN, strict=True)}
"""What every text with something of the kind holds; searching for this first is much faster."""


_WHAT = r"(?:what|which)"
_PAYING = r"(?:costs?|pay|paid|pays|charged?|worth|owe|owed|earn|earned|spend|spent|refunded)"
_WHEN = "when (?:was|were|is|are|did|does|do|will|can|could|should|must|has|have|had)"
_WHENEVER = "when (?:is|are|does|do|will|can|must|should)"
"""A rule's time may be a duration: keys expire after 400 days."""

RELATIONS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = (
    (_form(f"{_WHAT} (?:weekdays?|days|day of the week)"), WEEKDAYS),
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
"""Plurals, also irregular ones."""

SUM = re.compile(rf"{MONEY.pattern}|\b\d{{1,3}}(?:,\d{{3}})+\b", re.IGNORECASE)
_REACHING = r"(?:dial|ring|reach|phone|person['’]s|whose)"
KINDS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = (
    (_form("how often"), FREQUENCY),
    (_form(ASKS_MEANING), DEFINED),
    (
        _form(rf"{_REACHING}\b.*\bextension|extension\b.*\b{_REACHING}|need an extension|(?:tele)?phone number"),
        _EXTENSION,
    ),
    (_form(f"(?:until|by|till) when|what(?:'s|’s| is) the deadline|{_WHENEVER}"), DATE_OR_DURATION),
    (
        _form(
            f"{_WHEN}|date of|what(?:'s|’s| is) the (?:\\w+ )?date|{_WHAT} (?:year|date|day|month|hours)|released|"
            r"came out|(?:founded|established|built|published|started|formed) (?:first|earlier|later)|more recently"
        ),
        DATE_OR_TIME,
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
    (_form(f"what (?:do|does|did|is|are|was|will|would)\\b[^?]*\\b{_PAYING}"), SUM),
    (
        _form(
            "by name|names? please|the names?(?: of (?:the|that) \\w+)?(?=\\W*$)|names of (?:the|our|all)|"
            f"who\\b.*\\bname|{_WHAT} person"
        ),
        NAMED_PERSON,
    ),
    # Asked who holds an office, another office is no answer.
    (_form(f"who(?: is|'s|’s| are| was) (?:the|our|your) (?:[\\w-]+ ){{0,3}}?{OFFICE}"), NAMED_PERSON),
    (_form("who|whose|whom"), PERSON),
    (
        _form(f"where|{_WHAT} (?:city|place|town|state|company|team|site|depot|street|address|county|province)"),
        CAPITAL,
    ),
)


def is_meaning(match: re.Match[str], asked: Set[str]) -> bool:
    """Whether what `DEFINED` found is said of one of the words asked about; a column of meanings says it of its row."""
    return match[1] is None or not asked.isdisjoint(content_words(match[0]))
