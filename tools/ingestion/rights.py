"""Who may read a file: its own word, else the nearest access.toml above it, else the operator's mapping, else what the
command says.

Fails closed: where rights can't be understood nothing is ingested, and what is in the store already is removed.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from tools.ingestion.access_file import AccessRules
from tools.ingestion.documents import UnclearRights
from tools.ingestion.metadata import checked_groups
from tools.ingestion.readers import io_reason
from tools.passages import PUBLIC

ACCESS_FILE = "access.toml"
MAX_ACCESS_BYTES = 64 * 1024
_MAX_CACHED_FOLDERS = 10_000


class FolderRights:
    """Who may read the files under `root`: access.toml files in it rule, the nearest first; those above have no say.

    `granted` are the groups that files and folders were ingested for, now or earlier; the nearest grant holds where
    neither an access.toml nor one of the operator's `rules` does. Without any of them a file is public, but where there
    are rules: what those leave out is nobody's.
    """

    def __init__(self, root: Path, granted: Mapping[Path, tuple[str, ...]], rules: AccessRules | None = None) -> None:
        self._root = root
        self._granted = granted
        self._rules = rules
        self._known: dict[Path, tuple[str, ...] | UnclearRights | None] = {}

    def groups_of(self, file: Path, source: str) -> tuple[str, ...]:
        """Empty when nothing says it. Raises UnclearRights when the access.toml that rules here can't be read, or the
        operator's rules contradict each other."""
        written = self._access_in(file.parent)
        if written is None and self._rules is not None:
            written = self._rules.groups_of(source)
        if written is not None:
            return written
        everybody = (PUBLIC,) if self._rules is None else ()
        return next((self._granted[place] for place in (file, *file.parents) if place in self._granted), everybody)

    def _access_in(self, folder: Path) -> tuple[str, ...] | None:
        if len(self._known) > _MAX_CACHED_FOLDERS:
            self._known.clear()
        if folder not in self._known:
            self._known[folder] = self._find(folder)
        known = self._known[folder]
        if isinstance(known, UnclearRights):
            raise UnclearRights(known.source, known.reason)
        return known

    def _find(self, folder: Path) -> tuple[str, ...] | UnclearRights | None:
        try:
            written = _read(folder / ACCESS_FILE)
            if written is not None or folder == self._root or self._root not in folder.parents:
                return written
            return self._access_in(folder.parent)
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
