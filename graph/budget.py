"""What a question may still spend, derived from its state: nothing is counted twice and nothing can drift."""

import time
from dataclasses import dataclass

from graph.state import Context, State

TOKENS_OF_A_SHORT_CALL = 600
"""A rewrite or follow-up must leave at least this much, or it is not asked."""


@dataclass(frozen=True, slots=True)
class Budget:
    hops: int
    model_calls: int
    tokens: int
    seconds: float

    def allows_call(self, *, reserve: int = 0) -> bool:
        """Whether one more model call fits, `reserve` further ones being spoken for."""
        return self.model_calls > reserve and self.tokens > TOKENS_OF_A_SHORT_CALL and self.seconds > 0


def remaining(state: State, context: Context) -> Budget:
    spent = state.usage
    return Budget(
        hops=context.max_hops - max((hop.n for hop in state.hops), default=0),
        model_calls=context.max_model_calls - spent.model_calls,
        tokens=context.max_tokens - spent.input_tokens - spent.output_tokens,
        seconds=context.max_seconds - (time.time() - state.started),
    )
