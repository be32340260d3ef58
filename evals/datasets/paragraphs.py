"""Builds one corpus from the paragraphs that official files repeat in every question's context."""

import hashlib
from collections.abc import Iterable

from evals.datasets.questions import CorpusRow


class ParagraphPool:
    """Paragraphs without duplicates. The id is a digest of title and text, so that all subsets of a data set agree on
    it."""

    def __init__(self) -> None:
        self._rows: dict[str, CorpusRow] = {}

    def add(self, title: str, text: str, url: str | None = None) -> str:
        """Returns the paragraph's id; the same title and text give the same id."""
        title, text = title.strip(), text.strip()
        identifier = hashlib.sha256(f"{title}\x00{text}".encode()).hexdigest()[:16]
        self._rows.setdefault(identifier, CorpusRow(identifier, title, text, url))
        return identifier

    @property
    def rows(self) -> tuple[CorpusRow, ...]:
        return tuple(self._rows.values())


def absent_id(title: str) -> str:
    """The id of a gold paragraph that no context holds (HotpotQA fullwiki), so that it counts as a miss and can be
    named."""
    return f"absent:{title}"


def digest_of(rows: Iterable[CorpusRow]) -> str:
    """SHA-256 over every field of every row, in order."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(repr((row.id, row.title, row.text, row.url, row.groups)).encode())
    return digest.hexdigest()
