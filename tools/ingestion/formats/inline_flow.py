"""Collects inline HTML as text with collapsed white space, and the links in it."""

from collections.abc import Sequence
from itertools import accumulate, pairwise

Link = tuple[int, str, str]


class InlineFlow:
    """The text of one block. `text` is trimmed; `links` are (offset into `text`, link text, href)."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0
        self._space = False
        self._open: tuple[int, int, str] | None = None
        self._closed: list[Link] = []

    def write(self, text: str, *, verbatim: bool = False) -> None:
        words = text.split()
        if verbatim:
            self._put(text if self._pieces else text.lstrip())
            return
        self._space = self._space or text[:1].isspace()
        if words:
            after_text = bool(self._pieces) and not self._pieces[-1].endswith("\n")
            self._put((" " if self._space and after_text else "") + " ".join(words))
            self._space = text[-1].isspace()

    def line_break(self) -> None:
        if self._pieces:
            self._put("\n")
        self._space = False

    def open_link(self, href: str) -> None:
        """Begin a link; closes the one before it. An empty `href` begins none."""
        if self._open is not None:
            piece, offset, target = self._open
            label = "".join(self._pieces[piece:])
            lead = len(label) - len(label.lstrip())
            self._closed.append((offset + lead, " ".join(label.split()), target))
        self._open = (len(self._pieces), self._length, href) if href else None

    @property
    def text(self) -> str:
        return "".join(self._pieces).rstrip()

    @property
    def links(self) -> list[Link]:
        """A link without text may lie behind the end of the trimmed text; it is moved back."""
        self.open_link("")
        end = len(self.text)
        return [(min(at, end), label, href) for at, label, href in self._closed]

    def on_one_line(self) -> tuple[str, list[Link]]:
        return on_one_line(self.text, self.links)

    def _put(self, piece: str) -> None:
        if piece:
            self._pieces.append(piece)
            self._length += len(piece)


def on_one_line(text: str, links: Sequence[Link]) -> tuple[str, list[Link]]:
    """`text` trimmed, each run of white space replaced by one space, and `links` moved along."""
    lead = len(text) - len(text.lstrip())
    line = " ".join(text.split())
    kept = (not (left.isspace() and right.isspace()) for left, right in pairwise(text[lead:]))
    moved = [0, *accumulate(kept, initial=1)]
    return line, [
        (min(moved[min(max(at - lead, 0), len(moved) - 1)], len(line)), label, href) for at, label, href in links
    ]
