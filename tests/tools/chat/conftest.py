from tests.anthropic_server import anthropic_server
from tests.openai_server import openai_server

__all__ = ["anthropic_server", "openai_server"]
