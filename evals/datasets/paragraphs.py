"""Builds one corpus out of the paragraphs that official files repeat in every question's context."""

import hashlib
from collections.abc import Iterable

from evals.datasets.questions import CorpusRow


class ParagraphPool:
    """Paragraphs without repetition; the id is a digest of title and text, so any subset of a data set agrees on it."""

    def __init__(self) -> None:
        self._rows: dict[str, CorpusRow] = {}

    def add(self, title: str, text: str, url: str | None = None) -> str:
        """The paragraph's id; a second paragraph with the same title and text is the same one."""
        title, text = title.strip(), text.strip()
        identifier = hashlib.sha256(f"{title}\x00{text}".encode()).hexdigest()[:16]
        self._rows.setdefault(identifier, CorpusRow(identifier, title, text, url))
        return identifier

    @property
    def rows(self) -> tuple[CorpusRow, ...]:
        return tuple(self._rows.values())


def absent_id(title: str) -> str:
    """The id of a gold paragraph that the file's contexts don't hold (HotpotQA fullwiki): a miss, and named as one."""
    return f"absent:{title}"


def digest_of(rows: Iterable[CorpusRow]) -> str:
    """SHA-256 over every field of every row, in order."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(repr((row.id, row.title, row.text, row.url, row.groups)).encode())
    return digest.hexdigest()
