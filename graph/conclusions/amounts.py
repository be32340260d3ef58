"""Which of two is dearer, longer, faster or more: the degree that a question asks for, and what is said about each.

Only plain statements are compared: a sentence or row about the option by its full name, with one figure, and without a
word that bounds, denies or dates it. Everything doubtful is left to be quoted.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product

from graph.conclusions.calling import is_called, kinds_of
from graph.conclusions.measuring import metres_in
from graph.evidence import Evidence
from graph.questions.past import looks_back
from graph.structure.rows import cells_of, is_property_of, names_described
from graph.texts.measures import NUMBER_WORDS
from graph.texts.quantities import MONEY_KINDS, Quantity, is_price, is_year, quantities_in, unit_of
from graph.texts.words import content_words
from tools.names import folded

MAX_AMOUNTS = 50
"""That are looked at for each of the two."""

MAX_ROWS = 500
"""Of a passage's lines that are looked through for rows."""

_WEIGHT = frozenset({"weight"})
_LENGTH = frozenset({"length"})
_SPEED = frozenset({"duration", "working days"})
_EXTENT = frozenset({"duration", "working days", "length"})
_PRICE = re.compile(r"\b(?:price|cost|fee|charge|rate)s?\b", re.I)
_OTHER_PRICE = re.compile(r"\b(?:deposit|discount|setup|set-up|refund|credit|penalty)\b", re.I)
_OTHER_SUM = re.compile(r"\b(?:old|former|before|late|extra|cash-?back|exchange|error|response)\b", re.I)
_HEDGED = re.compile(
    r"\b(?:not?|never|nobody|none|more|less|fewer|over|under|above|below|up to|at (?:least|most)|from|until|till|"
    r"before|was|were|had|used to|sav\w+|rais\w+|cut|by|except|unless|about|around|almost|nearly|some|between|to|or|"
    r"extra)\b|"
    r"n['’]t\b|[<>~≤≥±+]",
    re.I,
)
_OTHER_WEIGHT = re.compile(
    r"\b(?:(?:pay)?loads?|capacity|carr(?:y|ies|ied|ying)|lifts?|tows?|limits?|max(?:imum)?|riders?|holds?)\b", re.I
)
_OTHER_TIME = re.compile(
    r"\b(?:term|notice|period|warranty|guarantee|age|contract|retention|trial|valid(?:ity)?|life(?:time)?|runtime|"
    r"battery|lasts?|open(?:ing)?|leave|since)\b",
    re.I,
)
_OTHER_MONEY = re.compile(
    r"\b(?:revenue|budget|salary|wages?|income|turnover|profit|sales|cover(?:age|s|ed)?|insured|limit|allowance|value|"
    r"worth|savings?|bonus|capital|balance|debts?|fines?|prize)\b",
    re.I,
)
_OTHERS = {MONEY_KINDS: _OTHER_MONEY, _WEIGHT: _OTHER_WEIGHT, _SPEED: _OTHER_TIME}
_MEASURE = re.compile(r"(?:(?:net|total|own|overall) )?(?:weight|length|duration)", re.I)
"""A column that is called so is of nothing else, whatever unit it is in."""

_CODE = re.compile(r"[A-Z]{1,6}-?\d{1,6}[A-Za-z]?")
_ARTICLE = re.compile(r"(?:an?|the|our) (?=\w)")
_ACCESSORY = frozenset("for of to with without and or plus from".split())  # noqa: SIM905
_FIGURE = re.compile(rf"\d[\d.,]*|\b{NUMBER_WORDS}", re.I)


@dataclass(frozen=True, slots=True)
class Degree:
    """Whether the larger amount wins, and which kinds of quantity it applies to; none means any. If a verb expresses
    the degree, one of its words must be `said` with the figure: what a bike weighs is not what it carries. `sized`: of
    two things, unless something of theirs is asked about, the size is meant."""

    more: bool
    kinds: frozenset[str] = frozenset()
    said: frozenset[str] = frozenset()
    sized: bool = False

    def is_of_another(self, column: str, asked: frozenset[str]) -> bool:
        """Whether a table's column counts something else in the same unit, and is not asked for itself."""
        other = _OTHERS.get(self.kinds)
        return other is not None and any(not content_words(word) & asked for word in other.findall(column))


_FORMS: tuple[tuple[str, bool, frozenset[str]], ...] = (
    ("cheaper|cheapest|less expensive|costs? less", False, MONEY_KINDS),
    ("dearer|pricier|(?:more|most) expensive|costs? more", True, MONEY_KINDS),
    ("longer|longest", True, _EXTENT),
    ("shorter|shortest", False, _EXTENT),
    ("faster|fastest|quicker|quickest", False, _SPEED),
    ("slower|slowest", True, _SPEED),
    ("heavier|heaviest", True, _WEIGHT),
    ("lighter|lightest", False, _WEIGHT),
    (r"higher|highest|greater|greatest|(?:more|most)(?= \w+s\b)", True, frozenset()),
    (r"lower|lowest|fewer|fewest|(?:less|least)(?= \w+)", False, frozenset()),
)


def _said(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words})\b(?! than)", re.I)


_SIZED = (("larger|largest|bigger|biggest", True), ("smaller|smallest", False))
_SIZES = content_words("size area capacity seats")
_EXTENTS = (
    ("wider|widest", True, "wide width"),
    ("narrower|narrowest", False, "wide width"),
    ("taller|tallest", True, "tall height"),
    ("deeper|deepest", True, "deep depth"),
    ("shallower|shallowest", False, "deep depth"),
)
_VERBS = (("carr(?:y|ies)", "carry"), ("lifts?", "lift"), ("weighs?", "weigh weight"))
_DEGREES = (
    *(
        (re.compile(rf"\b(?:{verb}) {degree}(?=\W*$)", re.I), Degree(degree == "more", _WEIGHT, content_words(said)))
        for verb, said in _VERBS
        for degree in ("more", "less")
    ),
    *((_said(words), Degree(more, _LENGTH, content_words(said))) for words, more, said in _EXTENTS),
    *((_said(words), Degree(more, sized=True)) for words, more in _SIZED),
    *((_said(words), Degree(more, kinds)) for words, more, kinds in _FORMS),
)
_ALL_DEGREES = " ".join(
    [*(words for words, *_ in _FORMS), *(words for words, *_ in _EXTENTS), *(one for one, _ in _SIZED)]
)
_DEGREE_WORDS = content_words(" ".join(re.findall(r"[a-z]{3,}", _ALL_DEGREES)))
_COSTS = re.compile(r"\bcosts?\b", re.I)
_DENIED = re.compile(r"\bnot\b|n['’]t\b", re.I)
"""The comparison itself is denied; "no" and "without" may be part of an option's name."""


def degree_in(question: str, head: str) -> Degree | None:
    """The degree that the question's `head` asks for; None if it is denied or asked about the past."""
    if _DENIED.search(question) or looks_back(question):
        return None
    return next((degree for form, degree in _DEGREES if form.search(head)), None)


@dataclass(frozen=True, slots=True)
class Amount:
    """What one sentence says of an option. `label` is the column of a table row, empty for prose; `fit` is how many
    words it shares with what is asked."""

    quantity: Quantity
    label: str
    item: Evidence
    fit: int


def amounts_of(
    options: tuple[str, str], degree: Degree, about: str, evidence: Sequence[Evidence]
) -> tuple[Amount, Amount] | None:
    """The two amounts that can be compared: of one kind and rate, both from one column of a table or both from prose.
    Of several pairs, the one that shares most words with what is asked. None if the amounts are equal, or if two
    columns share as many words and disagree."""
    asked = _asked_beside(about)
    one, other = (list(islice(_said_of(option, degree, about, asked, evidence), MAX_AMOUNTS)) for option in options)
    pairs = [pair for pair in product(one, other) if _comparable(*pair)]
    if not pairs:
        return None
    most = max(_fit(pair) for pair in pairs)
    fitting = [pair for pair in pairs if _fit(pair) == most]
    wins = {left.quantity.amount > right.quantity.amount for left, right in fitting}
    equal = any(left.quantity.amount == right.quantity.amount for left, right in fitting)
    unclear = most == 0 and degree.kinds != MONEY_KINDS and len({left.label for left, _ in fitting}) > 1
    return None if equal or unclear or len(wins) > 1 else fitting[0]


def _asked_beside(about: str) -> frozenset[str]:
    """What is asked beside the degree: the price, where it is to be lower, but not that one costs less."""
    return content_words(_COSTS.sub(" ", about)) - (_DEGREE_WORDS - content_words("price"))


def tells_amount(options: tuple[str, str], degree: Degree, about: str, item: Evidence) -> bool:
    """Whether it says of one of the two what they are compared by."""
    asked = _asked_beside(about)
    return any(any(_said_of(option, degree, about, asked, (item,))) for option in options)


def _fit(pair: tuple[Amount, Amount]) -> int:
    return pair[0].fit + pair[1].fit


def _comparable(one: Amount, other: Amount) -> bool:
    of_one, of_other = one.quantity, other.quantity
    is_same = (one.label, of_one.kind, of_one.rate) == (other.label, of_other.kind, of_other.rate)
    is_row_of_both = any(one.label == value for _, value in cells_of(one.item.said)[:1])
    return is_same and (one.item.number != other.item.number or is_row_of_both)


def _said_of(
    option: str, degree: Degree, about: str, asked: frozenset[str], evidence: Sequence[Evidence]
) -> Iterator[Amount]:
    key = _row_key(option, evidence)
    for item in evidence:
        if item.passage.status == "superseded":
            continue
        if cells := cells_of(item.said):
            kinds = kinds_of(cells[0][0], item.path)
            described = names_described(cells)
            if any(is_called(key, name, kinds) for name in (folded(cells[0][1]), *described)):
                yield from _in_row(
                    cells[2:] if described else cells[1:], degree, asked - _kind_asked(cells[0][0], degree, about), item
                )
            elif is_property_of(key, cells, item.path):  # two things, each with a page of its own
                yield from _in_row([(cells[0][1], cells[1][1])], degree, asked, item)
            for column, value in cells[1:]:
                if is_called(key, folded(column), kinds):  # each thing has a column, and the row says of what it is
                    told = _in_row([(cells[0][1], value)], degree, asked - content_words(" ".join(item.path)), item)
                    yield from (amount for amount in told if amount.fit or _says_plainly(cells[0][1]))
        elif quantity := _in_prose(item.said, option, degree):
            fit = len(content_words(item.said) & asked)
            is_priced = degree.kinds == MONEY_KINDS and _PRICE.search(item.said) is not None
            if fit or (not asked and (is_priced or degree.kinds not in (frozenset(), MONEY_KINDS))):
                yield Amount(quantity, "", item, fit)


def _kind_asked(column: str, degree: Degree, about: str) -> frozenset[str]:
    """The key column's own name, where the question only says by it what the two are: "Which plan is cheaper?"."""
    name = re.escape(folded(column).removesuffix(" name"))
    which = r"\b(?:which|what)(?: of (?:the|these|those|our)(?: two)?)?"
    is_kind = name and re.search(rf"{which} (?:.*\w(?:er|est|ive) )?{name}s?\b", folded(about))
    return content_words(f"two {column}") if is_kind else frozenset()


def _row_key(option: str, evidence: Sequence[Evidence]) -> str:
    """What the first cell of the option's row is: the option, or what ends with its code ("Battery BX-500"), where no
    other row of these tables has the code in its first cell."""
    key = _ARTICLE.sub("", folded(option))
    if _CODE.fullmatch(option) is None:
        return key
    firsts = {first for item in evidence if cells_of(item.said) for first in _first_cells(item)}
    holding = {first for first in firsts if f" {key} " in f" {first} "}
    if key in holding or len(holding) != 1:
        return key
    whole = holding.pop()
    kind = whole.removesuffix(key).split()
    return whole if whole.endswith(key) and _ACCESSORY.isdisjoint(kind) and all(map(str.isalpha, kind)) else key


def _first_cells(item: Evidence) -> Iterator[str]:
    """Of its row, and of all rows that stand around it."""
    yield folded(cells_of(item.said)[0][1])
    for line in item.passage.text.split("\n", MAX_ROWS)[:MAX_ROWS]:
        if cells := cells_of(line):
            yield folded(cells[0][1])
        elif line.lstrip().startswith("|"):
            yield folded(line.strip().strip("|").partition("|")[0])


def _in_prose(said: str, option: str, degree: Degree) -> Quantity | None:
    """The only figure of a sentence that has the option's full name: "Wren" is not the Wren Deep."""
    named = re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])(?!\s+(?-i:[A-Z0-9]))", said, re.I)
    if named is None or (degree.said and degree.said.isdisjoint(content_words(said))):
        return None
    return _only_figure(said[: named.start()] + said[named.end() :], "", degree)


def _in_row(
    cells: Sequence[tuple[str, str]], degree: Degree, asked: frozenset[str], item: Evidence
) -> Iterator[Amount]:
    for column, value in cells:
        quantity = _only_figure(value, column, degree)
        words = content_words(column)
        fit = len(words & (asked | degree.said))
        if quantity is None or degree.is_of_another(column, asked) or (degree.said and degree.said.isdisjoint(words)):
            continue
        is_size = degree.sized and not words.isdisjoint(_SIZES)
        if fit or (not asked and (is_size or (degree.kinds and _is_plain(column, quantity)))):
            yield Amount(quantity, column, item, fit)


def _says_plainly(label: str) -> bool:
    """Whether a row that says one thing of each column gives what a comparison asks by its degree alone."""
    is_asked = is_price(label) or _MEASURE.fullmatch(label) is not None
    return is_asked and not (_HEDGED.search(label) or _OTHER_SUM.search(label))


def _is_plain(column: str, quantity: Quantity) -> bool:
    """Whether a figure can be what is asked, though its column is not named: by its own unit, or as the column of the
    price, the weight or the like; what other columns count in a unit of theirs may be anything."""
    if not unit_of(column) or not re.fullmatch(r"[\d.,]+", quantity.written):
        return True
    return is_price(column) or _MEASURE.fullmatch(re.sub(r"[(\[].*", "", column).strip()) is not None


def _only_figure(text: str, column: str, degree: Degree) -> Quantity | None:
    figures = [figure for figure in _FIGURE.findall(text) if not is_year(figure.rstrip(".,"), column)]
    found = [metres] if (metres := metres_in(text, column)) else list(quantities_in(text, column))
    if len(figures) != 1 or len(found) != 1 or _HEDGED.search(text) or _OTHER_PRICE.search(f"{column} {text}"):
        return None
    kind = found[0].kind or ("price" if is_price(column) else "")
    return found[0] if not degree.kinds or kind in degree.kinds else None
