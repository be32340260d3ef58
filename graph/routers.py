"""The itinerary: pure functions of state and context that name the next node."""

from typing import Literal

from langgraph.runtime import Runtime
from langgraph.types import Send

from graph.budget import remaining
from graph.language import Language
from graph.state import Context, State

MAX_REPAIRS = 1


def after_rewrite(state: State) -> list[Send] | Literal["__end__"]:
    if state.small_talk is not None:
        return "__end__"
    return [Send("retrieve", lookup) for lookup in state.plan]


def after_follow_up(state: State, runtime: Runtime[Context]) -> list[Send] | Literal["generate", "__end__"]:
    if state.plan:
        return [Send("retrieve", lookup) for lookup in state.plan]
    return "generate" if runtime.context.answering else "__end__"


def after_validate(state: State, runtime: Runtime[Context], language: Language) -> Literal["generate", "score"]:
    refused = any(claim.withheld and claim.verified for claim in state.claims)
    if (
        refused
        and state.repairs < MAX_REPAIRS
        and language.mode == "model"
        and remaining(state, runtime.context).allows_call()
    ):
        return "generate"
    return "score"
