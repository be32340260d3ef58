"""What a question expects: the names it asks about, and the kind of thing its answer must be."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import dropwhile

from graph.countries import countries_in, country_pattern, is_name
from graph.measures import DISTANCE, DURATION, EXTENT, MONEY, NUMBER, SHARE, TEMPERATURE, count_of
from graph.quantities import CURRENCIES, CURRENCY_CODES
from graph.words import STOP_WORDS, content_words
from tools.names import name_key
from tools.passages import Passage

_NAME = re.compile(
    r"(?<![.!?]\s)\b[A-Z][\w'’.&-]*"
    r"(?:\s+(?:of|the|and|de|von|van|for|in|&)\s+[A-Z][\w'’&-]*|\s+[A-Z0-9][\w'’&-]*)*"
)
_DAY_OR_MONTH = (
    "January|February|March|April|May|June|July|August|September|October|November|December|"
    "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
)
_DATE = re.compile(
    rf"\b(?:1\d{{3}}|20\d{{2}})\b|\d{{1,2}}:\d{{2}}|\b(?:{_DAY_OR_MONTH})\b|\b[Dd]ay \d{{1,3}}\b"
    r"|\b\d{1,2}\s?(?:[AaPp]\.?[Mm]\b)|\b(?:[Tt]omorrow|[Tt]oday|[Tt]onight|[Yy]esterday)\b"
)
_DATE_OR_DURATION = re.compile(f"{_DATE.pattern}|(?i:{DURATION.pattern})")
_NOT_GIVEN = r"(?:The|An?|This|That|These|Those|Our|Your|Their|Each|Every|All|No|If|When|For|In|On|At|From)"
"""What opens a sentence, and no name: "The Platform" is nobody."""

_PERSON = re.compile(rf"\b(?!{_NOT_GIVEN}\b)[A-Z][\w'’-]{{1,40}}(?: (?:of|de|van|von|der))? [A-Z][\w'’-]{{1,40}}")
_OFFICE = (
    r"(?:Manager|Lead|Leader|Officer|Head|Chief|Director|President|Secretary|Controller|Counsel|Captain|Engineer|Analyst|"
    r"Specialist|Coordinator|Administrator|Assistant|Supervisor|Deputy|Desk|Team|Department|Office|Committee|Board|"
    r"Council|Lab|Services?|Support|Plan|Policy|Price)"
)
_EXTENSION = re.compile(
    r"\b(?:ext(?:ension)?|tel|tele?phone|phone|mobile|call)\b\.?:?\s?(?:is |number )?(\+?\d[\d -]{1,20})", re.I
)
_UPPER = "[A-ZÀ-ÖØ-Þ]"
_PARTICLES = r"(?: (?:of|de|la|del|van|von|der|den|di|da|al|bin)){0,3}"
_NAMED_PERSON = re.compile(
    rf"\b(?!(?:{_NOT_GIVEN}|{_OFFICE})\b){_UPPER}[\w'’-]{{1,40}}{_PARTICLES} "
    rf"(?!{_OFFICE}\b){_UPPER}[\w'’-]{{1,40}}\b(?! {_OFFICE}\b)"
)
"""Two names in a row of which none is an office: who wants a name is not helped by "the Head of Security"."""

_CAPITAL = re.compile(r"\b[A-Z][\w'’-]+")


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)


_MONTHS = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December|"
    r"(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.?)"
)
DATE = rf"(?:(?:\d{{1,2}}(?:st|nd|rd|th)? )?{_MONTHS}(?: \d{{1,2}}(?:st|nd|rd|th)?)?,? )?(?:1\d{{3}}|20\d{{2}})"
_PLACE = r"[A-Z][\w'’.-]+"
_WEEKDAY = re.compile(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?\b")
_BORN_AT = re.compile(
    rf"\b(?:[Bb]orn|[Bb]irth)\b(?:[^.;()]{{0,60}}?)\b(?:in|at|near|on)\s+(?:the\s+)?((?!{_MONTHS})[A-Z][\w'’.-]+)"
    rf"|\b[Nn]ative of ({_PLACE})|\b[Bb]orn[^()]{{0,40}}\d{{4}},? (?:(?:in|at|near) )?({_PLACE})"
    rf"|\((?:born )?{DATE},? (?:(?:in|at|near) )?({_PLACE})"
)
_DIED_AT = re.compile(
    rf"\b(?:died|[Dd]eath|dying|killed|passed away|executed|assassinated|drowned)\b[^.;()]{{0,80}}?\b(?:in|at|near)\s+"
    rf"(?:the\s+)?((?!{_MONTHS}\b)[A-Z][\w'’.-]+)|[–—-]\s?{DATE},? (?:(?:in|at|near) )?({_PLACE})[^()]{{0,60}}\)"
)
_BORN_ON = re.compile(
    rf"\b[Bb]orn\b[^.;]{{0,60}}?({DATE})|\b[Bb]irth\b.*?({DATE})"
    rf"|\([^()\d]{{0,60}}({DATE})(?:,? (?:in |at |near )?[A-Z][^()\d–—-]{{0,60}})?\s*(?:[–—-]|\)|to )"
)
_DIED_ON = re.compile(
    rf"\b(?:[Dd]ied|[Dd]eath|killed|executed|passed away)\b[^.;]{{0,60}}?({DATE})"
    rf"|\([^()]*?\d{{4}}[^()\d]{{0,60}}?\s*[–—-]\s*({DATE})|\([^()]*\d{{4}}\s?({DATE})\s*\)"
)
BIRTH, DEATH = "birth", "death"
_MONTH_NUMBERS = {name: n for n, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)}  # noqa: SIM905
_MADE_IN = re.compile(r"\b(?:is|was|are|were) (?:a|an|the) (?:[\w'’-]+ ){0,3}?(1\d{3}|20\d{2})\b")


def dates_of(said: str, kind: str | None) -> list[tuple[str, tuple[int, ...]]]:
    """Dates in a sentence as written and as (year, month, day), as far as they go: of birth, of death, or of making.

    Without a kind, what "is a 1953 film" counts before any other date.
    """
    pattern = {BIRTH: _BORN_ON, DEATH: _DIED_ON}.get(kind or "")
    if pattern is not None:
        written = [_value(match) for match in pattern.finditer(said)]
    else:
        written = [match[1] for match in _MADE_IN.finditer(said)] + re.findall(DATE, said)
    return [(text.strip(" ,"), parsed) for text in written if (parsed := _parsed(text))]


def _parsed(written: str) -> tuple[int, ...]:
    year = re.search(r"(?:1\d{3}|20\d{2})\s*$", written)
    if year is None:
        return ()
    before = written[: year.start()]
    month = re.search(r"[A-Z][a-z]{2}", before)
    day = re.search(r"\d{1,2}", before)
    number = _MONTH_NUMBERS.get(month.group().casefold()) if month else None
    if number is None:
        return (int(year.group()),)
    return (int(year.group()), number, int(day.group())) if day else (int(year.group()), number)


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
        _DIED_ON,
    ),
    (
        _form(
            r"when\b.*\b(?:born|birthday|birth)|(?:date|year) of birth|born in (?:what|which) year|birth ?(?:day|date)|"
            r"(?:what|which) year\b.*\bborn|born (?:first|later|earlier)|older|younger|oldest|youngest"
        ),
        _BORN_ON,
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
    (
        _form(rf"{_REACHING}\b.*\bextension|extension\b.*\b{_REACHING}|need an extension|(?:tele)?phone number"),
        _EXTENSION,
    ),
    (_form(f"(?:until|by|till) when|what(?:'s|’s| is) the deadline|{_WHENEVER}"), _DATE_OR_DURATION),
    (
        _form(
            f"{_WHEN}|date of|{_WHAT} (?:year|date|day|month|hours)|released|"
            r"came out|(?:founded|established|built|published|started|formed) (?:first|earlier|later)|more recently"
        ),
        _DATE,
    ),
    (_form("how (?:quickly|soon|(?:far|long) (?:ahead|in advance|before|beforehand))"), DURATION),
    (_form("how long"), EXTENT),
    (_form("how (?:far|high|tall|deep|wide)"), DISTANCE),
    (
        _form(f"how much (?:money|cash)|how much (?:do|does|did|is|are|was|will|would|can|may)\\b[^?]*\\b{_PAYING}"),
        MONEY,
    ),
    (_form(r"what (?:do|does|did|will|would)\b[^?]{0,80}\bcost"), MONEY),
    (_form(f"{_WHAT} (?:\\w+ )?(?:share|percentage|proportion|fraction)"), SHARE),
    (_form(f"{_WHAT} (?:\\w+ ){{0,2}}temperatures?|how (?:hot|cold|warm)"), TEMPERATURE),
    (_form(rf"how many (?:\w+ ){{0,2}}?(?P<counted>{_COUNTED})"), NUMBER),
    (_form("how (?:many|much|old|often|big|large|fast|late|early|heavy)"), NUMBER),
    (
        _form(
            rf"{_WHAT} (?:\w+ ){{0,2}}(?P<noun>number|percentage|price|amount|share|limits?|threshold|"
            "extension|fee|cost|rate|credit|discount|allowance|bonus|penalty|deposit|budget|salary|commission)"
        ),
        NUMBER,
    ),
    (_form(f"what (?:do|does|did|is|are|was|will|would)\\b[^?]*\\b{_PAYING}"), _SUM),
    (
        _form(f"by name|names? please|the names?(?: of (?:the|that) \\w+)?(?=\\W*$)|who\\b.*\\bname|{_WHAT} person"),
        _NAMED_PERSON,
    ),
    # Who holds an office is no other office.
    (_form(f"who(?: is|'s|’s| are| was) (?:the|our|your) (?:[\\w-]+ ){{0,3}}?{_OFFICE}"), _NAMED_PERSON),
    (_form("who|whose|whom"), _PERSON),
    (
        _form(f"where|{_WHAT} (?:city|place|town|state|company|team|site|depot|street|address|county|province)"),
        _CAPITAL,
    ),
)


_POSSESSIVE = re.compile(r"['’]s?$")


def names_in(question: str) -> tuple[str, ...]:
    """Capitalised names in a question, its first word left out unless it goes on as a name; "Is Lund …" goes on as
    one of a single word."""
    found = []
    for match in _NAME.finditer(question):
        written = match.group().strip(" .'’").split()
        words = list(dropwhile(lambda word: word.casefold() in STOP_WORDS, written))
        if words and (match.start() > 0 or len(written) > 1):
            found.append(_POSSESSIVE.sub("", " ".join(words)))
    return tuple(dict.fromkeys(found))


_UNHEARD_OF = 0.5
"""Share of the question's words of content in names that nobody speaks of from which it is about them."""

_NO_NAME = re.compile(rf"(?:{CURRENCY_CODES})\W?\d|(?:{_DAY_OR_MONTH})s?\b", re.IGNORECASE)
_JOINED = re.compile(r"\s(?:and|in|for|&)\s")


def unheard_names(question: str, passages: Sequence[Passage]) -> tuple[str, ...]:
    """Names of the question that stand in no passage. Of "Ada Brun in Porto" each is a name of its own: what is said of
    one and of the other need not stand in one passage."""
    return tuple(name for name in _single_names(question) if not any(_speaks_of(one, name) for one in passages))


def _speaks_of(passage: Passage, name: str) -> bool:
    if content_words(name) <= content_words(passage.content):
        return True
    if countries := frozenset(countries_in(name)):
        return countries <= frozenset(countries_in(passage.content))
    return any(map(str.isdigit, name)) and _spelt(name).search(passage.content) is not None


def _spelt(code: str) -> re.Pattern[str]:
    """With or without its hyphen, and in the plural: the HG-4, HG4 and HG 4s."""
    parts = re.findall(r"[^\W\d_]+|\d+", code.removesuffix("s"))
    spelt = r"[\W_]{0,2}".join(map(re.escape, parts))
    return re.compile(rf"(?<![^\W_]){spelt}s?(?![^\W_])", re.IGNORECASE)


def names_heard(question: str, passages: Sequence[Passage]) -> float:
    """Share of the question's names that stand in a passage; 1 when it gives none."""
    names = _single_names(question)
    return 1 - len(unheard_names(question, passages)) / len(names) if names else 1.0


def _single_names(question: str) -> tuple[str, ...]:
    """Without sums of money, days and months."""
    names = dict.fromkeys(part for name in names_in(question) for part in _JOINED.split(name))
    return tuple(name for name in names if not _NO_NAME.match(name))


_CODE = re.compile(rf"(?<![\w-])(?!{CURRENCY_CODES})([A-Z]{{1,5}})-?(\d{{1,6}})(?![\w-])")
_VERSION = re.compile(r"(?<![\w.,-])v?(\d{1,4}(?:\.\d{1,4}){1,3})(?![\w,-]|\.\d)")
_IN_YEAR = re.compile(r"\b(?:in|for|during|of|since) ((?:19|20)\d\d)\b(?!-)")
_YEAR = re.compile(r"(?<![\w-])((?:19|20)\d\d)(?![\w-])")
_WITHIN = re.compile(r"\b(?:in|for) (?:the )?$")
_WHEREVER = re.compile(
    r"\b(?:any|all|every|each|other) (?:other )?countr(?:y|ies)\b|\b(?:abroad|worldwide|anywhere|everywhere)\b|"
    r"\b(?:EU|European Union)\b"
)


def is_unheard_of(question: str, passages: Sequence[Passage]) -> bool:
    """Whether what is asked about goes by names of which no passage speaks: "Who is the Head of Marketing?" is not
    answered by another head's name, nor what holds in Sweden by what does in Denmark, nor what an HG-5 weighs by the
    weight of an HG-4. A question in capitals throughout gives none."""
    if not any(map(str.islower, question.split())):
        return False
    if _unheard_scope(question, passages):
        return True
    unheard = unheard_names(question, passages)
    if not unheard or len(unheard) < len(_single_names(question)):
        return False
    words = (name for name in unheard if not any(map(str.isdigit, name)))
    if any(re.search(rf"\b[Tt]he {re.escape(name)} [a-z]{{3,}}", question) for name in words):
        return True  # "the Premium plan" is no other plan
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
    return (bool(countries) and is_elsewhere) or any(_is_of_another(kind, number, text) for kind, number in codes)


def _is_of_other_years(words: frozenset[str], years: frozenset[str], passages: Sequence[Passage]) -> bool:
    """Revenue in 2023 is asked for, and told is that in 2024 and in 2025: by the passages that speak of revenue."""
    telling = [passage.content for passage in passages if 2 * len(words & content_words(passage.content)) >= len(words)]
    return bool(words and telling) and years.isdisjoint(found := _YEAR.findall(" ".join(telling))) and bool(found)


def _is_another_version(version: str, text: str) -> bool:
    """4.3 is asked for where it is part of 4.3.0; as a decimal number it needs no other."""
    held = _VERSION.findall(text)
    return version.count(".") > 1 and bool(held) and not any(f"{one}.".startswith(f"{version}.") for one in held)


def _countries_asked(question: str) -> frozenset[str]:
    """Those that the question is asked for: "in Sweden", but neither Swedish lessons nor the Sweden Office."""
    return frozenset(
        match.group()
        for match in country_pattern().finditer(question)
        if is_name(match.group())
        and _WITHIN.search(question[: match.start()])
        and not re.match(r"\s+[A-Z]", question[match.end() :])
    )


def _is_of_another(kind: str, number: str, text: str) -> bool:
    held = re.findall(rf"(?<![^\W_]){kind}[\W_]{{0,2}}(\d{{1,6}})(?!\w)", text)
    return bool(held) and number not in held


_NOBODY = re.compile(
    rf"\b(?:{_DAY_OR_MONTH}|Street|Lane|Road|Avenue|Square|House|Hall|Park|Cent(?:er|re)|Ltd|GmbH|Inc|LLC|AG|Company|"
    r"Handbook|Guide|Page|Manual|Report|Customer|Success|Incident|Response|Since|Dear|Hello|Everyone|New|North|South)\b"
)


def people_in(text: str) -> tuple[str, ...]:
    """Names of two words and more that are no office's, street's, firm's or book's: most likely people, each once."""
    found = (_POSSESSIVE.sub("", match.group()) for match in _NAMED_PERSON.finditer(text))
    return tuple(dict.fromkeys(name for name in found if not _NOBODY.search(name)))


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
    words = re.findall(r"[\w'’-]+", question)
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


def _value(match: re.Match[str]) -> str:
    """What a match says: the part the pattern singles out, else all of it."""
    return next(filter(None, match.groups()), match.group())


def asks_measure(question: str) -> bool:
    """How long, how far, how much money, which share or temperature."""
    return _expected(question).kind in (DURATION, EXTENT, DISTANCE, MONEY, _SUM, SHARE, TEMPERATURE)


_DAYS = frozenset({"date", "month", "year", "time", "weekday"})
_TERMS = frozenset({"duration", "working days"})
_SORTS: dict[re.Pattern[str], frozenset[str]] = {
    _DATE: _DAYS,
    _DATE_OR_DURATION: _DAYS | _TERMS,
    _WEEKDAY: frozenset({"weekday"}),
    DURATION: _TERMS,
    EXTENT: _TERMS | {"length", "character", "letter", "word", "line", "page", "digit"},
    DISTANCE: frozenset({"length"}),
    MONEY: CURRENCIES,
    _SUM: CURRENCIES,
    SHARE: frozenset({"%"}),
    TEMPERATURE: frozenset({"°c"}),
}


def sorts_expected(question: str) -> frozenset[str] | None:
    """Which kinds of amounts and days answer it, as `graph.values` names them: of any kind (None) where a number is
    asked for, none where it is a name."""
    kind = _expected(question).kind
    return None if kind is NUMBER else _SORTS.get(kind, frozenset()) if kind else frozenset()


def counts_the_asked(question: str, text: str) -> bool:
    """Whether a text has a number of what is to be counted, if something is."""
    expected = _expected(question)
    return expected.counted is None or expected.is_counted_in(text)


def asks_who(question: str) -> bool:
    return _expected(question).kind in (_PERSON, _NAMED_PERSON)


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


_MEASURES = (DURATION, DISTANCE, MONEY, SHARE, TEMPERATURE)


def _holds_bare_number(quote: str) -> bool:
    """Whether some number in it is no measure."""
    for measure in _MEASURES:
        quote = measure.sub(" ", quote)
    return NUMBER.search(quote) is not None


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
        return any(not self.repeats(_value(match)) for match in self.kind.finditer(quote))

    def is_counted_in(self, quote: str) -> bool:
        if self.counted is None:
            return False
        thing, number = self.counted
        return thing in quote.lower() and number.search(quote) is not None

    def repeats(self, value: str) -> bool:
        """Whether it is only what the question says itself, be it in the plural: "on Tuesdays"."""
        words = content_words(value)
        return self.asked.issuperset(name_key(value).split()) or (bool(words) and words <= self.stems)


_OFFERS = re.compile(r"[,:] (?:\w+ ){1,8}or (?:\w+ ?){1,8}\W*$")
"""One of two that the question gives: the answer is no other name."""


@lru_cache(maxsize=1_024)
def _expected(question: str) -> _Expected:
    """Read once a question, and compared with a hundred passages and sentences."""
    asked = frozenset(name_key(question).split())
    for form, kind in _RELATIONS if asks_yes_or_no(question) else (*_RELATIONS, *_KINDS):
        if asks := form.search(question):
            named = asks.groupdict()
            noun = (named.get("noun") or "").casefold().rstrip("s")
            counted = (named.get("counted") or "").casefold()[:-1]
            count = (counted, count_of(counted)) if counted else None
            if kind in (_PERSON, _NAMED_PERSON, _CAPITAL) and _OFFERS.search(question):
                break
            return _Expected(asked, kind, noun, count, content_words(question))
    return _Expected(asked)
