"""The task of a run: who asks what."""

from dataclasses import dataclass

from tools.passages import Reader


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked: `options` are the caller's own (limits of this question, its history)."""

    question: str
    reader: Reader
    options: object
