"""Paths of files in a mirror, for those who write them and for links from one page to another."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from pathlib import PurePosixPath
from urllib.parse import unquote, urljoin, urlsplit

from tools.ingestion.formats.readers import is_readable_type

MAX_NAME_BYTES = 180
MAX_FOLDERS = 32
PAGE = ".html"
_UNFIT = re.compile(r'[\x00-\x1f\x7f<>:"\\|?*]')


def page_path(url: str, suffix: str) -> str:
    """The path of a site's page: `/guide/` is guide/index.html, `/guide?page=2` is guide-<digest>.html."""
    parts = urlsplit(url)
    path = PurePosixPath(unquote(parts.path, errors="replace"))
    names = [name for name in path.parts if name not in ("/", "..")]
    if not names or parts.path.endswith("/"):
        names.append("index")
    own = PurePosixPath(names[-1]).suffix.lower()
    same = own == suffix or (suffix == ".html" and own in (".htm", ".xhtml"))
    if own and is_readable_type(names[-1]) and same:
        names[-1] = names[-1][: -len(own)]
        suffix = own
    if parts.query:
        names[-1] += f"-{hashlib.sha256(parts.query.encode()).hexdigest()[:8]}"
    names[-1] += suffix
    return safe_path(names)


def linked_page(source: str, url: str, href: str) -> str | None:
    """The source that `href` leads to, if `source` is a mirrored copy of the page `url`. None if it is not, or if the
    link leaves the site. A link without a document suffix is taken for a page, since only the answer would tell its
    type."""
    own = PurePosixPath(source).suffix
    try:
        path, target = page_path(url, own), urlsplit(urljoin(url, href))
        is_same_site = target.netloc == urlsplit(url).netloc and target.scheme in ("http", "https")
    except ValueError:
        return None
    if not is_same_site or not source.endswith(f"/{path}"):
        return None
    suffix = PurePosixPath(unquote(target.path, errors="replace")).suffix.lower()
    page = page_path(target._replace(fragment="").geturl(), suffix if is_readable_type(f"x{suffix}") else PAGE)
    return source.removesuffix(path) + page


def safe_path(parts: Sequence[str]) -> str:
    """A path below the mirror for any document name: it can't lead upwards, is not hidden, and has no long parts.

    Two folders never share a path, and none leaves its parent, since their access.toml may differ. Below MAX_FOLDERS
    levels, folders are flattened.
    """
    *folders, last = parts or [""]
    if len(folders) > MAX_FOLDERS:
        folders = [*folders[: MAX_FOLDERS - 1], f"_-{mark_of('/'.join(folders[MAX_FOLDERS - 1 :]))}"]
    name = _safe_name(last)
    if len(name.encode()) > MAX_NAME_BYTES:
        stem, dot, suffix = name.rpartition(".")
        suffix = f".{suffix}" if dot and len(suffix.encode()) <= 10 else ""
        name = f"{_cut(stem if suffix else name)}-{mark_of(name)}{suffix}"
    return "/".join([*map(_safe_folder, folders), name])


def mark_of(text: str) -> str:
    """A short digest that tells equal paths apart."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _safe_folder(part: str) -> str:
    name = _safe_name(part)
    return name if name == part and len(name.encode()) <= MAX_NAME_BYTES else f"{_cut(name)}-{mark_of(part)}"


def _safe_name(part: str) -> str:
    name = unicodedata.normalize("NFC", part.encode("utf-8", "replace").decode())
    name = "".join(letter if letter.isprintable() else "_" for letter in _UNFIT.sub("_", name)).replace("/", "_")
    return name.rstrip(" ").lstrip(". ") or "_"


def _cut(name: str) -> str:
    return name.encode()[: MAX_NAME_BYTES - 30].decode(errors="ignore")
