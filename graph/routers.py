"""The itinerary: pure functions of state and context that name the next node."""

from typing import Literal

from langgraph.runtime import Runtime
from langgraph.types import Send

from graph.state import Context, State


def after_rewrite(state: State) -> list[Send] | Literal["__end__"]:
    if state.small_talk is not None:
        return "__end__"
    return [Send("retrieve", lookup) for lookup in state.plan]


def after_follow_up(state: State, runtime: Runtime[Context]) -> list[Send] | Literal["generate", "__end__"]:
    if state.plan:
        return [Send("retrieve", lookup) for lookup in state.plan]
    return "generate" if runtime.context.answering else "__end__"


def after_validate(state: State) -> Literal["generate", "score"]:
    return "generate" if state.retry else "score"
