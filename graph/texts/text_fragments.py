"""Links that open at the quoted place: text fragments (WICG "URL Fragment Text Directives"), or a PDF's page.

A browser that does not know `#:~:text=` opens the page at its top, so a link is never worse for having one.
"""

import re
from html import unescape
from urllib.parse import quote, urlsplit, urlunsplit

from graph.evidence import Evidence

MAX_WHOLE = 120
"""A longer quote is given by its first and last words, as the specification advises."""

EDGE_WORDS = 5
CONTEXT_WORDS = 3
MAX_URL_CHARACTERS = 2_000
_DIRECTIVE = ":~:"
_MARKUP = re.compile(
    r"\\([!-/:-@\[-`{-~])|\*\*|__|~~|`|^[^\S\n]*(?:[-*+•–]|\d{1,3}[.)]|#{1,6}|>)\s+"
    r"|!?\[([^\]\n]*)\](?:\([^)\s]*\)|\[[^\]\n]*\])|<((?:https?://|mailto:)[^<>\s]*)>",
    re.MULTILINE,
)
_EMPHASIS = re.compile(r"(?<![\w*\\])([*_])(?=[^\s*_])([^*_\n]{1,300})(?<=\S)\1(?![\w*])")
_LINE_END = re.compile(r"<br\s*/?>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][^<>\n]{0,300}>", re.IGNORECASE)
_BLOCK_END = re.compile(r"\n[^\S\n]*\n|\n(?=[^\S\n]*(?:[-*+•–|>]|\d{1,3}[.)]|#{1,6})\s)")


def link_of(evidence: Evidence) -> str | None:
    """The source's web address, opening at the quote; None for a source that has none (files, other schemes)."""
    passage = evidence.passage
    url = (passage.url or "").strip()
    if not re.match(r"https?://[^\s/]", url, re.IGNORECASE):
        return None
    parts = urlsplit(url)
    if parts.path.lower().endswith(".pdf"):
        page = f"page={passage.page}" if passage.page is not None and not parts.fragment else parts.fragment
        return urlunsplit(parts._replace(fragment=page))
    anchor = parts.fragment.partition(_DIRECTIVE)[0]
    offset = evidence.start - passage.start
    directive = text_directive(passage.text, offset, offset + len(evidence.quote))
    linked = urlunsplit(parts._replace(fragment=f"{anchor}{_DIRECTIVE}{directive}")) if directive else url
    return linked if len(linked) <= MAX_URL_CHARACTERS else url


def text_directive(text: str, start: int, end: int) -> str:
    """`text=[prefix-,]start[,end][,-suffix]` for `text[start:end]`; empty when no words of it stand on the page.

    Words around it are given where the same words stand elsewhere in the text, too.
    """
    if text[start:end].lstrip().startswith("|"):
        start, end = _longest_cell(text, start, end)
    # Words are found within a paragraph or an item of a list alone.
    blocks = [words for block in _BLOCK_END.split(text[start:end]) if (words := _visible(block).split())]
    if not blocks:
        return ""
    whole = " ".join(blocks[0])
    short = len(blocks) == 1 and (len(whole) <= MAX_WHOLE or len(blocks[0]) <= 2 * EDGE_WORDS)
    ends = [whole] if short else [" ".join(blocks[0][:EDGE_WORDS]), " ".join(blocks[-1][-EDGE_WORDS:])]
    before = after = ""
    if _visible(text).casefold().count(ends[0].casefold()) > 1:
        before = " ".join(_visible(text[:start]).split()[-CONTEXT_WORDS:])
        after = " ".join(_visible(text[end:]).split()[:CONTEXT_WORDS])
    parts = [f"{_encoded(before)}-"] * bool(before) + [_encoded(one) for one in ends]
    return "text=" + ",".join(parts + [f"-{_encoded(after)}"] * bool(after))


def _longest_cell(text: str, start: int, end: int) -> tuple[int, int]:
    """A table row is one text in its source and several on the page: its longest cell is looked for."""
    cells = [match.span() for match in re.finditer(r"[^|\n]+", text[start:end])]
    first, last = max(cells, key=lambda span: span[1] - span[0], default=(0, 0))
    return start + first, start + last


def _visible(text: str) -> str:
    """Markdown as it looks once it is rendered, on one line."""
    plain = _MARKUP.sub(lambda found: found[1] or found[2] or found[3] or "", _EMPHASIS.sub(r"\2", text))
    return " ".join(unescape(_TAG.sub("", _LINE_END.sub(" ", plain))).split())


def _encoded(words: str) -> str:
    """Percent-encoded; `-`, `,` and `&` have a meaning of their own in a directive."""
    return quote(words.encode("utf-8", "replace"), safe="").replace("-", "%2D")
