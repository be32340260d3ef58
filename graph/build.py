"""The state machine: rewrite → retrieve → rerank → follow_up ⟲ retrieve … → generate → validate ⟲ generate → score.

If a model finds no answer in what it is shown, validate goes back to follow_up, once. If a message asks several things,
score goes back to generate, once for each.
"""

import time
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Checkpointer

from graph.budget import IN_LINE, elapsed
from graph.deps import Deps
from graph.follow_up import follow_up
from graph.generate import generate
from graph.rerank import rerank
from graph.retrieve import retrieve
from graph.rewrite import rewrite
from graph.routers import after_follow_up, after_rewrite, after_score, after_validate
from graph.score import score
from graph.state import Context, Question, State
from graph.validate import validate

Graph = CompiledStateGraph[State, Context, Question, State]

NODES: tuple[Callable[..., Awaitable[Any]], ...] = (rewrite, retrieve, rerank, follow_up, generate, validate, score)


def build_graph(deps: Deps, checkpointer: Checkpointer = None) -> Graph:
    """Compile the graph over these ports; `Context` says, for each question, who asks and what the answer may cost."""
    builder = StateGraph(State, context_schema=Context, input_schema=Question, output_schema=State)
    for node in NODES:
        builder.add_node(node.__name__, _timed(node, deps))
    builder.add_edge(START, "rewrite")
    builder.add_conditional_edges("rewrite", after_rewrite, ["retrieve", END])
    builder.add_edge("retrieve", "rerank")
    builder.add_edge("rerank", "follow_up")
    builder.add_conditional_edges("follow_up", after_follow_up, ["retrieve", "generate", "score", END])
    builder.add_edge("generate", "validate")
    builder.add_conditional_edges("validate", after_validate, ["follow_up", "generate", "score"])
    builder.add_conditional_edges("score", after_score, ["generate", END])
    return builder.compile(checkpointer=checkpointer, name="hopline")


def _timed(node: Callable[..., Awaitable[Any]], deps: Deps) -> Any:
    """Bind a node to its ports, let it be watched, and have the state say how long it and all before it took."""

    @wraps(node)
    async def run(state: Any, runtime: Any) -> dict[str, Any]:
        # Not by a context variable: a caller that takes the stream's parts in several tasks would lose it on the way.
        with deps.watch(node.__name__, runtime.context.run_id if runtime.context else "") as told:
            asked_at = runtime.context.asked_at if runtime.context else 0.0
            async with deps.turns.mine(asked_at):
                started = time.perf_counter()
                update = await node(state, runtime, deps=deps)
            told(update)
        timings = {node.__name__: (time.perf_counter() - started) * 1000}
        if node is rewrite and asked_at:
            timings[IN_LINE] = (started - asked_at) * 1000
        return {**update, "timings": timings, "elapsed": elapsed(runtime.context) if asked_at else 0.0}

    # LangGraph reads the input type from the annotations: Lookup for retrieve, State for the others.
    run.__annotations__ = {name: kind for name, kind in node.__annotations__.items() if name in ("state", "runtime")}
    return run
