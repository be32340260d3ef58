"""Checks what people ask, before anything is done for it."""

from graph.texts.plain_text import TERMINAL_SEQUENCE
from tools.errors import InvalidQuestion


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
