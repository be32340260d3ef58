"""retrieve: run one store request of a hop, through the same tools that any agent can use."""

from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool
from langgraph.runtime import Runtime

from graph.deps import Deps
from graph.progress import HopStarted, PassagesFound
from graph.state import Context, Found, HopTaken, Lookup
from graph.updates import Retrieved
from tools.agent_tools import knowledge_tools
from tools.passages import Hit

POOL = 50
"""Passages a search brings into play."""

MAX_LINKED = 100
"""Passages a lookup of names brings into play."""


async def retrieve(state: Lookup, runtime: Runtime[Context], deps: Deps) -> Retrieved:
    """Run one lookup under the reader's access filter; several run side by side.

    Questions and names go through the tools that any agent has. Where a chain goes on is told by vectors too, which
    are no argument for a tool: it asks the same knowledge itself.
    """
    lookup = state
    runtime.stream_writer(HopStarted(lookup.n, lookup.kind, lookup.query, lookup.via))
    if lookup.onward is not None:
        hits = await deps.knowledge.go_on(lookup.onward, runtime.context.reader, MAX_LINKED)
    else:
        tools = {tool.name: tool for tool in knowledge_tools(deps.knowledge, runtime.context.reader, render=_unread)}
        if lookup.kind == "link":
            hits = await _hits(tools["follow_links"], names=list(lookup.names), limit=MAX_LINKED)
        else:
            hits = await _hits(tools["search"], query=lookup.query, limit=POOL)
    ids = tuple(hit.passage.id for hit in hits)
    titles = tuple(hit.passage.title for hit in hits)
    sources = tuple(hit.passage.source for hit in hits)
    runtime.stream_writer(PassagesFound(lookup.n, ids, titles, sources))
    return Retrieved(
        found=(Found(lookup, tuple(hits)),),
        hops=(HopTaken(lookup.n, lookup.kind, lookup.query, ids),),
        asked=(lookup.query, *lookup.names, *((*lookup.onward.names, *lookup.onward.texts) if lookup.onward else ())),
    )


def _unread(hits: list[Hit]) -> str:
    """Renders nothing: a node reads a tool's artifact, not its text."""
    return ""


async def _hits(tool: BaseTool, **arguments: object) -> list[Hit]:
    """Call a tool as an agent would and take its artifact: the rows themselves, not their rendering."""
    message: ToolMessage = await tool.ainvoke(
        {"type": "tool_call", "id": tool.name, "name": tool.name, "args": arguments}
    )
    return list(message.artifact)
