"""A folder of real documents, and what people do to it: edit, rename, delete, close, open and add."""

import os
import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.errors import InvalidInput
from tools.ingestion.formats.readers import is_readable_type

PLACES = ("/usr/share/doc", "/usr/share/perl", "/usr/share/perl5", "/usr/lib/python3", "/usr/share")
"""Folders of Debian's documentation packages; the last is for machines with few of them."""

MAX_BYTES = 24_000
_WITHOUT_SUFFIX = ("readme", "news", "todo", "copyright", "authors", "faq", "thanks", "changes", "history")
_SHARE_CHANGED = 0.02
GROUPS = ("public", "staff", "people")


def documents_in(places: Sequence[Path], count: int, seed: int) -> list[Path]:
    """That many readable files of at most 24 kB, evenly drawn; texts without a suffix count too. Raises
    InvalidInput."""
    found = sorted({path for place in places for path in _files(place)})
    if len(found) < count:
        raise InvalidInput(
            f"There are only {len(found):,} documents in {', '.join(map(str, places))}: install documentation packages "
            "(apt-get install libboost-doc openjdk-17-doc linux-doc), name other folders with --from, or ask for fewer."
        )
    return sorted(random.Random(seed).sample(found, count))  # noqa: S311 - a draw, no secret


def _files(place: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(place):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(folder, name)
            if not (is_readable_type(name) or name.lower() in _WITHOUT_SUFFIX) or name == "corpus.jsonl":
                continue
            if path.is_file() and not path.is_symlink() and 0 < path.stat().st_size <= MAX_BYTES:
                yield path


@dataclass(slots=True)
class WorkedOn:
    """The working copy, and counts of what was done to it."""

    folder: Path
    chance: random.Random
    done: dict[str, int] = field(default_factory=dict)

    @classmethod
    def copied(cls, documents: Sequence[Path], folder: Path, seed: int) -> "WorkedOn":
        for document in documents:
            target = folder / document.relative_to(document.anchor)
            if not is_readable_type(target.name):
                target = target.with_name(f"{target.name}.txt")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(document, target)
        return cls(folder, random.Random(seed))  # noqa: S311

    def change(self) -> None:
        """One round of work: each kind of change to about one document in fifty."""
        files = sorted(path for path in self.folder.rglob("*") if path.is_file() and path.name != "access.toml")
        number = max(1, int(len(files) * _SHARE_CHANGED))
        for kind in (self._edit, self._rename, self._delete, self._add):
            for path in self.chance.sample(files, min(number, len(files))):
                if path.exists():
                    kind(path)
                    self.done[kind.__name__[1:]] = self.done.get(kind.__name__[1:], 0) + 1
        folders = sorted({path.parent for path in files if path.exists()})
        for folder in self.chance.sample(folders, max(1, int(len(folders) * _SHARE_CHANGED))):
            self._give(folder)
        self._move(self.chance.choice(folders))

    def _edit(self, path: Path) -> None:
        text = path.read_bytes()
        middle = text.find(b"\n", len(text) // 2) + 1
        path.write_bytes(text[:middle] + f"\nEdited {self.chance.randrange(10**9)}.\n\n".encode() + text[middle:])

    def _rename(self, path: Path) -> None:
        path.rename(path.with_name(f"{path.stem}-{self.chance.randrange(10**6)}{path.suffix}"))

    def _delete(self, path: Path) -> None:
        path.unlink()

    def _add(self, path: Path) -> None:
        """Adds copies, since documentation often has equal texts under several names."""
        shutil.copyfile(path, path.with_name(f"copy-{self.chance.randrange(10**6)}-{path.name}"))

    def _give(self, folder: Path) -> None:
        groups = ", ".join(f'"{group}"' for group in self.chance.sample(GROUPS, self.chance.randint(1, 2)))
        (folder / "access.toml").write_text(f"groups = [{groups}]\n")
        self.done["re-permission"] = self.done.get("re-permission", 0) + 1

    def _move(self, folder: Path) -> None:
        target = self.folder / f"moved-{self.chance.randrange(10**6)}"
        if folder != self.folder and folder.exists():
            shutil.move(folder, target)
            self.done["move folder"] = self.done.get("move folder", 0) + 1
