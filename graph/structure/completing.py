"""Completes the evidence: a question about all of something is answered from all of it, found or not."""

import asyncio
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import islice

from graph.apart import apart
from graph.chaining.defining import asks_meaning, is_page_of_thing
from graph.conclusions.comparison import comparison_in
from graph.conclusions.tabling import asks_of_table, fitting_table
from graph.deps import Deps
from graph.evidence import Evidence, evidence_at, joined
from graph.questions.breadth import asks_at_length
from graph.questions.listing import listing_in
from graph.questions.past import looks_back
from graph.state import Context, State
from graph.structure.called import nearest_called, whole_called
from graph.structure.keyed_rows import Row, rows_in
from graph.structure.replies import with_replies
from graph.structure.row_chains import (
    asks_along_rows,
    begins_at_a_row,
    chain_of_rows,
    chained_rows,
    with_rows,
)
from graph.structure.rows_named import with_rows_asked, with_rows_named
from graph.structure.steps import asks_for_steps, asks_outright, may_hold_steps, nearest_steps, steps_in, with_steps
from graph.structure.tables import MAX_PASSAGES, with_table
from graph.structure.wholes import Whole, may_hold_wholes, wholes_in
from graph.texts.reading import citable_in
from graph.texts.words import content_words
from tools.errors import SearchUnavailable
from tools.passages import Passage

MORE_PASSAGES = 3
"""Passages beyond `top_k` whose documents may hold the whole table. They are also read if two things are compared: the
second one is often found last."""

NEAR = 20
"""Passages that are searched for rows that lead to each other."""

MAX_WITH_WHOLES = 3
"""Documents that are opened for tables and lists that may answer as a whole."""

MAX_CALLED = 6
"""Documents that are opened for what is called so: a word may stand in many."""

MAX_PAGES = 2
MAX_PAGE_CHARACTERS = 6_000
"""Of the documents that an account is written from, taken together."""

MAX_OPENING = 3
"""Sentences with which a page begins."""

MAX_TABLED = 8
"""Documents that are opened for such rows."""


async def completed(state: State, evidence: tuple[Evidence, ...], context: Context, deps: Deps) -> tuple[Evidence, ...]:
    """The evidence with all rows of the table, all steps, all of the reply, or the chain of rows, that the question is
    about."""
    if not evidence:
        return evidence
    found = [ranked.candidate.hit.passage for ranked in state.ranking[: context.top_k + MORE_PASSAGES]]
    evidence = await _with_whole_table(state.asks, evidence, found, context, deps)
    evidence = await _with_opening(state.asks, evidence, found, context, deps)
    evidence = await _with_all_steps(state.asks, evidence, found[: context.top_k], context, deps)
    evidence = with_replies(state.asks, evidence)
    rows = await apart(rows_in, [ranked.candidate.hit.passage for ranked in state.ranking[:NEAR]])
    evidence = await apart(with_rows_asked, state.asks, evidence, rows, comparison_in(state.asks))
    evidence = await _with_chain_of_rows(state.asks, evidence, rows, context, deps)
    return evidence if chained_rows(evidence) else await apart(with_rows_named, state.asks, evidence, rows)


async def whole_asked_for(
    question: str, evidence: Sequence[Evidence], state: State, context: Context, deps: Deps
) -> Whole | None:
    """The table or list that the question asks for by what it is called, in one of the nearest documents that have the
    word."""
    listing = listing_in(question)
    if listing is None:
        return None
    found = [ranked.candidate.hit.passage for ranked in state.ranking[:NEAR]]
    sources = await apart(nearest_called, listing, question, found)
    documents = await _opened(sources[:MAX_CALLED], context, deps)
    return await apart(whole_called, question, listing, documents, evidence) if documents else None


async def wholes_near(
    question: str, evidence: tuple[Evidence, ...], state: State, context: Context, deps: Deps, *, max_characters: int
) -> list[Whole]:
    """The tables and lists of the nearest documents, for a question that they may answer only as a whole."""
    found = [ranked.candidate.hit.passage for ranked in state.ranking[: context.top_k]]
    sources = dict.fromkeys(one.source for one in found if may_hold_wholes(question, one))
    documents = await _opened(list(sources)[:MAX_WITH_WHOLES], context, deps)
    read = partial(wholes_in, max_characters=max_characters)
    return await apart(read, question, documents, evidence) if documents else []


async def pages_near(question: str, state: State, context: Context, deps: Deps) -> list[Evidence]:
    """For a question that asks for all of a matter: what the document says, in reading order, whose title it names, or
    else the likeliest; what two say that it names alike, since they may be compared. Single sentences of a page leave
    out what a reader asked for."""
    if not asks_at_length(question):
        return []
    ranked = [one.candidate.hit.passage for one in state.ranking[: context.top_k + MORE_PASSAGES]]
    named = {
        one.source: _words_of_title(one.title, question)
        for one in ranked
        if one.status != "superseded" or looks_back(question)
    }
    most = max(named.values(), default=0)
    nearest = [source for source, words in named.items() if words == most][: MAX_PAGES if most else 1]
    documents = await _opened(nearest, context, deps) if nearest else []
    return await apart(_read, documents)


def _words_of_title(title: str, question: str) -> int:
    """How many words of the title the question names; none where it has one of several, which may mean anything."""
    words = content_words(title)
    named = words & content_words(question)
    return len(named) if named == words or len(named) > 1 else 0


def _read(documents: Collection[Sequence[Passage]]) -> list[Evidence]:
    """Their sentences, of each no more than its share of the characters."""
    return [item for passages in documents for item in _beginning(passages, MAX_PAGE_CHARACTERS // len(documents))]


def _beginning(passages: Sequence[Passage], room: int) -> Iterator[Evidence]:
    for passage in passages[:MAX_PASSAGES]:
        for start, end, reading in citable_in(passage):
            room -= len(reading)
            if room < 0:
                return
            yield evidence_at(passage, start, end, reading=reading)


async def _with_whole_table(
    question: str, evidence: tuple[Evidence, ...], found: list[Passage], context: Context, deps: Deps
) -> tuple[Evidence, ...]:
    """Where one document that was found holds the only table that the question fits: all of its rows, some of which may
    stand in passages that were not found."""
    if not asks_of_table(question):
        return evidence
    documents = await _opened(dict.fromkeys(one.source for one in found), context, deps)
    table = (
        await apart(fitting_table, question, documents, evidence, year=datetime.now(UTC).year) if documents else None
    )
    return with_table(evidence, table) if table else evidence


async def _with_opening(
    question: str, evidence: tuple[Evidence, ...], found: list[Passage], context: Context, deps: Deps
) -> tuple[Evidence, ...]:
    """Where the question asks what something is: how the page about it begins. That passage says what the reader wants
    in other words than its name, so that others of the page are found before it."""
    if not asks_meaning(question):
        return evidence
    pages = dict.fromkeys(one.source for one in found if _is_current(one) and is_page_of_thing(question, one.title))
    documents = await _opened(list(pages)[:MAX_PAGES], context, deps)
    openings = [await apart(_opening_of, passages) for passages in documents if passages]
    most = max(item.relevance for item in evidence)
    return joined(evidence, [item for opening in openings for item in opening], most)


def _is_current(passage: Passage) -> bool:
    return passage.status != "superseded"


def _opening_of(passages: Sequence[Passage]) -> list[Evidence]:
    first = min(passages, key=lambda passage: passage.start)
    sentences = islice(citable_in(first), MAX_OPENING)
    return [evidence_at(first, start, end, reading=reading) for start, end, reading in sentences]


async def _with_all_steps(
    question: str, evidence: tuple[Evidence, ...], found: list[Passage], context: Context, deps: Deps
) -> tuple[Evidence, ...]:
    """Where the question asks how to do what a heading of just one document says: all items of the list under it; where
    it asks for steps outright, else those of the list that is nearest."""
    if not (asks_for_steps(question) or asks_outright(question)):
        return evidence
    sources = {one.source: None for one in found if may_hold_steps(question, one)}
    documents = await _opened(sources, context, deps) if len(sources) == 1 else []
    steps = await apart(steps_in, question, documents[0]) if documents else ()
    if not steps and asks_outright(question):
        nearest = max(evidence, key=lambda item: item.relevance)
        documents = await _opened([nearest.passage.source], context, deps)
        steps = await apart(nearest_steps, question, documents[0], nearest) if documents else ()
    return with_steps(evidence, steps) if steps else evidence


async def _with_chain_of_rows(
    question: str, evidence: tuple[Evidence, ...], rows: list[Row], context: Context, deps: Deps
) -> tuple[Evidence, ...]:
    """Where one row leads to another that answers: both. The documents of all tables near the question are looked
    through, since a row that is named by another alone may stand in a passage that was not found."""
    if not rows or not asks_along_rows(question) or not await apart(begins_at_a_row, question, rows):
        return evidence
    sources = list(dict.fromkeys(row.item.passage.source for row in rows))[:MAX_TABLED]
    documents = await _opened(sources, context, deps)
    passages = [one for passages in documents for one in passages[:MAX_PASSAGES]]
    chain = await apart(lambda: chain_of_rows(question, rows_in(passages)))
    return with_rows(evidence, chain) if chain else evidence


async def _opened(sources: Collection[str], context: Context, deps: Deps) -> list[list[Passage]]:
    """The documents of these names, each as its first passages and one more than are read; none when the store is
    away. One that is gone may have left its name to another."""
    try:
        opened = await asyncio.gather(
            *(deps.knowledge.open_document(source, context.reader, MAX_PASSAGES + 1) for source in sources)
        )
    except SearchUnavailable:
        return []
    return [
        [hit.passage for hit in hits if hit.passage.source == source]
        for source, hits in zip(sources, opened, strict=True)
    ]
