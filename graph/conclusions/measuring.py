"""Which row of a column has most or least: the superlative of a question, the column it is said of, and cells that can
be put in order."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from graph.texts.dates import dates_of
from graph.texts.quantities import FIGURE, MONEY_KINDS, Quantity, is_year, quantities_in
from graph.texts.words import content_words, stem

_EXTENT = frozenset({"duration", "working days", "length"})
_TIME = frozenset({"duration", "working days"})
_LENGTH = frozenset({"length"})
_SHARE = frozenset({"%"})
DATE = frozenset({"date"})
_IN_ORDER = frozenset({"first", "last"})
"""Said of what the question's verb names: "expires first"."""

_YEARLY = re.compile(r"\b(?:annual|yearly|(?:per|a) year)\b", re.I)
_MONTHLY = re.compile(r"\b(?:monthly|(?:per|a) month)\b", re.I)
_REGULAR_FEE = re.compile(r"\b(?:daily|weekly|monthly|yearly|annual) fee\b", re.I)
_PRICE = re.compile(r"\b(?:price|cost|rate)s?\b", re.I)
_OTHER_PRICE = re.compile(
    r"\b(?:deposit|discount|set-?up|refund|credit|penalty|fee|shipping|vat|tax|old|former|min\w*|max\w*)\b", re.I
)
_BEGUN = re.compile(r"(?:was )?(?:founded|opened|built|established|launched|released?)(?: (?:in|on|date))?", re.I)
_NO_AMOUNT = re.compile(
    r"\b(?:priority|rank|ranking|level|severity|position|place|order|id|number|no|nr|code|tier|grade|class|version|"
    r"extension|phone|room|floor|zip|postcode|account)\b|#|^(?:day|week|line|year|page|step)$",
    re.I,
)
"""A column of figures that order or name things: of two priorities, 1 is the higher."""

_UNIT = re.compile(r"\s*\((?P<unit>[^()]{1,20})\)$")
RATE = re.compile(r"\s?(?:(?:/\s?|\b(?:per|an?|each|every)\s)[A-Za-z]{1,20})?")
_METRES = re.compile(rf"({FIGURE})\s?m")
"""As a whole cell; in prose it may be millions."""

_GOOD = re.compile(r"availab|uptime|punctual|accura|satisf|success|coverage|score|quality", re.I)
"""Of which the best is the most."""

_BOUNDLESS = re.compile(r"unlimited|no limit|unrestricted|(?:open-ended|indefinite(?:ly)?|permanent)\b.{0,60}", re.I)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


@dataclass(frozen=True, slots=True)
class Superlative:
    """As the question writes it, whether more of it wins, and the kinds of value that it is said of; none: of any
    amount."""

    word: str
    more: bool
    kinds: frozenset[str] = frozenset()


_FORMS: tuple[tuple[str, bool, frozenset[str]], ...] = (
    ("costs?(?: us| you)? (?:the )?most", True, MONEY_KINDS),
    ("costs?(?: us| you)? (?:the )?least", False, MONEY_KINDS),
    ("most expensive|priciest|costliest|dearest", True, MONEY_KINDS),
    ("cheapest|least expensive", False, MONEY_KINDS),
    ("longest", True, _EXTENT),
    ("shortest", False, _EXTENT),
    ("fastest|quickest", False, _TIME),
    ("slowest", True, _TIME),
    ("heaviest", True, frozenset({"weight"})),
    ("lightest", False, frozenset({"weight"})),
    ("most recently|most recent|newest|latest", True, DATE),
    ("oldest|earliest", False, DATE),
    (r"(?<=\w )last$", True, DATE),
    (r"(?<=\w )first$", False, DATE),
    ("widest|tallest|deepest", True, _LENGTH),
    ("narrowest|shallowest", False, _LENGTH),
    ("best", True, _SHARE),
    ("worst", False, _SHARE),
    ("highest|largest|biggest|greatest|most", True, frozenset()),
    ("lowest|smallest|fewest|least", False, frozenset()),
)
_SUPERLATIVES = tuple((re.compile(rf"\b(?:{words})\b", re.I), more, kinds) for words, more, kinds in _FORMS)


def superlative_in(question: str) -> Superlative | None:
    """The only one in the question."""
    found: dict[tuple[int, int], Superlative] = {}
    for form, more, kinds in _SUPERLATIVES:
        for match in form.finditer(question):
            if not any(start <= match.start() < end for start, end in found):
                found[match.span()] = Superlative(match[0], more, kinds)
    return next(iter(found.values())) if len(found) == 1 else None


def column_meant(columns: Sequence[str], superlative: Superlative, rest: Sequence[str]) -> list[str]:
    """The column that the rest of a question names, else the only one of the kind that its superlative is said of; none
    where there are several."""
    asked = content_words(" ".join(rest))
    named = [column for column in columns if words_of_column(column) & asked]
    measured = [column for column in named if words_of_column(column) and not _NO_AMOUNT.search(column)]
    if measured:
        most = max(len(words_of_column(column) & asked) for column in measured)
        best = [column for column in measured if len(words_of_column(column) & asked) == most]
        return best if len(best) == 1 else []
    if superlative.kinds == MONEY_KINDS:
        meant = list(filter(is_price, columns))
    elif superlative.kinds == DATE and superlative.word.casefold() not in _IN_ORDER:
        meant = [column for column in columns if _BEGUN.fullmatch(column)]
    else:
        meant = []
    return meant if len(meant) == 1 else []


def is_price(column: str) -> bool:
    """Whether it says what a thing costs: a joining fee does not, a monthly one does."""
    column = _REGULAR_FEE.sub("price", column)
    return _PRICE.search(column) is not None and not _OTHER_PRICE.search(column)


def words_for(column: str) -> frozenset[str]:
    """What may be said for a column in other words than its own: the annual cost is what it costs "per year"."""
    rates = [word for rate, word in ((_YEARLY, "year"), (_MONTHLY, "month")) if rate.search(column)]
    return frozenset(stem(word) for word in ("per", *rates)) if rates else frozenset()


def words_of_column(column: str) -> frozenset[str]:
    """Words of content that name it, without its unit."""
    return content_words(_UNIT.sub("", column))


@dataclass(frozen=True, slots=True)
class Placed:
    """A row by its place in the table: under which label its value is said, and how."""

    place: int
    label: str
    written: str
    amount: float


def place_of(cells: Sequence[str], column: str, superlative: Superlative) -> list[Placed] | None:
    """All rows in the order that the superlative asks for; None where some cell can't be read, where they are not of
    one kind and unit, where that is not the superlative's, or where two of them come first."""
    unit = _unit_of(column)
    read = [date_in(cell) if superlative.kinds == DATE else _amount(cell, unit, column) for cell in cells]
    kinds = {(value.kind, value.rate) for value in read if value}
    if superlative.kinds == _SHARE and not _GOOD.search(column):
        return None
    if len(kinds) == 1 and _is_count(next(iter(kinds))[0]):
        read = [
            Quantity(cell, inf, *next(iter(kinds))) if value is None and _BOUNDLESS.fullmatch(cell) else value
            for value, cell in zip(read, cells, strict=True)
        ]
    values = [value for value in read if value]
    if len(values) < len(read) or len(kinds) != 1 or len(values) < 2:
        return None
    kind = values[0].kind
    if superlative.kinds == DATE or superlative.kinds:
        if kind.split(" of ")[0] not in superlative.kinds:
            return None
    elif all(is_year(cell) for cell in cells) and not unit:
        return None
    order = sorted(range(len(values)), key=lambda at: values[at].amount, reverse=superlative.more)
    if values[order[0]].amount == values[order[1]].amount:
        return None
    label = _UNIT.sub("", column) if unit and all(map(_bare, cells)) else column
    return [Placed(at, label, values[at].written, values[at].amount) for at in order]


def amounts_in_column(cells: Sequence[str], column: str) -> list[Quantity]:
    """The amount that each cell of a column is; none where one is no amount, where they are not of one kind, or where
    all may be years."""
    unit = _unit_of(column)
    read = [_amount(cell, unit, column) for cell in cells]
    amounts = [one for one in read if one]
    are_years = all(is_year(cell) for cell in cells) and not unit
    is_one_kind = len({(one.kind, one.rate) for one in amounts}) == 1
    return amounts if len(amounts) == len(read) and is_one_kind and not are_years else []


def _unit_of(column: str) -> str:
    unit = _UNIT.search(column)
    return unit["unit"] if unit else ""


def _is_count(kind: str) -> bool:
    return kind not in MONEY_KINDS | _TIME | _LENGTH | {"%", "weight", "volume"}


def _bare(cell: str) -> bool:
    return re.fullmatch(FIGURE, cell) is not None


def _amount(cell: str, unit: str, column: str) -> Quantity | None:
    """The only amount of a cell that holds nothing else; a bare figure is of its column's unit."""
    if _bare(cell):
        amount = float(cell.replace(",", ""))
        if not unit:
            return Quantity(cell, amount, "price" if _PRICE.search(column) else "")
        # Not the figure itself: 1290 may be a year.
        one = list(quantities_in(f"2 {unit}"))
        if len(one) != 1 or not _is_all(one[0], f"2 {unit}"):
            return None
        return Quantity(f"{cell} {unit}", amount * one[0].amount / 2, one[0].kind, one[0].rate)
    if metres := metres_in(cell, column):
        return metres
    found = list(quantities_in(cell))
    return found[0] if len(found) == 1 and _is_all(found[0], cell) else None


def metres_in(cell: str, column: str) -> Quantity | None:
    """What a cell under a column that is of no price says in metres, and nothing else."""
    metres = None if not column or _PRICE.search(column) else _METRES.fullmatch(cell)
    return Quantity(cell, float(metres[1].replace(",", "")), "length") if metres else None


def _is_all(found: Quantity, text: str) -> bool:
    return text.startswith(found.written) and RATE.fullmatch(text.removeprefix(found.written)) is not None


def date_in(cell: str) -> Quantity | None:
    """A day, a month or a year and nothing else, as one figure; each is of a kind of its own."""
    if iso := _ISO.fullmatch(cell):
        parsed = tuple(map(int, iso.groups()))
    else:
        found = dates_of(cell, None)
        if len(found) != 1 or found[0][0] != cell:
            return None
        parsed = found[0][1]
    year, month, day = (*parsed, 0, 0)[:3]
    return Quantity(cell, year * 10_000 + month * 100 + day, f"date of {len(parsed)}")
