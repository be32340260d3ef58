"""The marks in front of list items in the text read from HTML and Word."""

INDENT = "   "
"""The indentation of an item's contents, once for each enclosing list."""


def item_mark(number: int) -> str:
    """ "2. ", or "- " without a number (0)."""
    return f"{number}. " if number else "- "
