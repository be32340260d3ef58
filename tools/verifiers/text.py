"""Plain text of claims and evidence: what the verifier compares, whatever wrote it."""

import re
import unicodedata

from tools.sentences import split_sentences

MAX_CHARACTERS = 100_000
"""Evidence beyond it is not read; far above what an answer cites."""

_BRACKETS = {"-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "-LCB-": "{", "-RCB-": "}", "``": '"', "''": '"'}
_BRACKET = re.compile("|".join(map(re.escape, _BRACKETS)))
_DETACHED = re.compile(r" (?=[,.;:?!)\]}%](?:\s|$)|['’](?:s|t|re|ve|ll|d|m)\b|n['’]t\b)")
_OPENED = re.compile(r"(?<=[(\[{$]) ")
_HYPHEN = re.compile(r"(?<=\w) - (?=\w)")
_SPACE = re.compile(r"\s+")
_GLUED = re.compile(r"(?<=[a-z0-9)\"'][.!?])(?=[A-Z][a-z])")


def plain(text: str) -> str:
    """One line: controls and doubled spaces gone, a treebank's brackets and detached punctuation put back."""
    text = text[:MAX_CHARACTERS]
    if not text.isprintable():
        text = "".join(" " if unicodedata.category(one) in ("Cc", "Cs") else one for one in text)
    text = _BRACKET.sub(lambda found: _BRACKETS[found.group()], text)
    text = _DETACHED.sub("", _SPACE.sub(" ", text).strip())
    return _GLUED.sub(" ", _HYPHEN.sub("-", _OPENED.sub("", text)))


def sentences_of(text: str) -> list[str]:
    """The sentences of plain text."""
    return [text[start:end] for start, end in split_sentences(text)]
