"""What the catalogue knows of a document."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Entry:
    """One document in the catalogue: a file (`row` is empty) or a row of a corpus.

    `source` is its present name, `origin` its first one. Passage ids come from `origin`, so that they survive a rename.
    `groups` come from its folder, `readers` are those of its passages. `overruled` is the source that replaces it, or
    its own when its validity has ended. `content` is the digest of its bytes; `stamp` tells whether they can have
    changed, without reading them. `chunks` maps each passage's key to a digest of its row in the store.
    """

    path: Path
    row: str
    source: str
    root: str = ""
    origin: str = ""
    fingerprint: str = ""
    groups: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    content: str = ""
    stamp: str = ""
    chunks: dict[str, str] = field(default_factory=dict)
    overruled: str = ""
    supersedes: tuple[tuple[str, str], ...] = ()  # (source or name it replaces, ISO day from which it does)
    successor: tuple[str, str] = ("", "")  # (name of what replaces it, ISO day from which it does)
    names: tuple[str, ...] = ()
    seen: str = ""
    modified_ns: int = 0
    size: int = 0
