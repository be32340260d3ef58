"""Decides who may read a file: its own statement, else the nearest access.toml above it, else the operator's access
file together with its grants, both of which must allow a group.

Fails closed: where rights can't be understood, nothing is ingested, and what the store has already is removed.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from tools.errors import UnreadableSource
from tools.ingestion.documents import UnclearRights
from tools.ingestion.files.discovery import ACCESS_FILE
from tools.ingestion.files.regular_files import regular_file
from tools.ingestion.formats.metadata import checked_groups
from tools.ingestion.rights.access_file import SETTING, AccessRules
from tools.ingestion.rights.grants import Grants
from tools.passages import PUBLIC

MAX_ACCESS_BYTES = 64 * 1024
_MAX_CACHED_FOLDERS = 10_000


@dataclass(frozen=True, slots=True)
class _Written:
    """The groups in an access.toml, and its folder."""

    folder: Path
    groups: tuple[str, ...]


class FolderRights:
    """Who may read a file because of its place.

    The nearest access.toml above it decides, ingested or not. Without one, a group must be named by both the operator's
    `rules` and the nearest of the `grants`; if only one of these says anything, it decides alone. If neither does, the
    file is public, unless there are rules: what they leave out nobody may read. The access.toml that a mirror got from
    its source's groups counts as a grant.
    """

    def __init__(self, grants: Grants, rules: AccessRules | None = None) -> None:
        self._grants = grants
        self._rules = rules
        self._known: dict[Path, _Written | UnclearRights | None] = {}

    def groups_of(self, file: Path, source: str) -> tuple[str, ...]:
        """The groups that may read the file; empty if nothing names any.

        Raises UnclearRights when the access.toml can't be read, when the operator's rules contradict each other or the
        grants, or when the file is a link whose target has other readers.
        """
        groups = self._groups_at(file, source)
        leads_somewhere = file.is_symlink() and file.exists()
        if leads_somewhere and set(self._groups_at(file.resolve(), source)) != set(groups):
            raise UnclearRights(source, "is a symbolic link to a file that is for other readers; name that one instead")
        return groups

    def _groups_at(self, file: Path, source: str) -> tuple[str, ...]:
        written = self._access_in(file.parent)
        if written is not None and self._grants.at(written.folder) != written.groups:
            return written.groups
        granted = self._grants.groups_of(file)
        ruled = self._rules.groups_of(source) if self._rules is not None else None
        if granted is None and ruled is None:
            return (PUBLIC,) if self._rules is None else ()
        return _named_by_both(ruled or (PUBLIC,), granted or (PUBLIC,), source)

    def _access_in(self, folder: Path) -> _Written | None:
        if len(self._known) > _MAX_CACHED_FOLDERS:
            self._known.clear()
        asked: list[Path] = []
        found: _Written | UnclearRights | None = None
        for place in (folder, *folder.parents):
            if place in self._known:
                found = self._known[place]
                break
            asked.append(place)
            found = _written_in(place)
            if found is not None:
                break
        self._known.update(dict.fromkeys(asked, found))
        if isinstance(found, UnclearRights):
            raise UnclearRights(found.source, found.reason)
        return found


def _named_by_both(ruled: tuple[str, ...], granted: tuple[str, ...], source: str) -> tuple[str, ...]:
    """Groups that both name. Neither the access file nor a grant opens what the other restricts; no common group is an
    error."""
    if PUBLIC in granted:
        return ruled
    both = granted if PUBLIC in ruled else tuple(group for group in granted if group in ruled)
    if not both:
        raise UnclearRights(source, f"{SETTING} gives it to {', '.join(ruled)}, and it was ingested for others alone")
    return both


def _written_in(folder: Path) -> _Written | UnclearRights | None:
    try:
        groups = _read(folder / ACCESS_FILE)
    except UnclearRights as error:
        return error
    return _Written(folder, groups) if groups is not None else None


def _read(path: Path) -> tuple[str, ...] | None:
    """The groups in an access.toml, or None if there is no such file."""
    try:
        with regular_file(path, str(path)) as file:
            data = file.read(MAX_ACCESS_BYTES + 1)
    except FileNotFoundError:
        return None
    except UnreadableSource as error:
        raise UnclearRights(error.source, error.reason) from None
    if len(data) > MAX_ACCESS_BYTES:
        raise UnclearRights(str(path), f"is larger than {MAX_ACCESS_BYTES:,} bytes")
    try:
        written = tomllib.loads(data.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise UnclearRights(str(path), f"is not valid TOML ({str(error)[:120]})") from None
    if set(written) != {"groups"}:
        raise UnclearRights(str(path), 'must hold groups = ["…"] and nothing else')
    if not isinstance(written["groups"], list):
        raise UnclearRights(str(path), f"groups must be a list, not {str(written['groups'])[:80]!r}")
    return checked_groups(written["groups"], str(path))
