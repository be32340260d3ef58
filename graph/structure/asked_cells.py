"""Which cells of a table's row a question asks for."""

import re
from collections.abc import Sequence
from itertools import chain

from graph.questions.asked_names import people_in
from graph.questions.expectation import asks_who, expectation_met
from graph.structure.rows import OFFICE_COLUMN, called, cells_of, is_key, names_described, names_of_cell
from graph.texts.measures import MONEY
from graph.texts.words import content_words
from tools.names import folded
from tools.row_names import NO_THING, PROPERTY, initials_of

Cells = tuple[tuple[str, str], ...]
"""Columns with their values, in the row's order."""

_OTHER_SUM = re.compile(
    r"\b(?:cancel\w*|late|set-?up|deposit|discount|penalty|refund|extra|additional|exchange|error|response|failure|"
    r"churn|success|old|former|until|before|training|cashback|limit|interest|growth|stock|storage|tax|vat)\b",
    re.IGNORECASE,
)
"""In a label: not what a thing costs."""

_APART = re.compile(r"\b(?:with|without|excluding|including|excl|incl|before|after|net of)\b", re.IGNORECASE)
"""In a question about a part of a sum, which columns may be."""

_GENERIC = content_words("number name date day time amount value total need have")
"""Words that a question adds to a column's name: the phone number, the day from which a note is needed."""

SAYS_LITTLE = content_words(
    "look sit run work use keep belong handle deal take need get know tell find follow person people name company "
    "thing responsible charge currently main lead please pls much many long open phone"
)
"""What a question says of how one thing is tied to another, where a table has a column for it."""

_OWN_WORDS = content_words("mobile cell email e-mail mail fax website url deputy stand-in assistant secretary birthday")
"""Of people and firms, what has the same name in every table."""

MIN_ALIKE = 2
"""Cells that each say whether something is so, from which on a row lists all that is."""

_IS_OR_IS_NOT = re.compile(r"yes|no|(?:may )?contains?|free|none|✓|✗|x|[-–—]", re.IGNORECASE)
_NAMED = "\N{WHITE SQUARE}"
_PROPERTIES = (
    re.compile(rf"((?:\w+ ){{1,3}})(?:of|for|at) (?:the |our )?{_NAMED}"),
    re.compile(rf"(?:{_NAMED}(?: s)?|\b(?:his|her|their|its)) ((?:\w+ ){{1,3}})"),
)
"""Behind whom the question names, as in "Ada Brun's mobile number" and "Ada Brun is off, who is her deputy?", or
before, as in "the email of Nuts Ltd"."""

_CONTAINS = re.compile(rf"{_NAMED} (?:contains?|have|has|includes?) (?:any )?(\w+)")
_PLACE_OR_TIME = re.compile(r"\W*(?:where|when)\b", re.IGNORECASE)

_PAYING = content_words("pay cost spend charge")
_HOW_MUCH = re.compile(r"\W*how much (?:is|are|does|do)\b", re.IGNORECASE)
_LEADS = re.compile(
    r"\W*who(?: (?:leads?|heads?|runs?|manages?)|(?:['’]s| is) (?:in charge of|responsible for)) "
    r"(?:the |our )?(?P<led>[^?]{2,60}?)(?: (?:team|department))?\W*",
    re.IGNORECASE,
)
_LEADER = content_words("head lead leader manager director")
_BESIDE = re.compile(
    r"\b(?:deputy|deputies|stand-?in|assistant|manager|boss|reports|supervisor|former|previous)\b", re.IGNORECASE
)
"""Whom a column names that does not hold the office itself."""

_ASKS_PRICE = re.compile(r"\b(?:costs?|prices?)\b|how much (?:is|are)\b", re.IGNORECASE)
_PRICE = re.compile(r"\b(?:price|cost|fee|rate|charge|amount)s?\b", re.IGNORECASE)
_PLAIN_PRICE = re.compile(r"\b(?:price|cost)s?\b", re.IGNORECASE)

MIN_VALUE_WORDS = 2
"""Words of content that a cell must share with a question to be all that it is about."""

_COLUMNS = tuple(
    (
        re.compile(rf"\b(?:{asked})\b", re.IGNORECASE),
        re.compile(rf"\b(?:{named})\b", re.IGNORECASE),
        content_words(said),
    )
    for asked, named, said in (
        (
            "where",
            "(?<!mail )(?:place|location|site|office|address|city|town|building|room|floor)",
            "work sit base locate",
        ),
        ("when", "date|day|deadline|due|since|until", ""),
        (
            r"how much|what (?:do|does|did|will|would)\b[^?]{1,80}\bcost|(?:price|cost)s? (?:of|for)|"
            r"(?:what|what['’]s|what is) [^?]{1,80}['’]s? (?:price|cost)",
            "price|cost|fee|amount|rate",
            "cost price",
        ),
        ("how many", "number|count|quantity", ""),
        ("how long", "length|duration|time(?! zone)|term|period", "last take"),
        (
            "extension|phone|telephone|call|ring|reach",
            "phone|telephone|extension|mobile|ext|tel",
            "call ring reach phone number",
        ),
        ("e-?mail|write", "e-?mail|address", "write"),
    )
)
"""What asks, what the columns are called that answer it, and what may be said of the row in asking so."""

_OTHERS = re.compile(r"\b(?:not|never|else|other|others|besides|except)\b|n['’]t\b", re.IGNORECASE)
"""A question with one of these is about what the row does not say; "no" and "without" may stand in a column's
name."""


def asks_for_column(question: str) -> bool:
    """Whether one of its words asks for a column: "where", "how much", "call"."""
    return any(form.search(question) for form, _, _ in _COLUMNS)


def holds_cell(said: str, question: str, context: frozenset[str] = frozenset()) -> bool:
    """Whether it is the row that a question asks for."""
    return bool(cells_asked(said, question, context))


def cells_asked(said: str, question: str, context: frozenset[str] = frozenset()) -> Cells:
    """The cells of a row that a question asks for, with those that it is called by: by all that stands in a cell
    ("Who is the Head of Sales?"), or by its first cell, or the office of whom it is about, and one other column ("What
    is Ada Brun's team?", "Where is Ada Brun?"); or by its column, where the row says one thing of each ("What does
    Basic cost?"). None where it asks for another row: who "reports to Ada Brun" is in others, and so is "the extension
    of Ada Brun's manager". Words of `context`, such as the table's title, may be asked with."""
    cells = cells_of(said)
    if not cells or _OTHERS.search(question) or (PROPERTY.fullmatch(cells[0][0]) and _APART.search(question)):
        return ()
    found = _by_whole_cell(question, cells)
    if found is None:
        found = _by_office_led(question, cells)
    return _by_name(question, cells, context) if found is None else found


def _by_whole_cell(question: str, cells: Cells) -> Cells | None:
    """Where one cell is all that the question is about; None where none is."""
    words = content_words(question)
    others = cells[2:] if names_described(cells) else cells[1:]
    for cell in others if asks_for_column(question) else cells:
        is_whole = len(words) >= MIN_VALUE_WORDS and words == content_words(cell[1])
        if is_whole or (OFFICE_COLUMN.fullmatch(cell[0]) and words == {initials_of(cell[1])}):
            return _row_called(question, cells) if cell == cells[0] else (cells[0], cell)
    return None


def _by_office_led(question: str, cells: Cells) -> Cells | None:
    """ "Who leads Sales?" asks for the Head of Sales; None where the row's person is not that."""
    asked_for = _LEADS.fullmatch(question)
    if asked_for is None or not people_in(cells[0][1]):
        return None
    led = content_words(asked_for["led"])
    for cell in cells[1:]:
        office = content_words(cell[1]) if OFFICE_COLUMN.fullmatch(cell[0]) else frozenset()
        if led and office - _LEADER == led - _LEADER and office & _LEADER:
            return (cells[0], cell)
    return None


def _by_name(question: str, cells: Cells, context: frozenset[str]) -> Cells:
    """What is asked of the row that the question calls by its name, or by its office."""
    asked = f" {folded(question)} "
    is_described = any(f" {name} " in asked for name in names_described(cells))
    keys = [
        cell
        for cell in cells
        if (is_key(*cell, cells) and _is_said(cell[1], asked)) or (is_described and cell == cells[1])
    ]
    if not keys and _is_said_otherwise(cells[0][1], asked):
        keys = [cells[0]]
    if not keys:
        return _crossing(question, cells, context)
    wanted = _columns_asked(question, keys[0][1], cells, context) or _only_sum(question, keys[0][1], cells)
    if _ASKS_PRICE.search(question) and any(_PRICE.search(column) for column, _ in wanted):
        wanted = _prices_among(wanted, question)
    return tuple(cell for cell in cells if cell in (cells[0], keys[0], *wanted)) if wanted else ()


def _is_said(value: str, asked: str) -> bool:
    return any(name and f" {name} " in asked for name in (called(value), initials_of(value)))


def _is_said_otherwise(name: str, asked: str) -> bool:
    """Whether the question has all words of a row's name in another order: "a swim for an adult" is an adult swim."""
    words = called(name).split()
    return len(content_words(name)) >= MIN_VALUE_WORDS and not people_in(name) and set(words) <= set(asked.split())


def _only_sum(question: str, key: str, cells: Cells) -> Cells:
    """What is paid to whom, or for what, the row is about, where it gives one sum: "How much do we pay Norvolt?"."""
    sums = [(column, value) for column, value in cells if MONEY.search(f"{column}: {value}")]
    is_all = content_words(question) - content_words(key) <= _PAYING
    is_paid = is_all and _HOW_MUCH.match(question) is not None and len(sums) == 1
    return tuple(sums) if is_paid and not _OTHER_SUM.search(sums[0][0]) else ()


def _prices_among(wanted: Cells, question: str) -> Cells:
    """Those whose column the question names; without one, those that say what a thing costs."""
    named = [cell for cell in wanted if _telling(cell[0]) and _telling(cell[0]) <= content_words(question)]
    return tuple(named or [cell for cell in wanted if _is_price(*cell)])


def _row_called(question: str, cells: Cells) -> Cells:
    """The whole row of what is asked about by its name; of an office only where it says who holds it, if that is asked:
    its deputy does not."""
    is_held = any(people_in(value) and not _BESIDE.search(column) for column, value in cells)
    return cells if is_held or not asks_who(question) else ()


def _is_price(column: str, value: str) -> bool:
    """Whether a cell says what a thing costs: a rate of 100 a minute and a cancellation fee do not."""
    if _OTHER_SUM.search(column) or not _PRICE.search(column):
        return False
    said = f"{column}: {value}"
    return MONEY.search(said) is not None or (_PLAIN_PRICE.search(column) is not None and any(map(str.isdigit, value)))


def _crossing(question: str, cells: Cells, context: frozenset[str]) -> Cells:
    """The row's first cell, which says what is asked, and the one cell of whom or what it is asked, whose column the
    question names."""
    asked = f" {folded(question)} "
    named = [cell for cell in cells[1:] if f" {called(cell[0])} " in asked]
    if len(named) != 1 or NO_THING.fullmatch(named[0][0]):
        return ()
    label, words = cells[0][1], content_words(question)
    own = content_words(named[0][0])
    rest = words - own - (context - content_words(label))
    is_said = bool(_telling(label)) and _telling(label) <= words and rest <= content_words(label) | _GENERIC
    is_asked = bool(rest) or _HOW_MUCH.match(question) is not None
    is_sum = _is_price(label, f"{named[0][0]}: {named[0][1]}") if _ASKS_PRICE.search(question) else True
    is_meant = is_asked and is_sum and not _OTHER_SUM.search(label) and _is_meant(label, question, rest)
    return (cells[0], named[0]) if own and (is_said or is_meant) else ()


def _columns_asked(question: str, key: str, cells: Cells, context: frozenset[str]) -> Cells:
    """The one column that it asks for of the row that it calls by its `key`, or those that may be meant; none where it
    asks for something else."""
    words, asked = content_words(question), f" {folded(question)} "
    others = [
        (column, value) for column, value in cells if value != key and f" {folded(column)} {folded(key)} " not in asked
    ]
    kind = content_words(" ".join(column for column, value in cells if value == key))  # the Team plan
    rest = words - content_words(key) - {initials_of(key)} - kind  # an "officer" has no "Office" in it
    named = [(column, value) for column, value in others if _telling(column) and _telling(column) <= rest]
    if not named:
        meant = (cell for cell in others if _is_meant(cell[0], question, rest))
        return tuple(cell for cell in meant if not _is_neither_place_nor_time(cell[1], question))
    column, value = named[0]
    extra = rest - content_words(column) - content_words(value) - context - _GENERIC
    is_other = _is_neither_place_nor_time(value, question)
    is_turned = re.search(
        rf"\bwhose {re.escape(folded(column))}\b|\b{re.escape(folded(column))} (?:of|for|to) $", asked
    )
    is_one = not is_turned and len(named) == 1 and asked.count(f" {folded(column)} ") <= 1
    return (named[0],) if is_one and not extra and not is_other else ()


def _is_neither_place_nor_time(value: str, question: str) -> bool:
    """Whether one of these is asked for, and this is something else: "Where do the bikes go?" is not answered by how
    many there are."""
    return _PLACE_OR_TIME.match(question) is not None and expectation_met(question, [value]) == 0.0


def _is_meant(column: str, question: str, rest: frozenset[str]) -> bool:
    """By the `rest` of the question beside the row's name: all of it in the column's name, or besides no more than is
    said in asking for such a column."""
    if rest and rest <= content_words(column):
        return True
    asking = [(match.start(), kind, said) for form, kind, said in _COLUMNS if (match := form.search(question))]
    if not asking:
        return False
    _, kind, said = min(asking, key=lambda one: one[0])
    return rest <= said | content_words(column) and kind.search(column) is not None


def lacking_in_row(said: str, question: str) -> frozenset[str]:
    """What is asked of the row that the question names, where none of its cells is that: a directory without a column
    for mobiles, or with none in this row, has no answer to "Wendy Askew's mobile?", nor has an allergen list without
    lupin one to "Does the lasagne contain lupin?". Only what no table calls otherwise: a salary may be the pay."""
    cells = cells_of(said)
    asked = f" {folded(question)} "
    if not cells or PROPERTY.fullmatch(cells[0][0]):
        return frozenset()
    named = [name for _, value in cells[:2] for name in names_of_cell(value) if f" {name} " in asked]
    told = content_words(" ".join(chain.from_iterable(cells)))
    if not named or columns_meant(cells, question):
        return frozenset()
    for name in named:
        asked = asked.replace(f" {name} ", f" {_NAMED} ")
    words = content_words(" ".join(chain.from_iterable(form.findall(asked) for form in _PROPERTIES))) & _OWN_WORDS
    if sum(_IS_OR_IS_NOT.fullmatch(value) is not None for _, value in cells) >= MIN_ALIKE:
        words |= content_words(" ".join(_CONTAINS.findall(asked)))
    return words if words.isdisjoint(told) else frozenset()


def columns_meant(cells: Sequence[tuple[str, str]], question: str) -> list[tuple[str, str]]:
    """Cells under a column that is called what the question asks by: a place for where, a price for how much."""
    asking = [(match.start(), kind) for form, kind, _ in _COLUMNS if (match := form.search(question))]
    if not asking:
        return []
    _, kind = min(asking, key=lambda one: one[0])
    return [cell for cell in cells if kind.search(cell[0])]


def _telling(column: str) -> frozenset[str]:
    """Its words; "Volume 2026" is asked for as the volume."""
    return frozenset(word for word in content_words(column) if not word.isdigit())
