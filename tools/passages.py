"""The values that flow through Hopline: readers, passages, links and hits.

Offsets are Unicode code points into the *extracted* text of the source: the file's own text for Markdown and plain
text, the parser's output for HTML, PDF and DOCX.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from tools.errors import InvalidInput

PUBLIC = "public"
DEFAULT_TENANT = "default"

Status = Literal["current", "superseded"]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks. Every store request is filtered by it; a reader without groups reads public passages only."""

    user: str | None = None
    groups: tuple[str, ...] = ()
    tenant: str = DEFAULT_TENANT

    def __post_init__(self) -> None:
        if isinstance(self.groups, str):  # which would be read letter by letter, and open nothing
            raise InvalidInput(f"groups={self.groups!r} is one text: write groups=({self.groups!r},), with the comma")

    @property
    def readable_groups(self) -> frozenset[str]:
        return frozenset(self.groups) | {PUBLIC}

    def may_read(self, passage: "Passage") -> bool:
        """Whether this reader may read it: the rule of the store's filter, applied again to every row."""
        return self.reads(passage.tenant, passage.groups)

    def reads(self, tenant: str, groups: Iterable[str]) -> bool:
        return tenant == self.tenant and not self.readable_groups.isdisjoint(groups)


@dataclass(frozen=True, slots=True)
class Link:
    """A hyperlink out of a passage; `target` is the source it resolves to, or the URL as written."""

    text: str
    target: str


@dataclass(frozen=True, slots=True)
class Passage:
    """One retrievable chunk of one source.

    `key` is the store's primary key, unique over tenants and sources; `id` is what people and data sets call it.
    `names` are the normalised keys under which another document may mention this one (see `tools.names`), the source
    itself among them where it is spelled as a key; `row_names` are those under which the rows of its tables may be
    mentioned. `headings` is the path of headings over all of it; where it holds several sections, `sections` says at
    which offset of the text each begins and under which path. `supersedes` and the days of its validity (ISO) are what
    its document says of itself.
    """

    key: str
    id: str
    source: str
    title: str
    text: str
    tenant: str = DEFAULT_TENANT
    groups: tuple[str, ...] = (PUBLIC,)
    headings: tuple[str, ...] = ()
    sections: tuple[tuple[int, tuple[str, ...]], ...] = ()
    start: int = 0
    end: int = 0
    page: int | None = None
    lines: tuple[int, int] | None = None
    url: str | None = None
    links: tuple[Link, ...] = ()
    names: tuple[str, ...] = ()
    row_names: tuple[str, ...] = ()
    updated: str | None = None
    status: Status = "current"
    superseded_by: str | None = None
    supersedes: tuple[str, ...] = ()
    valid_from: str | None = None
    valid_until: str | None = None
    content_hash: str = ""

    @property
    def known_as(self) -> tuple[str, ...]:
        """All names by which a link may refer to it or to one of its rows."""
        return (*self.names, *self.row_names, self.source)

    @property
    def header(self) -> str:
        """The context that a chunk loses when it is cut out: its title and heading path, one per line."""
        if not self.headings:
            return self.title
        trail = " > ".join([heading for heading in self.headings if heading != self.title])
        return f"{self.title}\n{trail}" if self.title and trail else self.title or trail

    @property
    def content(self) -> str:
        """What is embedded and indexed for BM25: header and text."""
        return f"{self.header}\n{self.text}" if self.header else self.text

    def section_at(self, offset: int) -> tuple[int, tuple[str, ...]]:
        """The section at this offset of its text: where it begins, and its path of headings."""
        begun = bisect_right(self.sections, offset, key=lambda section: section[0])
        return self.sections[begun - 1] if begun else (0, self.headings)

    def headings_at(self, offset: int) -> tuple[str, ...]:
        return self.section_at(offset)[1]

    def path_at(self, offset: int) -> tuple[str, ...]:
        """The title and the headings over this offset of its text."""
        return (self.title, *self.headings_at(offset))

    @property
    def locator(self) -> str:
        """Where in the source a person finds it: page, heading or lines; empty for a whole short source."""
        return self._located(self.headings)

    def locator_at(self, offset: int) -> str:
        """The locator of this offset of its text."""
        return self._located(self.headings_at(offset))

    def _located(self, headings: tuple[str, ...]) -> str:
        if self.page is not None:
            return f"p. {self.page}"
        if headings:
            return headings[-1]
        return f"lines {self.lines[0]}–{self.lines[1]}" if self.lines else ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that a store request brought back.

    `score` is the fused reciprocal-rank score (0 for a lookup by name); `vector` is the passage's unit-norm
    embedding, so that chains can be compared without asking the embedder again. A store packs it in an `array` of
    floats: a tuple of them takes eight times the room, and is read twenty times as slowly.
    """

    passage: Passage
    score: float = 0.0
    vector: Sequence[float] | None = field(default=None, repr=False, compare=False)
