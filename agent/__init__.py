"""The product: ask a question, get an answer that proves itself."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.answers import Answer, SearchReport
    from agent.assistant import Assistant
    from agent.opening import open_assistant
    from agent.settings import Settings, load_settings
    from tools.passages import Reader

__all__ = ["Answer", "Assistant", "Reader", "SearchReport", "Settings", "load_settings", "open_assistant"]

_HOMES = {
    "Answer": "agent.answers",
    "Assistant": "agent.assistant",
    "Reader": "tools.passages",
    "SearchReport": "agent.answers",
    "Settings": "agent.settings",
    "load_settings": "agent.settings",
    "open_assistant": "agent.opening",
}


def __getattr__(name: str) -> Any:
    """Exports are imported when first used: `hopline --help` must not wait for LangGraph."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
