"""Finds the document that another one refers to by a name: "ADR-0004", "version 4", "Travel policy 2026".

Names are compared by name keys, as titles and questions are. If several documents have the name, the one in the same
folder is meant; if that does not decide, none is.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from tools.ingestion.catalogue.relations import Relations
from tools.names import name_key

MAX_KEYS = 64
_MAX_ANSWERING = 50
_NUMBERED = re.compile(r"(?:([a-z]{2,12}) ?)?0*(\d{1,5})(?= |$)")
_PARENTHESIS = re.compile(r"\s*[(\[][^()\[\]]{0,200}[)\]]$")
_REFERENCE = re.compile(r"[A-Za-z]{2,12}[ -]?#?\d{1,6}\b")
_VERSION = re.compile(r"\b(?:version|revision|edition|rev|v) ?(\d{1,4}(?: \d{1,4}){0,3})\b")
_VERSION_WORDS = ("version ", "v", "v ", "revision ", "rev ", "edition ")


def keys_of(names: Iterable[str]) -> tuple[str, ...]:
    """The keys of a document: its names, and the numbers at their beginning ("adr 4", "4")."""
    keys = dict.fromkeys(names)
    for name in tuple(keys):
        if match := _NUMBERED.match(name):
            keys[_numbered(match)] = None
    return tuple(keys)[:MAX_KEYS]


class Meant:
    def __init__(self, relations: Relations, tenant: str) -> None:
        self._relations, self._tenant = relations, tenant

    def source(self, name: str, writer: str) -> str | None:
        """The source that `writer` means by `name`; None if no document has the name, or more than one."""
        key = name_key(name)
        if version := _VERSION.fullmatch(key):
            return self._version(version[1], writer)
        for other in _spellings(name):
            if found := self._sole(other, writer):
                return found
        number = _NUMBERED.fullmatch(key) or _NUMBERED.match(name_key(_reference(name)))
        return self._sole(number[2], writer, same_folder=True) if number else None

    def _version(self, version: str, writer: str) -> str | None:
        """The document with the writer's name and this version. If no title has the version, the only other document
        with the same name without a version."""
        own = self._relations.names_of(self._tenant, writer)
        bare: dict[str, None] = {}
        for name in own:
            if match := _VERSION.search(name):
                before, after = name[: match.start()], name[match.end() :]
                bare[f"{before} {after}".strip()] = None
                for word in _VERSION_WORDS:
                    if found := self._sole(f"{before}{word}{version}{after}", writer):
                        return found
        named = (found for name in bare if (found := self._sole(name, writer)))
        return next((found for found in named if self._has_no_version_but(version, found)), None)

    def _has_no_version_but(self, version: str, source: str) -> bool:
        names = self._relations.names_of(self._tenant, source)
        return all(match[1] == version for name in names if (match := _VERSION.search(name)))

    def _sole(self, key: str, writer: str, *, same_folder: bool = False) -> str | None:
        found = {source for source in self._relations.called(self._tenant, key, _MAX_ANSWERING) if source != writer}
        beside = {source for source in found if PurePosixPath(source).parent == PurePosixPath(writer).parent}
        chosen = beside if same_folder or (len(found) > 1 and beside) else found
        return next(iter(chosen)) if len(chosen) == 1 else None


def _spellings(name: str) -> Iterator[str]:
    """The keys to look a name up by, the most specific first."""
    bare = _PARENTHESIS.sub("", name)
    for written in dict.fromkeys((name, bare, _reference(name))):
        if key := name_key(written):
            yield key
            if match := _NUMBERED.fullmatch(key):
                yield _numbered(match)


def _reference(name: str) -> str:
    match = _REFERENCE.match(name)
    return match.group() if match else ""


def _numbered(match: re.Match[str]) -> str:
    return f"{match[1]} {match[2]}" if match[1] else match[2]
