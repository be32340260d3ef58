"""What an evaluation needs of the assistant; anything that answers and searches can stand in."""

from collections.abc import Sequence
from typing import Protocol

from agent.answers import Answer, SearchReport
from graph.language import Turn
from tools.passages import Reader


class Subject(Protocol):
    """The assistant under evaluation. It sees the question, who asks and the conversation, and no annotation."""

    async def ask(self, question: str, *, reader: Reader, history: Sequence[Turn]) -> Answer: ...

    async def search(self, question: str, *, reader: Reader, history: Sequence[Turn], k: int) -> SearchReport: ...
