"""Who may read a file: its own word, else the nearest access.toml above it, else the operator's mapping, else what the
command says.

Fails closed: where rights can't be understood nothing is ingested, and what is in the store already is removed.
"""

import tomllib
from pathlib import Path

from tools.ingestion.access_file import AccessRules
from tools.ingestion.documents import UnclearRights
from tools.ingestion.grants import Grants
from tools.ingestion.metadata import checked_groups
from tools.ingestion.readers import io_reason
from tools.passages import PUBLIC

ACCESS_FILE = "access.toml"
MAX_ACCESS_BYTES = 64 * 1024
_MAX_CACHED_FOLDERS = 10_000


class FolderRights:
    """Who may read a file by its place: the nearest access.toml in the folders above it, up to the top of the file
    system, whichever of them is ingested; else the operator's `rules`; else the nearest of the `grants`.

    Without any of them a file is public, but where there are rules: what those leave out is nobody's.
    """

    def __init__(self, grants: Grants, rules: AccessRules | None = None) -> None:
        self._grants = grants
        self._rules = rules
        self._known: dict[Path, tuple[str, ...] | UnclearRights | None] = {}

    def groups_of(self, file: Path, source: str) -> tuple[str, ...]:
        """Empty when nothing says it. Raises UnclearRights when the access.toml that rules here can't be read, or the
        operator's rules contradict each other."""
        written = self._access_in(file.parent)
        if written is None and self._rules is not None:
            written = self._rules.groups_of(source)
        if written is None:
            written = self._grants.groups_of(file)
        if written is not None:
            return written
        return (PUBLIC,) if self._rules is None else ()

    def _access_in(self, folder: Path) -> tuple[str, ...] | None:
        if len(self._known) > _MAX_CACHED_FOLDERS:
            self._known.clear()
        asked: list[Path] = []
        found: tuple[str, ...] | UnclearRights | None = None
        for place in (folder, *folder.parents):
            if place in self._known:
                found = self._known[place]
                break
            asked.append(place)
            found = _ruling_in(place)
            if found is not None:
                break
        self._known.update(dict.fromkeys(asked, found))
        if isinstance(found, UnclearRights):
            raise UnclearRights(found.source, found.reason)
        return found


def _ruling_in(folder: Path) -> tuple[str, ...] | UnclearRights | None:
    try:
        return _read(folder / ACCESS_FILE)
    except UnclearRights as error:
        return error


def _read(path: Path) -> tuple[str, ...] | None:
    """Groups of one access.toml; None when there is none."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_ACCESS_BYTES + 1)
    except FileNotFoundError:
        if path.is_symlink():
            raise UnclearRights(str(path), "is a symbolic link to nothing") from None
        return None
    except OSError as error:
        raise UnclearRights(str(path), io_reason(error)) from None
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
