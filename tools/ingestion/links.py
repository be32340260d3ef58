"""Where a link leads: to another source of the same folder, or to a URL."""

import re
from urllib.parse import unquote

MAX_TARGET_CHARACTERS = 1_000
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_FOLLOWABLE = ("http:", "https:", "mailto:", "ftp:")


def resolve_link(source: str, href: str) -> str | None:
    """The source that `href`, written in `source`, points to (anchor and query dropped), or the URL as written.

    A path from the root (`/hr/leave.md`) starts at the first folder of the source's name. None for what leads
    nowhere else: anchors of the same page, `javascript:` and `data:`, paths out of the ingested folder.
    """
    href = "".join(href.split()) if "\n" in href else href.strip()
    if not href or len(href) > MAX_TARGET_CHARACTERS or href.startswith("#"):
        return None
    if href.startswith("//") or _SCHEME.match(href):
        return href if href.startswith("//") or href.lower().startswith(_FOLLOWABLE) else None
    path = unquote(re.split(r"[?#]", href, maxsplit=1)[0], errors="replace").replace("\\", "/")
    folder = source.split("/")[:-1]
    if path.startswith("/"):
        folder = folder[:1]
    return _normalised(folder, path)


def _normalised(folder: list[str], path: str) -> str | None:
    parts = list(folder)
    for part in path.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    target = "/".join(parts)
    return target if target and "\0" not in target else None
