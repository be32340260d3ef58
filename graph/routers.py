"""The itinerary: pure functions of state and context that name the next node.

They are coroutines because LangGraph runs plain functions in a thread, which takes longer than they do.
"""

from typing import Literal

from langgraph.runtime import Runtime
from langgraph.types import Send

from graph.in_parts import parts_left
from graph.state import Context, State


async def after_rewrite(state: State) -> list[Send] | Literal["__end__"]:
    if state.small_talk is not None:
        return "__end__"
    return [Send("retrieve", lookup) for lookup in state.plan]


async def after_follow_up(
    state: State, runtime: Runtime[Context]
) -> list[Send] | Literal["generate", "score", "__end__"]:
    if state.plan:
        return [Send("retrieve", lookup) for lookup in state.plan]
    if state.retry == "decline":
        return "score"
    return "generate" if runtime.context.answering else "__end__"


async def after_score(state: State) -> Literal["generate", "__end__"]:
    return "generate" if parts_left(state) else "__end__"


async def after_validate(state: State) -> Literal["follow_up", "generate", "score"]:
    if state.retry == "search":
        return "follow_up"
    return "generate" if state.retry else "score"
