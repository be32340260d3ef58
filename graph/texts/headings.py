"""Headings without what only counts them."""

import re

_NUMBER = re.compile(r"^\s*\d{1,2}(?:\.\d{1,2}){0,4}[.)]?\s+")
"""The number of a section; "2026 prices" begins with none."""


def unnumbered(heading: str) -> str:
    """The heading without its section's number.

    >>> unnumbered("4.2 Travelling"), unnumbered("2026 prices")
    ('Travelling', '2026 prices')
    """
    return _NUMBER.sub("", heading)
