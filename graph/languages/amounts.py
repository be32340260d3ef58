"""Which of two is dearer, longer, faster or more: the degree that a question asks for, and what is said of each.

Only plain statements are compared: a sentence or a row about the option by its full name, with one figure in it and no
word that bounds, denies or dates it. What is in doubt is left to be quoted.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product

from graph.chaining.rows import cells_of
from graph.evidence import Evidence
from graph.measures import NUMBER_WORDS
from graph.past import looks_back
from graph.quantities import CURRENCIES, Quantity, is_year, quantities_in
from graph.words import content_words
from tools.names import folded

MAX_AMOUNTS = 50
"""That are looked at for each of the two."""

_MONEY = frozenset({*CURRENCIES, "price"})
_EXTENT = frozenset({"duration", "working days", "length"})
_PRICE = re.compile(r"\b(?:price|cost|fee|charge|rate)s?\b", re.I)
_OTHER_PRICE = re.compile(r"\b(?:deposit|discount|setup|set-up|refund|credit|penalty)\b", re.I)
_HEDGED = re.compile(
    r"\b(?:not?|never|nobody|none|more|less|fewer|over|under|above|below|up to|at (?:least|most)|from|until|till|"
    r"before|was|were|had|used to|sav\w+|rais\w+|cut|by|except|unless|about|around|almost|nearly|some|between|to|or|"
    r"extra)\b|"
    r"n['’]t\b|[<>~≤≥±+]",
    re.I,
)
_FIGURE = re.compile(rf"\d[\d.,]*|\b{NUMBER_WORDS}", re.I)


@dataclass(frozen=True, slots=True)
class Degree:
    """Whether more of it wins, and the kinds of quantity that it is said of; none where it is said of any."""

    more: bool
    kinds: frozenset[str] = frozenset()


_FORMS: tuple[tuple[str, bool, frozenset[str]], ...] = (
    ("cheaper|cheapest|less expensive|costs? less", False, _MONEY),
    ("dearer|pricier|(?:more|most) expensive|costs? more", True, _MONEY),
    ("longer|longest", True, _EXTENT),
    ("shorter|shortest", False, _EXTENT),
    ("faster|fastest|quicker|quickest", False, frozenset({"duration", "working days"})),
    ("slower|slowest", True, frozenset({"duration", "working days"})),
    ("heavier|heaviest", True, frozenset({"weight"})),
    ("lighter|lightest", False, frozenset({"weight"})),
    (r"larger|largest|bigger|biggest|higher|highest|greater|greatest|(?:more|most)(?= \w+s\b)", True, frozenset()),
    (r"smaller|smallest|lower|lowest|fewer|fewest|(?:less|least)(?= \w+)", False, frozenset()),
)
_DEGREES = tuple((re.compile(rf"\b(?:{words})\b(?! than)", re.I), Degree(more, kinds)) for words, more, kinds in _FORMS)
_DEGREE_WORDS = content_words(" ".join(re.findall(r"[a-z]{3,}", " ".join(words for words, _, _ in _FORMS))))
_DENIED = re.compile(r"\bnot\b|n['’]t\b", re.I)


def degree_in(question: str, head: str) -> Degree | None:
    """What the question's `head` asks of its two options; None where it denies it or asks how it was."""
    if _DENIED.search(question) or looks_back(question):
        return None
    return next((degree for form, degree in _DEGREES if form.search(head)), None)


@dataclass(frozen=True, slots=True)
class Amount:
    """What one sentence says of an option. `label` is the column of a table's row, empty in prose; `fit` how many words
    it shares with what is asked."""

    quantity: Quantity
    label: str
    item: Evidence
    fit: int


def amounts_of(
    options: tuple[str, str], degree: Degree, about: str, evidence: Sequence[Evidence]
) -> tuple[Amount, Amount] | None:
    """The two amounts that can be compared: of one kind and rate, from one column of a table or both from prose, and of
    these the ones that share most words with what is asked. None where they are equal, or where two columns share as
    many and disagree."""
    asked = content_words(about) - _DEGREE_WORDS
    keys = [folded(option) for option in options]
    one, other = (
        list(islice(_said_of(option, key, degree, asked, evidence), MAX_AMOUNTS))
        for option, key in zip(options, keys, strict=True)
    )
    pairs = [pair for pair in product(one, other) if _comparable(*pair)]
    if not pairs:
        return None
    most = max(_fit(pair) for pair in pairs)
    fitting = [pair for pair in pairs if _fit(pair) == most]
    wins = {left.quantity.amount > right.quantity.amount for left, right in fitting}
    equal = any(left.quantity.amount == right.quantity.amount for left, right in fitting)
    return None if equal or len(wins) > 1 else fitting[0]


def _fit(pair: tuple[Amount, Amount]) -> int:
    return pair[0].fit + pair[1].fit


def _comparable(one: Amount, other: Amount) -> bool:
    of_one, of_other = one.quantity, other.quantity
    is_same = (one.label, of_one.kind, of_one.rate) == (other.label, of_other.kind, of_other.rate)
    return is_same and one.item.number != other.item.number


def _said_of(
    option: str, key: str, degree: Degree, asked: frozenset[str], evidence: Sequence[Evidence]
) -> Iterator[Amount]:
    for item in evidence:
        if item.passage.status == "superseded":
            continue
        if cells := cells_of(item.said):
            if folded(cells[0][1]) == key:
                yield from _in_row(cells[1:], degree, asked, item)
        elif quantity := _in_prose(item.said, option, degree):
            fit = len(content_words(item.said) & asked)
            is_price = degree.kinds == _MONEY and _PRICE.search(item.said) is not None
            if fit or (not asked and (is_price or degree.kinds not in (frozenset(), _MONEY))):
                yield Amount(quantity, "", item, fit)


def _in_prose(said: str, option: str, degree: Degree) -> Quantity | None:
    """The only figure of a sentence that gives the option its full name, "Wren" not being the Wren Deep."""
    named = re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])(?!\s+(?-i:[A-Z0-9]))", said, re.I)
    if named is None:
        return None
    return _only_figure(said[: named.start()] + said[named.end() :], "", degree)


def _in_row(
    cells: Sequence[tuple[str, str]], degree: Degree, asked: frozenset[str], item: Evidence
) -> Iterator[Amount]:
    for column, value in cells:
        quantity = _only_figure(value, column, degree)
        fit = len(content_words(column) & asked)
        if quantity and (fit or (not asked and degree.kinds)):
            yield Amount(quantity, column, item, fit)


def _only_figure(text: str, column: str, degree: Degree) -> Quantity | None:
    figures = [figure for figure in _FIGURE.findall(text) if not is_year(figure.rstrip(".,"))]
    found = list(quantities_in(text))
    if len(figures) != 1 or len(found) != 1 or _HEDGED.search(text) or _OTHER_PRICE.search(f"{column} {text}"):
        return None
    kind = found[0].kind or ("price" if _PRICE.search(column) else "")
    return found[0] if not degree.kinds or kind in degree.kinds else None
