"""A wiki kept as Markdown files: [[Page]] becomes a normal Markdown link."""

import asyncio
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from tools.errors import UnreadableSource
from tools.ingestion.documents import Limits
from tools.ingestion.files.discovery import (
    ACCESS_FILE,
    SKIPPED_FOLDERS,
    Overlook,
    Report,
    is_left_out,
    leads_out,
    report_link,
)
from tools.ingestion.files.mirror_index import MirroredFile
from tools.ingestion.files.regular_files import read_bytes
from tools.ingestion.formats.charsets import decode
from tools.ingestion.formats.front_matter import split_front_matter
from tools.sources.mirror import BoundsReached, Mirror, MirrorReport, Tell, is_access_file
from tools.sources.specs import WikiSpec

_MARKDOWN = (".md", ".markdown", ".mdown", ".mkd")
_CODE_OR_LINK = re.compile(
    r"(?P<code>^(?P<fence>`{3,}+|~{3,}+)[^\n]*\n.*?(?:^(?P=fence)|\Z)"
    r"|(?P<ticks>(?<!`)`++)[^\n]*?(?<!`)(?P=ticks)(?!`))"
    r"|!?\[\[(?P<page>[^\[\]|#\n]{0,300})(?:#(?P<section>[^\[\]|\n]{0,300}))?(?:\|(?P<label>[^\[\]\n]{0,300}))?\]\]",
    re.MULTILINE | re.DOTALL,
)


class WikiSource:
    """Implements Source."""

    def __init__(self, spec: WikiSpec) -> None:
        self.spec = spec

    async def mirror(self, folder: Path, tell: Tell) -> MirrorReport:
        return await asyncio.to_thread(self._mirror, folder, tell)

    def _mirror(self, folder: Path, tell: Tell) -> MirrorReport:
        top = Path(self.spec.location).expanduser()
        mirror = Mirror.open(folder, self.spec, tell)
        complete = False
        try:
            if not top.is_dir():
                mirror.fail(str(top), "there is no such folder")
            else:
                complete = self._bring(mirror, top)
        except BoundsReached as reached:
            mirror.fail(str(top), str(reached))
        except BaseException:
            mirror.finish(complete=False)
            raise
        return mirror.finish(complete=complete)

    def _bring(self, mirror: Mirror, top: Path) -> bool:
        """False if a folder could not be listed."""
        unread: list[OSError] = []
        found = _names(top, unread.append, mirror.left_out.overlook, lambda link: mirror.fail(link.source, link.reason))
        names = sorted(found, key=lambda name: (not is_access_file(name), name))
        mirror.total = len(names)
        pages = self._pages(top, names)
        rights = sum(map(is_access_file, names))
        for n, name in enumerate(names):
            if n == rights and not unread:
                mirror.have_all_rights()
            if name == ACCESS_FILE and self.spec.groups is not None:
                continue
            path = mirror.claim(name.split("/"), name)
            try:
                data = read_bytes(top / name, name, Limits(max_bytes=mirror.max_file_bytes))
            except FileNotFoundError:
                if is_access_file(name):
                    mirror.refuse(path, name, "was deleted while it was read")
                else:
                    mirror.drop(path)
                continue
            except UnreadableSource as error:
                mirror.refuse(path, name, error.reason)
                continue
            mirror.put(path, _with_links(data, name, pages), MirroredFile(url=self._link(name)))
        for failure in unread:
            mirror.fail(str(failure.filename), f"can't be listed ({failure.strerror})")
        return not unread

    def _pages(self, top: Path, names: list[str]) -> dict[str, list[str]]:
        """Paths by each name of a page, without regard to case: its path, file name, title and aliases."""
        pages: dict[str, list[str]] = {}
        for name in names:
            if not name.lower().endswith(_MARKDOWN):
                continue
            path = PurePosixPath(name)
            titles = [str(path), str(path.with_suffix("")), path.name, path.stem]
            try:
                text = decode(read_bytes(top / name, name, Limits()), name)
                metadata, _ = split_front_matter(text, name)
                titles += [metadata.title, *metadata.aliases]
            except (UnreadableSource, FileNotFoundError):
                pass  # reported when it is copied or read
            for title in dict.fromkeys(_key(title) for title in titles if title):
                pages.setdefault(title, []).append(name)
        return pages

    def _link(self, name: str) -> str | None:
        return self.spec.link.replace("{path}", _quoted(name)) if self.spec.link else None


def _names(top: Path, unread: Callable[[OSError], None], overlook: Overlook, refuse: Report) -> Iterator[str]:
    """The files that ingestion would read, and each access.toml, even behind a link."""
    root = top.resolve()
    for place, folders, files in os.walk(top, onerror=unread):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in SKIPPED_FOLDERS)
        for folder in folders:
            if leads_out(Path(place, folder), root):
                overlook(Path(place, folder), "linked folder")
        for file in sorted(files):
            path = Path(place, file)
            if is_left_out(file):
                overlook(path, "file")
            elif file != ACCESS_FILE and path.is_symlink() and not file.startswith("."):
                report_link(path, root, refuse)
            elif file == ACCESS_FILE or not file.startswith("."):
                yield path.relative_to(top).as_posix()


def _quoted(path: str) -> str:
    """A path of this system in an address; a name that is no text stands there as its bytes."""
    return quote(path, errors="surrogateescape")


def _key(title: str) -> str:
    return " ".join(title.replace("_", " ").replace("-", " ").split()).casefold()


def _with_links(data: bytes, name: str, pages: Mapping[str, list[str]]) -> bytes:
    """The text with its lines unchanged, so that line numbers in citations are the page's own."""
    if not name.lower().endswith(_MARKDOWN):
        return data
    try:
        text = decode(data, name)
    except UnreadableSource:
        return data  # ingestion will report why

    def linked(match: re.Match[str]) -> str:
        if match.group("code"):
            return match.group(0)
        page, section, label = (match.group(key) for key in ("page", "section", "label"))
        shown = (label or page or section or "").strip()
        target = _nearest(pages.get(_key(page), []), name) if page.strip() else name
        if target is None or not shown:
            return shown
        href = _quoted(os.path.relpath(target, PurePosixPath(name).parent.as_posix() or "."))
        return f"[{shown}]({href}{'#' + quote(section.strip()) if section else ''})"

    return _CODE_OR_LINK.sub(linked, text).encode("utf-8", "replace")


def _nearest(found: list[str], name: str) -> str | None:
    """Of several pages with the name, the one in the same folder, else the one highest up."""
    own = PurePosixPath(name).parent
    return min(found, key=lambda path: (PurePosixPath(path).parent != own, path.count("/"), path), default=None)
