from tests.agent.test_conversations.conftest import postgres

__all__ = ["postgres"]
