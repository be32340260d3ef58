"""Quotations in claims: what stands between quotation marks reads as the source's own words."""

import re
from collections.abc import Iterator, Sequence

from tools.verifiers.words import quotes, words_of

MIN_WORDS = 3
"""Fewer are a name or a word held at a distance, and no quotation."""

_MARKS = '"“”„«»「」『』'
# Which mark opens differs from language to language („…“, ”…”, »…«): where it stands tells it from one that closes.
_OPENS = rf"(?:(?<![^\W\d_⁰¹²³⁴-⁹])[{_MARKS}]|[“„«「『])(?=[\w(\[…])"
_CLOSES = rf"(?<=\S)[{_MARKS}](?!\w)"
# A quotation of several sentences is cut where they are: its first lacks the closing mark, its last the opening one.
_QUOTED = re.compile(rf"{_OPENS}([^{_MARKS}]+)(?:{_CLOSES}|(?=[{_MARKS}])|$)|^([^{_MARKS}]+){_CLOSES}")
_LEFT_OUT = re.compile(r"\[[^\[\]]*\]|…|\.{3}")


def quoted_in(text: str) -> Iterator[str]:
    """What stands between quotation marks, in pieces without what they leave out (`[…]`) or put in (`[the]`)."""
    for found in _QUOTED.finditer(text):
        for piece in _LEFT_OUT.split(found[1] or found[2]):
            if len(words_of(piece)) >= MIN_WORDS:
                yield piece.strip()


def strange_quotations(text: str, sources: Sequence[str]) -> list[str]:
    """Quotations in a text that none of its sources holds word for word: whoever said it, no document did.

    >>> strange_quotations('It is "free for all of us".', ["It is free for some of us."])
    ['free for all of us']
    """
    return [piece for piece in quoted_in(text) if not any(quotes(piece, source) for source in sources)]
