"""Text on its way into Slack: cleaned, escaped and cut, so that the documents' words are only words.

Lengths are counted in UTF-16 units, the widest reading of "characters".
"""

import re
from urllib.parse import quote

# Control characters, which Slack refuses, and bidirectional overrides, which can turn a line's meaning around.
_INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
_ESCAPED_LENGTHS = {"&": 5, "<": 4, ">": 4}
_BREAK = re.compile(r"\n\n|\n|(?<=[.!?]) | ")
_MAX_URL = 1_000


def escaped(text: str) -> str:
    """Text that Slack shows as it is written: its three control characters become entities."""
    return cleaned(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def slack_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cleaned(text: str) -> str:
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return _INVISIBLE.sub(" ", whole)


def one_line(text: str) -> str:
    return " ".join(cleaned(text).split())


def prefix(text: str, limit: int) -> int:
    """How many code points of cleaned text fit into `limit` units once they are escaped."""
    used = 0
    for index, character in enumerate(text):
        used += _ESCAPED_LENGTHS.get(character) or (2 if character > "\uffff" else 1)
        if used > limit:
            return index
    return len(text)


def fitting(text: str, limit: int) -> str:
    """Escaped and cut to `limit` units, with an ellipsis where it was cut."""
    line = cleaned(text).strip()
    end = prefix(line, limit)
    if end == len(line):
        return escaped(line)
    return escaped(line[: prefix(line, limit - 1)].rstrip()) + "…"


def quoted(text: str, limit: int) -> str:
    """A block quote of at most `limit` units; on one line where its lines are too many."""
    quote = "> " + fitting(text, limit - 2).replace("\n", "\n> ")
    return quote if slack_length(quote) <= limit else f"> {fitting(one_line(text), limit - 2)}"


def last_break(text: str, end: int) -> int:
    """The best place to cut in the second half of what fits: paragraph, line, sentence, word, in this order."""
    breaks = list(_BREAK.finditer(text, end // 2, end))
    if not breaks:
        return end
    order = {"\n\n": 3, "\n": 2}
    best = max(breaks, key=lambda match: (order.get(match.group(), text[match.start() - 1] in ".!?"), match.start()))
    return best.end()


def linkable(url: str) -> str:
    """A web address that can't leave its angle brackets; empty when it is none or too long to be shown whole."""
    if not re.match(r"https?://[^\s/]", url, re.IGNORECASE):
        return ""
    safe = escaped(quote(one_line(url), safe=":/?#[]@!$&'()*+,;=%-._~"))
    return safe if slack_length(safe) <= _MAX_URL else ""
