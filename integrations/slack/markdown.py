"""Text as Markdown that shows nothing but the text: for streams, which take Markdown only."""

import re

from integrations.slack.wording import cleaned

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~\-])")
_NUMBERED = re.compile(r"^([ \t]{0,3}\d{1,9})\.(?=\s)", re.MULTILINE)
_ADDRESS = re.compile(r"://|(?<=\w)@(?=\w)|\bwww\.", re.IGNORECASE)
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_NOTHING = "\u200b"


def plain_markdown(text: str) -> str:
    """No emphasis, link, list, mention or address comes alive in it; line ends stay."""
    written = cleaned(text).translate(_ENTITIES)
    written = _ADDRESS.sub(lambda match: f"{_NOTHING}{match.group()}{_NOTHING}", written)
    return _NUMBERED.sub(r"\1\\.", _SPECIAL.sub(r"\\\1", written))
