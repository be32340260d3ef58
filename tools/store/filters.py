"""Builds Milvus filter expressions from values out of documents, people and requests.

Every value goes through `quoted`. Milvus Lite knows escapes only for quote and backslash, a server knows more, so a
value with a line break can't be written in a way that both understand. Such values are refused when rows are written,
and match nothing here.
"""

import re
from collections.abc import Iterable

from tools.passages import Reader

_UNSTORABLE = re.compile("[\n\r\ud800-\udfff]")


def storable(value: str) -> bool:
    """Whether a scalar field can hold the value: it has no line breaks or lone surrogates."""
    return not _UNSTORABLE.search(value)


def quoted(value: str) -> str:
    """The string literal for exactly this value. Raises ValueError for one that no row can hold."""
    if not storable(value):
        raise ValueError(f"{value!r} holds a line break or a lone surrogate and can't be part of a filter")
    return f'"{_escaped(value)}"'


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def one_of(field: str, values: Iterable[str]) -> str | None:
    """`field` equals one of the values; None if nothing can match."""
    literals = _literals(values)
    return f"{field} in [{literals}]" if literals else None


def any_in_array(field: str, values: Iterable[str]) -> str | None:
    """The array `field` contains one of the values; None if nothing can match."""
    literals = _literals(values)
    return f"array_contains_any({field}, [{literals}])" if literals else None


def equals(field: str, value: str) -> str | None:
    return f"{field} == {quoted(value)}" if storable(value) else None


def starts_with(field: str, prefix: str) -> str | None:
    """Written as a range, since LIKE's wildcards can't be escaped everywhere: `"a#"` becomes `>= "a#"` and `< "a$"`.
    The prefix must end in an ASCII character below `~`, so that its successor exists and sorts right in UTF-8."""
    assert " " < prefix[-1:] < "~", prefix
    if not storable(prefix):
        return None
    after = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    return f"({field} >= {quoted(prefix)} and {field} < {quoted(after)})"


def both(*conditions: str | None) -> str | None:
    """All conditions hold; None if one of them can't."""
    known = [condition for condition in conditions if condition is not None]
    return " and ".join(f"({condition})" for condition in known) if len(known) == len(conditions) else None


def either(*conditions: str | None) -> str | None:
    """At least one condition holds; None if none can."""
    known = [condition for condition in conditions if condition is not None]
    return " or ".join(f"({condition})" for condition in known) or None


def readable_by(reader: Reader) -> str | None:
    """The access filter of every request: the reader's tenant, and a group in common."""
    return both(equals("tenant", reader.tenant), any_in_array("groups", sorted(reader.readable_groups)))


def _literals(values: Iterable[str]) -> str:
    # Called with hundreds of names for each question.
    return ", ".join(f'"{_escaped(value)}"' for value in dict.fromkeys(values) if storable(value))
