"""What `Assistant.stream()` yields, in the order things happen; the last event is the `Answer` itself."""

from typing import TypeAlias

from agent.answers import Answer
from graph.progress import DraftDiscarded, HopStarted, PassagesFound, Progress, Rewritten, Token, Validated

__all__ = ["DraftDiscarded", "Event", "HopStarted", "PassagesFound", "Progress", "Rewritten", "Token", "Validated"]

Event: TypeAlias = Progress | Answer
