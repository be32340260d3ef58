"""Whether a question asks for all there is of something: "List all error codes", "What are the plans?"."""

import re
from dataclasses import dataclass

from graph.questions.past import looks_back
from graph.texts.measures import NUMBER
from graph.texts.small_words import denial_or
from graph.texts.words import content_words
from tools.names import folded

MAX_CHARACTERS = 120
"""A longer question is no plain one."""

_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?:please )?(?:list|enumerate|show|give|tell|name)(?: (?:me|us))?(?: (?:all|every))?(?: of)?"
        r"(?: (?:the|our|your|my|a))?(?: (?:full |complete )?(?:list|overview) of)?(?: all)?(?: the| our)? "
        r"(?P<things>(?!of\b).+)",
        r"(?:what|which|who)(?: are| is|['’]re|['’]s)(?: all)?(?: of)? (?:the|our|your|my)(?: (?:full|complete))? "
        r"(?:list of )?(?:all )?(?:the |our )?(?P<things>.+)",
        r"(?:what|which) (?P<things>(?!is\b|are\b|do\b|does\b).+?) (?:are there|exist|"
        r"are (?:available|possible|offered)|do (?:we|you) (?:have|offer|sell|use|know))",
        r"(?:all )?(?:the |our )?(?P<things>[a-z][a-z'’-]*(?: [a-z][a-z'’-]*){0,3})",
    )
)
_DONE = re.compile(r"what (?:all )?do (?:we|you|they|I) (?P<done>[a-z]+(?: [a-z]+){0,3})", re.IGNORECASE)
"""What a heading may say in the same words: "What we sell"."""

_PRICED = re.compile(
    r"(?:(?:how much|what) do(?: all)?(?: (?:the|our|your))? (?P<bought>[a-z-]+(?: [a-z-]+){0,2}?) cost(?: us)?"
    r"(?: (?:a|per|each) (?:day|month|year))?|"
    r"(?:how much are|(?:what (?:is|are) )?(?:the )?(?:prices?|costs?) (?:of|for))(?: all)?(?: (?:the|our|your))? "
    r"(?P<sold>[a-z-]+(?: [a-z-]+){0,2}))",
    re.IGNORECASE,
)
_OF_EACH = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?:list |show me |give me )?(?:(?:who|what|which)(?: is| are|['’]s) )?(?:the )?"
        r"(?P<column>[a-z]+(?: [a-z]+){0,2}) (?:of|for) (?:all|every|each)(?: of)?(?: the| our)? "
        r"(?P<things>[a-z]+(?: [a-z]+){0,2})",
        r"(?:list |show me |give me )?(?:every|each|all)(?: the| our)? (?P<things>[a-z]+(?: [a-z]+){0,2}) "
        r"(?:and|with) (?:its|their|the) (?P<column>[a-z]+(?: [a-z]+){0,2})",
    )
)
_ASIDE = re.compile(
    r"(?<!do )\b(?:(?:that |which )?(?:we|you) have|here|please|currently|right now|in the company)\W*$", re.I
)
_WITHIN = re.compile(r"\s(?:of|for|in|on|at|to|with|by|from|about|during)\s", re.IGNORECASE)
_OTHERWISE = denial_or(
    r"except|besides|other|others|else|only|both|either|neither|than|most|least|first|last|next|if|when|while|that|"
    r"which|who|whose|and|or|is|are|was|were|do|does|did|has|have|can|could|may|must|should|will|would|differences?|steps?"
)
"""With one of these more, or another thing, is asked than for all of it."""

_PAGES = ("list", "overview", "directory", "register", "catalogue", "catalog", "table")
_ONE = re.compile(r"(?:.*(?:ss|us|is)|news|lens)", re.IGNORECASE)
_MANY = frozenset("people staff children criteria media data".split())  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Listing:
    """All content words of what is asked for, those of the noun that each of it is called by, the noun itself as
    `folded` spells it, the column of a table of which alone is asked, and whether a price of each is."""

    words: frozenset[str]
    noun: frozenset[str]
    called: str
    column: frozenset[str] = frozenset()
    priced: bool = False


def listing_in(question: str) -> Listing | None:
    """None where it asks for something else, or for a part only.

    >>> listing_in("What are the milestones of a doctorate?").noun
    frozenset({'mileston'})
    """
    asked = _ASIDE.sub("", " ".join(question.split()).rstrip(" ?.!")).rstrip(" ,")
    if len(asked) > MAX_CHARACTERS or NUMBER.search(asked) or looks_back(asked):
        return None
    if priced := _PRICED.fullmatch(asked):
        return _listing_of(priced["bought"] or priced["sold"], priced=True)
    if each := next(filter(None, (form.fullmatch(asked) for form in _OF_EACH)), None):
        return _listing_of(each["things"], column=content_words(each["column"]))
    if done := _DONE.fullmatch(asked):
        words = content_words(done["done"])
        return Listing(words, words, folded(done["done"])) if words and not _OTHERWISE.search(done["done"]) else None
    things = next((found["things"] for form in _FORMS if (found := form.fullmatch(asked))), "")
    return _listing_of(things)


def _listing_of(things: str, *, column: frozenset[str] = frozenset(), priced: bool = False) -> Listing | None:
    named = folded(_WITHIN.split(things, maxsplit=1)[0]).split()
    is_page = len(named) > 1 and named[-1] in _PAGES  # "the price list" is all prices
    named = named[:-1] if is_page else named
    if _OTHERWISE.search(things) or not named or not (column or is_page or _is_plural(named[-1])):
        return None
    things = re.sub(rf"\b(?:{'|'.join(_PAGES)})\s*$", "", things, flags=re.IGNORECASE) if is_page else things
    words, noun = content_words(things), content_words(named[-1])
    return Listing(words, noun, named[-1], column, priced) if noun else None


def _is_plural(word: str) -> bool:
    return word in _MANY or (word.endswith("s") and _ONE.fullmatch(word) is None)
