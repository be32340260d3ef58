"""The index of a mirror, `.hopline-mirror.json` at its top: what a fetcher noted about each file.

`tools.sources` writes it, ingestion reads it. With it a citation leads to the original page instead of our copy, and a
lost copy is not mistaken for a deleted document: files that are gone at the source are no longer in the index. It also
lists what the source has but no reader can read.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from tools.errors import UnreadableSource
from tools.ingestion.documents import Limits, digest
from tools.ingestion.files.left_out import LeftOut
from tools.ingestion.files.regular_files import read_bytes
from tools.passages import PUBLIC

INDEX_FILE = ".hopline-mirror.json"
MAX_INDEX_BYTES = 256 * 1024 * 1024
_MAX_CACHED_FOLDERS = 10_000


@dataclass(frozen=True, slots=True)
class Told:
    """What a mirror's index says about a file. What the file itself says takes precedence."""

    url: str | None = None
    title: str | None = None
    updated: str | None = None


@dataclass(frozen=True, slots=True)
class MirroredFile:
    """One file of a mirror. `etag` is sent with the next fetch, `modified` is an ISO time or day.

    An `unconfirmed` file has not been fetched since the mirror's readers changed: at its source it may be edited or
    gone.
    """

    url: str | None = None
    title: str | None = None
    modified: str | None = None
    etag: str | None = None
    unconfirmed: bool = False

    def check_confirmed(self, source: str, readers: tuple[str, ...], groups: tuple[str, ...]) -> None:
        """Raises UnreadableSource if an unconfirmed file would be opened to groups that could not read it before."""
        if self.unconfirmed and PUBLIC not in readers and not set(groups) <= set(readers):
            raise UnreadableSource(source, "is for other readers now, and could not be fetched again since")

    @property
    def told(self) -> Told:
        return Told(self.url, self.title, _date(self.modified))

    @property
    def digest(self) -> str:
        """Changes when the noted address, title or date does, so that the file is read again. Empty if nothing was
        noted."""
        told = self.told
        return digest(told.url or "", told.title or "", told.updated or "") if told != Told() else ""


@dataclass(frozen=True, slots=True)
class MirrorIndex:
    """Files by path below the mirror, and what a complete listing had besides."""

    files: dict[str, MirroredFile] = field(default_factory=dict)
    left_out: LeftOut = field(default_factory=LeftOut)


class MirrorIndexes:
    """Looks up the index entry of a file, whichever folder of the mirror is ingested. Reads each index once."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[Path, MirrorIndex] | None] = {}

    def of(self, file: Path) -> MirroredFile:
        """Raises UnreadableSource naming the index if it can't be read."""
        found = self._above(file.parent)
        if found is None:
            return MirroredFile()
        top, index = found
        return index.files.get(file.relative_to(top).as_posix(), MirroredFile())

    def that_names(self, file: Path) -> Path | None:
        """The mirror that should hold a copy of the file: its index names the file, or can't be read."""
        try:
            found = self._above(file.parent)
        except UnreadableSource as error:
            return Path(error.source).parent
        if found is None:
            return None
        top, index = found
        return top if file.relative_to(top).as_posix() in index.files else None

    def left_out_of(self, folder: Path) -> LeftOut:
        """Empty for folders that are no mirror, and if the index can't be read: each file then reports that itself."""
        try:
            found = self._above(folder)
        except UnreadableSource:
            return LeftOut()
        return found[1].left_out if found is not None and found[0] == folder else LeftOut()

    def _above(self, folder: Path) -> tuple[Path, MirrorIndex] | None:
        if len(self._known) > _MAX_CACHED_FOLDERS:
            self._known.clear()
        if folder not in self._known:
            if (folder / INDEX_FILE).is_file():
                self._known[folder] = (folder, read_index(folder))
            else:
                self._known[folder] = self._above(folder.parent) if folder != folder.parent else None
        return self._known[folder]


def read_index(folder: Path) -> MirrorIndex:
    """Empty if there is no index. Raises UnreadableSource if it can't be read."""
    path = folder / INDEX_FILE
    try:
        written = json.loads(read_bytes(path, str(path), Limits(max_bytes=MAX_INDEX_BYTES)))
        return MirrorIndex({str(name): _file(fields) for name, fields in written["files"].items()}, _left_out(written))
    except FileNotFoundError:
        return MirrorIndex()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableSource(str(path), f"is not an index of a mirror ({type(error).__name__})") from None


def write_index(folder: Path, index: MirrorIndex) -> None:
    """Write to a draft and rename it, so that there is always a complete index."""
    files = sorted(index.files.items())
    rows = {name: {key: value for key, value in asdict(file).items() if value} for name, file in files}
    besides = {"skipped": index.left_out.skipped, "linked_folders": index.left_out.linked_folders}
    draft = folder / f"{INDEX_FILE}.part"
    with draft.open("w", encoding="utf-8") as out:
        json.dump({"version": 1, "files": rows, **besides}, out, ensure_ascii=False, indent=0)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(folder / INDEX_FILE)


def name_lost(mirror: Path, ingested: Iterable[str]) -> None:
    """Add to the index the ingested files (paths below the mirror) that neither it nor the disk has, because somebody
    deleted the mirror. What the next fetch does not bring stays in the index until the source says that it is gone."""
    index = read_index(mirror)
    lost = [name for name in ingested if name not in index.files and not (mirror / name).exists()]
    if lost:
        mirror.mkdir(parents=True, exist_ok=True)
        write_index(mirror, replace(index, files={**index.files, **dict.fromkeys(lost, MirroredFile())}))


def remove_copies(mirrors: Path, files: Iterable[Path]) -> int:
    """Delete the files that are in a mirror, and their index entries. Returns how many files there were."""
    removed = 0
    of_mirror: dict[Path, list[Path]] = {}
    for file in files:
        if mirrors in file.parents:
            of_mirror.setdefault(mirrors / file.relative_to(mirrors).parts[0], []).append(file)
    for mirror, copies in of_mirror.items():
        for copy in copies:
            removed += copy.is_file()
            copy.unlink(missing_ok=True)
        gone = {copy.relative_to(mirror).as_posix() for copy in copies}
        if mirror.is_dir():
            index = read_index(mirror)
            kept = {name: noted for name, noted in index.files.items() if name not in gone}
            write_index(mirror, replace(index, files=kept))
    return removed


def _file(fields: Mapping[str, Any]) -> MirroredFile:
    texts = {key: fields.get(key) for key in ("url", "title", "modified", "etag")}
    if not all(value is None or isinstance(value, str) for value in texts.values()):
        raise TypeError
    return MirroredFile(**texts, unconfirmed=fields.get("unconfirmed") is True)


def _left_out(written: Mapping[str, Any]) -> LeftOut:
    """An index written by an older version has none."""
    skipped, folders = written.get("skipped", {}), written.get("linked_folders", [])
    if not all(type(number) is int for number in skipped.values()) or not all(
        isinstance(each, str) for each in folders
    ):
        raise TypeError
    return LeftOut(Counter(skipped), list(folders))


def _date(written: str | None) -> str | None:
    return written[:10] if written and len(written) >= 10 and written[4] == "-" else None
