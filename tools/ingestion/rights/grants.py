"""Grants: for which groups files and folders were ingested, now or in earlier runs.

A grant moves along with its place, so that renaming something never opens it to others.
"""

import os
from collections import defaultdict
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from tools.errors import CatalogueLost, UnreadableSource
from tools.ingestion.catalogue.catalogue import Catalogue
from tools.ingestion.catalogue.entry import Entry
from tools.ingestion.documents import Limits
from tools.ingestion.files.discovery import FoundFile, files_under
from tools.ingestion.files.regular_files import read_bytes
from tools.ingestion.rights.request import Request


class Grants:
    """Blocking; used by one thread at a time. A file's own grant holds, else the nearest one above it."""

    def __init__(self, catalogue: Catalogue, request: Request) -> None:
        self._catalogue, self._request = catalogue, request
        self._granted = catalogue.grants(request.tenant)
        self._given_now: set[Path] = set()

    def give(self) -> None:
        """Store this run's groups as grants. They replace earlier grants below the same places, unless they are
        standing."""
        if self._request.groups is None:
            return
        for target in self._request.targets:
            self._catalogue.grant(
                self._request.tenant, target.path, self._request.groups, overrules_below=not self._request.standing
            )
            if not self._request.standing:
                self._given_now.add(target.path)
        self._granted = self._catalogue.grants(self._request.tenant)

    def at(self, place: Path) -> tuple[str, ...] | None:
        return self._granted.get(place)

    def groups_of(self, file: Path) -> tuple[str, ...] | None:
        place = self._place_over(file)
        return self._granted[place] if place is not None else None

    def follow(self, old: Path, new: Path) -> None:
        """The document at `old` was moved to `new`: its grant, or that of the folder it was moved out of, moves along.
        Not if `new` has a grant of its own, or one that this run gave."""
        was, now = self._place_over(old), self._place_over(new)
        if was is None or was == now:
            return
        is_own = was == old
        if now is not None and (now == new or now in self._given_now or not (is_own or now in old.parents)):
            return
        place, groups = self._moved_folder(was, old, new) or new, self._granted[was]
        self._catalogue.move_grant(self._request.tenant, old, place, groups)
        self._granted[place] = groups
        if is_own:
            del self._granted[was]

    def follow_moved_places(self, limits: Limits) -> None:
        """To be called before any file is read, so that a moved folder is closed before its first file is ingested.
        Compares contents only if a granted place is gone."""
        gone = self._gone()
        if not gone:
            return
        for target in self._request.targets:
            for found in files_under(target, lambda error: None):
                for old in gone.get((found.path.name, found.size), ()):
                    if self._is_new(found.path) and self._is_same(old, found, limits):
                        self.follow(old.path, found.path)

    def _gone(self) -> dict[tuple[str, int], list[Entry]]:
        """Entries below granted places that no longer exist, by file name and size."""
        found: dict[tuple[str, int], list[Entry]] = defaultdict(list)
        for place in self._granted:
            if not os.path.lexists(place):
                for entry in self._catalogue.files_at(self._request.tenant, place):
                    found[(entry.path.name, entry.size)].append(entry)
        return found

    def _is_new(self, path: Path) -> bool:
        return not self._catalogue.find(self._request.tenant, path)

    def _is_same(self, old: Entry, found: FoundFile, limits: Limits) -> bool:
        try:
            data = read_bytes(found.path, old.source, limits)
        except (FileNotFoundError, UnreadableSource):
            return False
        return sha256(data).hexdigest() == old.content

    def _moved_folder(self, place: Path, old: Path, new: Path) -> Path | None:
        """The new path of the granted folder if it was moved as a whole: the path below it is the same, the old folder
        is gone, and nothing else was ever ingested from the new one."""
        if place == old or os.path.lexists(place):
            return None
        below = old.relative_to(place).parts
        if new.parts[-len(below) :] != below:
            return None
        folder = new.parents[len(below) - 1]
        if folder in place.parents:
            return None
        others = self._catalogue.unseen(self._request.tenant, folder, self._request.run, is_folder=True)
        return folder if next(others, None) is None else None

    def _place_over(self, path: Path) -> Path | None:
        return next((place for place in _upwards(path) if place in self._granted), None)


def check_readers_are_said(catalogue: Catalogue, request: Request, beside: int) -> None:
    """Raises CatalogueLost for a place without a grant when the catalogue is younger than the store's passages.

    The place may then have been ingested for some groups only. A run that names its groups is let through.
    """
    grants = Grants(catalogue, request)
    if request.groups is None and any(grants.groups_of(target.path) is None for target in request.targets):
        raise CatalogueLost(lost(catalogue.path, beside))


def lost(catalogue: Path, passages: int) -> str:
    """The error's text: the catalogue is new although the store has passages, and what to do."""
    held = "one passage" if passages == 1 else f"{passages:,} passages"
    return (
        f"{catalogue} is new or belongs to another store: the store already held {held}, and it is not known for whom"
        " they were ingested. Put the lost catalogue back from a backup; or say for whom each place is, as in"
        " --groups finance (public is everybody), or groups: [finance] in the sources file; or empty the store, and"
        " ingest everything again with its --groups."
    )


def _upwards(path: Path) -> Sequence[Path]:
    return (path, *path.parents)
