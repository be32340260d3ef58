"""Source names: short, and the same however a file is ingested again."""

import os
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

from tools.ingestion.catalogue.catalogue import Catalogue
from tools.ingestion.catalogue.records import Records
from tools.ingestion.files.discovery import Target
from tools.ingestion.rights.grants import Grants
from tools.passages import DEFAULT_TENANT


class SourceNames:
    """A file is named by its path from the ingested folder on, including the folder's name: `handbook/hr/leave.md`."""

    def __init__(self, catalogue: Catalogue, tenant: str, grants: Grants) -> None:
        self._catalogue, self._tenant, self._grants = catalogue, tenant, grants
        self._roots = catalogue.roots(tenant)

    def root_of(self, target: Target) -> Path:
        """The widest ingested folder that contains the target. Names start there, so `ingest handbook/hr` after `ingest
        handbook` changes none."""
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
        """The shortest name that is free, adding a parent folder at a time. A name whose file is gone passes to the
        file that now has it."""
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
    """The fewest names that cover these sources: a folder or corpus stands for all its documents if nothing else is
    held below it. Forgetting a folder of thousands then takes one request to each holder."""
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
    """The fewest names that cover exactly the files at or below a place, except those in `but`. A folder whose name
    another folder shares is named by its contents."""
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
    """The names that could stand for a file: the place's name first, the file's own last."""
    inside = "" if path == place else f"/{path.relative_to(place).as_posix()}"
    first = len(source)
    if source.endswith(inside):
        first -= len(inside)
    elif inside.endswith(f"/{source}"):  # the place is wider than the folder that names are made from
        first = 0
    return [source[:end] for end, letter in enumerate(f"{source}/") if letter == "/" and end >= first]


def erase_command(name: str, tenant: str) -> str:
    """The command that erases a source."""
    owner = "" if tenant == DEFAULT_TENANT else f" --tenant {shlex.quote(tenant)}"
    return f"hopline erase --source {shlex.quote(name)}{owner}"


def plain_name(written: str) -> str:
    """A source name without what a shell's completion adds (`./`, a trailing slash)."""
    name = written.strip()
    while name.startswith("./"):
        name = name[2:].lstrip("/")
    return name.rstrip("/") or written
