"""rewrite: a question that stands alone, and the first hop's lookups."""

import time

from langgraph.runtime import Runtime

from graph.budget import within
from graph.deps import Deps
from graph.language import Rewriting
from graph.progress import Rewritten as RewrittenEvent
from graph.questions.parting import queries_of_parts
from graph.state import Context, Lookup, State
from graph.updates import Rewritten
from tools.errors import BudgetExhausted, ModelUnavailable
from tools.names import mentions

MAX_QUERIES = 4
MAX_QUERY_CHARACTERS = 8_000
"""Longer queries are cut: two questions of the greatest length, put together, are longer than a store accepts."""


async def rewrite(state: State, runtime: Runtime[Context], deps: Deps) -> Rewritten:
    """Make the question stand alone and plan hop 1: a search for each query, and a lookup of the documents it names."""
    started, context = time.time(), runtime.context
    rewriting = Rewriting(state.question)
    notes: tuple[str, ...] = ()
    if deps.language.mode == "extractive" or context.max_model_calls > 0:
        try:
            rewriting = await within(context.max_seconds, deps.helper.rewrite(state.question, state.history))
        except (ModelUnavailable, BudgetExhausted) as error:
            rewriting = Rewriting(state.question, usage=error.usage)
            notes = (f"The question was taken as it stands: {error}.",)
    elif state.history:
        notes = ("The model-call budget left no call to read the conversation; the question was taken as it stands.",)
    if rewriting.small_talk is not None:
        return Rewritten(
            started=started,
            rewritten=state.question,
            small_talk=rewriting.small_talk,
            answer=rewriting.small_talk,
            status="answered",
            confidence=1.0,
            usage=rewriting.usage,
        )
    runtime.stream_writer(RewrittenEvent(rewriting.question))
    return Rewritten(
        started=started,
        rewritten=rewriting.question,
        vector=await deps.knowledge.embed_query(rewriting.question),
        plan=first_hop(rewriting),
        usage=rewriting.usage,
        notes=notes,
        degraded=bool(notes),
        part="",
        told=(),
    )


def first_hop(rewriting: Rewriting) -> tuple[Lookup, ...]:
    asked = (rewriting.question, *queries_of_parts(rewriting.question), *rewriting.queries)
    queries = tuple(dict.fromkeys(query[:MAX_QUERY_CHARACTERS] for query in asked))
    lookups = [
        Lookup(1, "search", query, via="search" if n == 0 else "sub-question")
        for n, query in enumerate(queries[:MAX_QUERIES])
    ]
    if names := mentions(rewriting.question):
        lookups.append(Lookup(1, "link", queries[0], names, via="named in the question"))
    return tuple(lookups)
