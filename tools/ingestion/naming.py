"""Source names: short, stable, and the same whichever way a file is ingested again."""

import os
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

from tools.ingestion.catalogue import Catalogue
from tools.ingestion.discovery import Target
from tools.ingestion.grants import Grants
from tools.ingestion.records import Records
from tools.passages import DEFAULT_TENANT


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


def names_of(records: Records, tenant: str, place: Path, but: Sequence[Path] = ()) -> list[str]:
    """As few names as mean all files at or below a place, and no other file; `but` are places inside that are not
    meant. A folder that shares its name with another one is named by what is in it."""
    shared: dict[str, bool] = {}
    found: dict[str, None] = {}
    for source, path in records.documents_in(tenant, place, but):
        for name in _wider_names(source, path, place):
            if name not in shared:
                shared[name] = name != source and records.is_shared(tenant, name, place, but)
            if not shared[name]:
                found[name] = None
                break
    return list(found)


def _wider_names(source: str, path: Path, place: Path) -> list[str]:
    """What a file of a place may be called by: the place's own name first, its own last."""
    inside = "" if path == place else f"/{path.relative_to(place).as_posix()}"
    first = len(source)
    if source.endswith(inside):
        first -= len(inside)
    elif inside.endswith(f"/{source}"):  # the place is wider than the folder that names are made from
        first = 0
    return [source[:end] for end, letter in enumerate(f"{source}/") if letter == "/" and end >= first]


def erase_command(name: str, tenant: str) -> str:
    """What a person types to have a source forgotten."""
    owner = "" if tenant == DEFAULT_TENANT else f" --tenant {shlex.quote(tenant)}"
    return f"hopline erase --source {shlex.quote(name)}{owner}"


def plain_name(written: str) -> str:
    """A source as its documents have it, however a shell has completed its name."""
    name = written.strip()
    while name.startswith("./"):
        name = name[2:].lstrip("/")
    return name.rstrip("/") or written
