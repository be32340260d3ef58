"""What a reader is shown is text and nothing else: no links, images, tags or invisible characters out of a document or
a model's reply. Addresses stay readable as plain words where their source holds them; see `strange_addresses`."""

import re
import unicodedata

_IMAGE = re.compile(r"!\[([^\]\n]{0,300})\](?:\([^()\s]{0,2000}(?:\s+\"[^\"\n]{0,300}\")?\)|\[[^\]\n]{0,100}\])")
_LINK = re.compile(
    r"\[(?!\s*\^?\d+(?:\s*[,;–-]\s*\^?\d+)*\s*\])([^\[\]\n]{1,300})\]"
    r"\([^()\s]{0,2000}(?:\s+\"[^\"\n]{0,300}\")?\)"
)
_DEFINITION = re.compile(r"^[ \t]*\[[^\]\n]{1,100}\]:[ \t]*\S+.*$", re.MULTILINE)
_LABELLED = re.compile(r"<(?:https?://|mailto:|www\.)[^<>|\s]{0,2000}\|([^<>\n]{0,300})>", re.IGNORECASE)
_ANGLED = re.compile(r"<((?:https?://|mailto:|www\.)[^<>|\s]{0,2000})>", re.IGNORECASE)
_TAG = re.compile(r"</?(?!sup>)[a-z!][^<>]{0,2000}>", re.IGNORECASE)
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
    "\U000e0000-\U000e007f]"
)
_ESCAPE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
_ADDRESS = re.compile(r"(?:https?://|www\.|mailto:|javascript:|data:)[^\s<>\"'`)\]}|]+", re.IGNORECASE)
# Letters of other scripts that look like Latin ones, enough to read a disguised order.
_LOOKALIKES = str.maketrans("аеорсухіјѕԁһΑΒΕΖΗΙΚΜΝΟΡΤΥΧІЈЅАВЕКМНОРСТУХ", "aeopcyxijsdhABEZHIKMNOPTYXIJSABEKMHOPCTYX")


def as_plain(text: str) -> str:
    """The text with links as their words, and without images, tags and characters that can't be seen.

    >>> as_plain("Ask [the desk](https://e.org/?q=1) ![x](https://e.org/p.png).")
    'Ask the desk .'
    """
    seen = _INVISIBLE.sub("", _ESCAPE.sub("", text))
    if not any(mark in seen for mark in "[<"):
        return seen
    seen = _DEFINITION.sub("", _LINK.sub(r"\1", _IMAGE.sub("", seen)))
    return _TAG.sub("", _ANGLED.sub(r"\1", _LABELLED.sub(r"\1", seen))) if "<" in seen else seen


def undisguised(text: str) -> str:
    """As a person or a model would read it: look-alike letters, full-width forms and invisible characters resolved."""
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).translate(_LOOKALIKES)


def strange_addresses(text: str, sources: str) -> list[str]:
    """Addresses in a text that its sources do not hold letter for letter: a place to carry something out by."""
    found = (match.group().rstrip(".,;:!?") for match in _ADDRESS.finditer(text))
    return [address for address in found if address not in sources]
