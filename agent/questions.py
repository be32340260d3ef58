"""Checks what people ask, before anything is done for it."""

from agent.settings import MAX_HOPS
from graph.texts.plain_text import TERMINAL_SEQUENCE
from tools.errors import InvalidInput, InvalidQuestion
from tools.passages import Reader

MAX_RESULTS = 50
"""Passages that a search returns at most."""


def checked_question(question: str, max_characters: int) -> str:
    """The question with its white space tidied; raises InvalidQuestion if it is empty or too long."""
    spoken = TERMINAL_SEQUENCE.sub("", question)
    asked = " ".join("".join(c if c.isprintable() or c.isspace() else " " for c in spoken).split())
    if not any(character.isalnum() for character in asked):
        fault = "has no letters or digits" if asked else "is empty"
        raise InvalidQuestion(f"The question {fault}: ask something with at least one word in it.")
    if len(asked) > max_characters:
        raise InvalidQuestion(
            f"The question has {len(asked):,} characters; the limit is {max_characters:,} "
            "(HOPLINE_MAX_QUESTION_CHARACTERS). Ask its core, and ingest long texts as documents."
        )
    return asked


def checked_reader(reader: Reader | None, tenant: str) -> Reader:
    """Who asks; without a reader somebody who reads public passages only. Raises InvalidInput for anything else."""
    if reader is None:
        return Reader(tenant=tenant)
    if not isinstance(reader, Reader):
        raise InvalidInput(f'reader={reader!r} is no reader: write reader=Reader(user="…", groups=("…",)).')
    return reader


def checked_hops(hops: int | None, default: int) -> int:
    """How many hops a question may take; raises InvalidInput outside what the setting allows."""
    return default if hops is None else _within("max_hops", hops, MAX_HOPS)


def checked_results(count: int) -> int:
    """How many passages a search is to return; raises InvalidInput."""
    return _within("k", count, MAX_RESULTS)


def _within(name: str, value: int, most: int) -> int:
    if not isinstance(value, int) or not 1 <= value <= most:
        raise InvalidInput(f"{name}={value!r} is no whole number from 1 to {most}.")
    return value
