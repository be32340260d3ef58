"""What messages may show of keys, addresses and what a server says: nothing that lets anybody in.

Endpoints echo a key in their refusals, whole or in part.
"""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

MASK = "***"
MAX_QUOTED_CHARACTERS = 300
LEAST_SECRET_CHARACTERS = 8
"""Anything shorter is found within ordinary words, and protects nothing."""

_KEY_LIKE = re.compile(r"\b(?:sk|pk|rk|gsk|xai|key|Bearer)[-_ ][\w*.-]{4,}")


def without_credentials(url: str) -> str:
    """The URL without user, password, query and fragment; a password may hold an @ or a slash as it is.

    >>> without_credentials("https://ada:p@ss/word@host:19530/v1?key=1")
    'https://host:19530/v1'
    """
    scheme, mark, rest = url.partition("://")
    return f"{scheme}{mark}{re.split('[?#]', rest.rpartition('@')[2])[0]}"


def secrets_in(url: str | None, key: str | None) -> list[str]:
    """What lets somebody in at this URL with this key."""
    return [secret for secret in (key, urlsplit(url or "").password) if secret]


def quoted(text: str, secrets: Sequence[str] = ()) -> str:
    """`text` on one line, cut, without these secrets and whatever looks like a key.

    Each is looked for in the text as it came: one that was masked first would break the form of another around it.
    """
    line = " ".join(text.split())
    literal = [re.compile(re.escape(secret)) for secret in secrets if len(secret) >= LEAST_SECRET_CHARACTERS]
    shown, end = [], 0
    for start, stop in sorted(match.span() for pattern in (_KEY_LIKE, *literal) for match in pattern.finditer(line)):
        if start >= end:
            shown += [line[end:start], MASK]
        end = max(end, stop)
    return "".join([*shown, line[end:]])[:MAX_QUOTED_CHARACTERS]
