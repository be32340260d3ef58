"""Counts what is not read although nothing failed, in folders and in mirrored sources."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Literal

from tools.ingestion.documents import is_one_line

MAX_SUFFIXES = 100
MAX_FOLDERS_LISTED = 1_000
OTHER_SUFFIXES = "…"


@dataclass(slots=True)
class LeftOut:
    """`skipped` counts files of unknown types by suffix (at most 100 suffixes, the rest as "…"). `linked_folders` are
    links to folders elsewhere, which are not followed (at most 1,000)."""

    skipped: Counter[str] = field(default_factory=Counter)
    linked_folders: list[str] = field(default_factory=list)

    def overlook(self, path: PurePath, what: Literal["file", "linked folder"]) -> None:
        if what == "file":
            self._skip(path.suffix.lower(), 1)
        else:
            self._list(str(path))

    def add(self, other: "LeftOut") -> None:
        for suffix, number in other.skipped.items():
            self._skip(suffix, number)
        for folder in other.linked_folders:
            self._list(folder)

    def _skip(self, suffix: str, number: int) -> None:
        is_listed = is_one_line(suffix) and (suffix in self.skipped or len(self.skipped) < MAX_SUFFIXES)
        self.skipped[suffix if is_listed else OTHER_SUFFIXES] += number

    def _list(self, folder: str) -> None:
        if len(self.linked_folders) < MAX_FOLDERS_LISTED:
            self.linked_folders.append(folder if is_one_line(folder) else ascii(folder)[1:-1])
