"""How questions call a row or a column of a table: "Perch", or "the Perch plan" if the rows are plans."""

from collections.abc import Sequence

from tools.names import folded


def spelt(value: str) -> str:
    """Signs count: what differs in nothing else is ✓ or ✗, below or above zero."""
    return " ".join(value.casefold().split())


def is_called(written: str, name: str, kind: frozenset[str]) -> bool:
    """Whether words of a question refer to a row or column of this name: "Perch", or "the Perch plan" for plans."""
    called = spelt(name)
    if not called or f" {called} " not in f" {written} ":
        return False
    return set(f" {written} ".replace(f" {called} ", " ", 1).split()) <= kind


def kinds_of(first: str, path: Sequence[str]) -> frozenset[str]:
    """What the things in a table are called, by its first column and by the plural at the end of its heading."""
    ends = [folded(one).split()[-1:] for one in path]
    called = {folded(first), *(end[0] for end in ends if end and end[0].endswith("s"))} - {""}
    return frozenset(word for one in called for word in (one, one.removesuffix("s"), f"{one}s"))
