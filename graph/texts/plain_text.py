"""What a reader is shown is text and nothing else: no links, images, tags or invisible characters out of a document or
a model's reply. Addresses stay readable as plain words where their source holds them; see `strange_addresses`."""

import re
import unicodedata
from collections.abc import Collection

_IMAGE = re.compile(r"!\[([^\]\n]{0,300})\](?:\([^()\s]{0,2000}(?:\s+\"[^\"\n]{0,300}\")?\)|\[[^\]\n]{0,100}\])")
_LINK = re.compile(
    r"\[(?!\s*\^?\d+(?:\s*[,;–-]\s*\^?\d+)*\s*\])([^\[\]\n]{1,300})\]"
    r"\([^()\s]{0,2000}(?:\s+\"[^\"\n]{0,300}\")?\)"
)
_DEFINITION = re.compile(r"^[ \t]*\[[^\]\n]{1,100}\]:[ \t]*\S+.*$", re.MULTILINE)
_LABELLED = re.compile(r"<(?:https?://|mailto:|www\.)[^<>|\s]{0,2000}\|([^<>\n]{0,300})>", re.IGNORECASE)
_ANGLED = re.compile(r"<((?:https?://|mailto:|www\.)[^<>|\s]{0,2000})>", re.IGNORECASE)
_MAILBOX = re.compile(r"<([\w.+-]{1,64}@[\w.-]{1,255})>")
_TAG = re.compile(r"</?(?!sup>)[a-z!][^<>]{0,2000}>", re.IGNORECASE)
_CLOSING = re.compile(r"</([a-z][a-z\d-]{0,40})", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"<([a-z][\w-]{0,40})[\w .,:|-]{0,80}>", re.IGNORECASE)
"""What is to be filled in, as in `restore --tenant <id>`; without it the command would do another thing."""

_TAGS = frozenset(
    """a abbr acronym applet article aside audio b base basefont bdi bdo bgsound big blink blockquote body br button
    canvas caption center cite col colgroup datalist dd del details dfn dialog dir div dl dt em embed fieldset
    figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head hgroup hr html i iframe image img ins
    isindex kbd keygen legend li listing main map mark marquee math menu menuitem meta meter multicol nav nextid nobr
    noembed noframes noscript ol optgroup p picture plaintext pre progress q rb rp rt rtc ruby s samp script select
    slot small spacer span strike strong style sub sup svg table tbody td template textarea tfoot th thead tr track tt
    u ul video wbr xmp""".split()  # noqa: SIM905
)
"""Of HTML; not those that are words for what is to be filled in, too, as `<time>`: these have no end there."""

MAX_ROUNDS = 4
"""In which tags are taken out that only came to be when others were: `<<b>i>`."""

_ANGLES = str.maketrans("<>", "‹›")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
    "\U000e0000-\U000e007f]"
)
TERMINAL_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
_ADDRESS = re.compile(r"(?:https?://|www\.|mailto:|javascript:|data:)[^\s<>\"'`)\]}|]+", re.IGNORECASE)
# Letters of other scripts that look like Latin ones, enough to read a disguised order.
_LOOKALIKES = str.maketrans("аеорсухіјѕԁһΑΒΕΖΗΙΚΜΝΟΡΤΥΧІЈЅАВЕКМНОРСТУХ", "aeopcyxijsdhABEZHIKMNOPTYXIJSABEKMHOPCTYX")


def as_plain(text: str) -> str:
    """The text with links as their words, and without images, tags and characters that can't be seen.

    >>> as_plain("Ask [the desk](https://e.org/?q=1) ![x](https://e.org/p.png).")
    'Ask the desk .'
    """
    seen = _INVISIBLE.sub("", TERMINAL_SEQUENCE.sub("", text))
    if not any(mark in seen for mark in "[<"):
        return seen
    seen = _DEFINITION.sub("", _LINK.sub(r"\1", _IMAGE.sub("", seen)))
    return _untagged(_MAILBOX.sub(r"\1", _ANGLED.sub(r"\1", _LABELLED.sub(r"\1", seen)))) if "<" in seen else seen


def _untagged(text: str) -> str:
    """Without tags, of what they were made up, too; no tag, but what is to be filled in, stays."""
    for _ in range(MAX_ROUNDS):
        ended = {name.casefold() for name in _CLOSING.findall(text)}
        bare = _TAG.sub(lambda tag, ended=ended: _filled_in(tag.group(), ended), text)  # type: ignore[misc]
        if bare == text:
            return text
        text = bare
    return text.translate(_ANGLES)


def _filled_in(tag: str, ended: Collection[str]) -> str:
    """The tag, if it is none; in other brackets where its colon would make it a link: `<host:port>`."""
    found = _PLACEHOLDER.fullmatch(tag)
    name = found[1].casefold() if found else ""
    if not name or name in _TAGS or name in ended:
        return ""
    return tag.translate(_ANGLES) if ":" in tag else tag


def undisguised(text: str) -> str:
    """As a person or a model would read it: look-alike letters, full-width forms and invisible characters resolved."""
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).translate(_LOOKALIKES)


def strange_addresses(text: str, sources: str) -> list[str]:
    """Addresses in a text that its sources do not hold letter for letter: a place to carry something out by."""
    found = (match.group().rstrip(".,;:!?") for match in _ADDRESS.finditer(text))
    return [address for address in found if address not in sources]
