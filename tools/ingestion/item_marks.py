"""What an item of a list begins with, in the text that is read out of HTML and Word."""

INDENT = "   "
"""Before what belongs to an item, for each list that it is in."""


def item_mark(number: int) -> str:
    """ "2. ", or "- " without a number (0)."""
    return f"{number}. " if number else "- "
