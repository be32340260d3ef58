"""Source names: short, stable, and the same whichever way a file is ingested again."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from tools.ingestion.catalogue import Catalogue
from tools.ingestion.discovery import Target
from tools.ingestion.grants import Grants


class SourceNames:
    """A file of an ingested folder is named from the folder's own name on: `handbook/hr/leave.md`."""

    def __init__(self, catalogue: Catalogue, tenant: str, grants: Grants) -> None:
        self._catalogue, self._tenant, self._grants = catalogue, tenant, grants
        self._roots = catalogue.roots(tenant)

    def root_of(self, target: Target) -> Path:
        """The widest folder ingested so far that holds the target: names are given from it on.

        So `ingest handbook/hr` after `ingest handbook` changes none.
        """
        own = target.path if target.is_folder else target.path.parent
        above = [root for root in self._roots if root == own or root in own.parents]
        return min([*above, own], key=lambda root: len(root.parts))

    def knows(self, root: Path) -> bool:
        return root in self._roots

    def source_of(self, path: Path, root: Path, target: Target) -> str:
        alone = not target.is_folder and root not in self._roots
        known = self._catalogue.find(self._tenant, path).get("")
        if alone and known is not None:
            return known.source
        return self._free(path, path.parent if alone else root.parent, is_new=known is None)

    def _free(self, path: Path, top: Path, *, is_new: bool) -> str:
        """Names from ever further up until one is free; a name whose file is gone passes to the one that has it now."""
        while True:
            source = path.relative_to(top).as_posix()
            owner = self._catalogue.path_of(self._tenant, source)
            if owner is None or owner == path or top == top.parent:
                return source
            if is_new and not os.path.lexists(owner):
                self._grants.follow(owner, path)
                self._catalogue.move(self._tenant, owner, path)
                return source
            top = top.parent


def covering(sources: Sequence[str], is_held: Callable[[str], bool]) -> list[str]:
    """As few names as say the same: where nothing else is held below a folder or corpus, its name stands for all that
    was in it. So forgetting a folder of thousands asks everybody once."""
    holds: dict[str, bool] = {}
    found: dict[str, None] = {}
    for source in sources:
        best = source
        for place in reversed([number for number, letter in enumerate(source) if letter in "#/"]):
            above = source[:place]
            if above not in holds:
                holds[above] = is_held(above)
            if holds[above]:
                break
            best = above
        found[best] = None
    return list(found)
