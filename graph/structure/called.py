"""The table or list that a question asks for by what it is called: "List all error codes", "How much are the devices?".

What stands over it, or over a column, tells what its parts are called. That is certain where it says each word of the
question, so it needs no answer checker, and the page may have been found far down: it is about twenty things. Where two
are called alike, as the opening hours of two depots, neither is meant.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from graph.checking.injection import gives_orders
from graph.evidence import Evidence
from graph.questions.listing import Listing
from graph.structure.rows import cells_of, written
from graph.structure.steps import holds_under, lists_in
from graph.structure.tables import tables_in
from graph.structure.wholes import Whole, may_hold_wholes
from graph.texts.headings import unnumbered
from graph.texts.measures import MONEY, NUMBERS
from graph.texts.quantities import is_price
from graph.texts.words import content_words
from tools.names import folded
from tools.passages import Passage

MAX_PARTS = 40
MAX_CHARACTERS = 2_400
"""Of all that it says."""

MAX_OPENING_CHARACTERS = 300
"""Of how a document begins."""

_PAGES = content_words("list table overview register directory catalogue full complete")
_PLAIN = _PAGES | content_words(" ".join(NUMBERS))
"""What a heading may say besides: how many there are, or that they stand below it."""


def nearest_called(listing: Listing, question: str, found: Iterable[Passage]) -> list[str]:
    """The sources of the documents in which something may be called so; first those with the word over some passage,
    then those that have it in one with a table or list."""
    over: dict[str, None] = {}
    within: dict[str, None] = {}
    for one in found:
        path = (one.title, *one.headings, *chain.from_iterable(path for _, path in one.sections))
        if one.status != "superseded" and listing.noun <= content_words(" ".join(path)):
            over[one.source] = None
        elif may_hold_wholes(question, one) and listing.noun <= content_words(one.text):
            within[one.source] = None
    return list(over | within)


def whole_called(
    question: str, listing: Listing, documents: Iterable[Sequence[Passage]], evidence: Sequence[Evidence]
) -> Whole | None:
    """The one that is called most nearly what is asked, as relevant as the most relevant evidence. Of a long table each
    row is told by its first two cells, and by one column where only that is asked. `documents` as in `wholes_in`."""
    found = [(fit, parts) for passages in documents for fit, parts in _called(question, listing, passages)]
    best = max((fit for fit, _ in found), default=0)
    meant = [parts for fit, parts in found if fit == best]
    if len(meant) != 1 or any(gives_orders(part.said) for part in meant[0]):
        return None
    parts = _told(listing, meant[0])
    return Whole(parts, max((item.relevance for item in evidence), default=0.0)) if _is_short(parts) else None


def _told(listing: Listing, parts: Sequence[Evidence]) -> tuple[Evidence, ...]:
    rows = [cells_of(part.said) for part in parts]
    if (_is_short(parts) and not listing.column) or not all(rows):
        return tuple(parts)
    asked = [(row[0], *(cell for cell in row[1:] if listing.column <= content_words(cell[0]))) for row in rows]
    return tuple(replace(part, part=written(row[:2])) for part, row in zip(parts, asked, strict=True))


def _is_short(parts: Sequence[Evidence]) -> bool:
    return len(parts) <= MAX_PARTS and sum(len(part.told) for part in parts) <= MAX_CHARACTERS


def _called(question: str, listing: Listing, passages: Sequence[Passage]) -> Iterator[tuple[int, tuple[Evidence, ...]]]:
    tables = tables_in(passages)
    lists = [items for items in lists_in(question, passages) if not items[0].step]
    is_only = len(tables) + len(lists) == 1
    opening = _opening_of(passages)
    for table in tables:
        stands = table.is_whole and holds_under(question, table.above)
        if stands and (fit := _fit(listing, table.rows, is_only=is_only, opening=opening)):
            yield fit, table.rows
    for items in lists:
        if fit := _fit(listing, items, is_only=is_only, opening=opening):
            yield fit, items


def _fit(listing: Listing, parts: Sequence[Evidence], *, is_only: bool, opening: str) -> int:
    """How surely they are called so: 4 by their very heading; 3 and 2 by it, by the line that leads to them or by their
    first column, together with what else stands over them, where the heading says nothing else, and where it does; 1 by
    what the page says that it is about, where nothing else stands there; else 0."""
    title, *headings = parts[0].path
    own = frozenset(
        word for word in content_words(unnumbered(headings[-1] if headings else title)) - _PLAIN if not word.isdigit()
    )
    leading = content_words(_leading_to(parts[0]))
    cells = [cells_of(part.said) for part in parts]
    if listing.priced and not all(any(_is_price(*cell) for cell in row) for row in cells):
        return 0
    columns = [content_words(column) for column, _ in cells[0]]
    if listing.column and not any(listing.column <= column for column in columns[1:]):
        return 0
    if own == listing.words:
        return 4
    first = columns[0] if columns else frozenset()
    over = content_words(" ".join((title, *headings))) | first | leading
    if listing.words <= over and listing.noun <= own | first | leading:
        return 3 if own <= listing.words else 2
    is_said = f" {listing.called} " in f" {folded(f'{title} {opening}')} "
    return 1 if is_only and not own and is_said and listing.words <= over | content_words(opening) else 0


def _is_price(column: str, value: str) -> bool:
    return MONEY.search(value) is not None or (is_price(column) and value[:1].isdigit())


def _leading_to(part: Evidence) -> str:
    """The line right above that leads to it: "Three products, one login:"."""
    above = part.passage.text[: part.start - part.passage.start].rstrip(" \t\r\n-*+•|")
    line = above.rpartition("\n")[2]
    return line if line.endswith(":") else ""


def _opening_of(passages: Sequence[Passage]) -> str:
    """The first paragraph of the document, which says what it is about."""
    first = min(passages, key=lambda passage: passage.start, default=None)
    paragraphs = first.text[:MAX_OPENING_CHARACTERS].split("\n\n") if first else []
    return next((one for one in paragraphs if not one.lstrip().startswith("#")), "")
