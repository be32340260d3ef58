"""Tells whether a page asks not to be indexed, in its headers or its head."""

import re
from collections.abc import Sequence
from html import unescape

from tools.sources.web_client import USER_AGENT

_HEAD_CHARACTERS = 100_000
_META = re.compile(r"<meta\s([^>]{1,1000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-z:-]{1,40})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)|<script\b.*?(?:</script|\Z)", re.IGNORECASE | re.DOTALL)
_REFUSALS = frozenset({"noindex", "none"})
_OURS = frozenset({"robots", USER_AGENT})


def asks_not_to_be_indexed(headers: Sequence[str], body: bytes, content_type: str) -> bool:
    """`headers` are values of X-Robots-Tag: `noindex`, or `name: noindex` for one robot only."""
    if any(_refuses(_for_us(value)) for value in headers):
        return True
    return "html" in content_type and any(_refuses(content) for content in _metas(body))


def _for_us(value: str) -> str:
    """The rule if it is for every robot or for us. A word before a colon is a robot's name, unless it is a rule with a
    value."""
    robot, colon, rules = value.partition(":")
    name = robot.strip().lower()
    if not colon or "," in name or name.startswith(("max-", "unavailable_after")):
        return value
    return rules if name == USER_AGENT else ""


def _refuses(rules: str) -> bool:
    return not _REFUSALS.isdisjoint(rule.strip().lower() for rule in rules.split(","))


def _metas(body: bytes) -> list[str]:
    """The content of meta elements for all robots or for us. Every web encoding spells tags in ASCII."""
    page = _HIDDEN.sub("", body[:_HEAD_CHARACTERS].decode("latin-1").replace("\0", ""))
    found = []
    for match in _META.finditer(page):
        values = {key.lower(): unescape(a or b or c) for key, a, b, c in _ATTRIBUTE.findall(match.group(1))}
        if values.get("name", "").strip().lower() in _OURS:
            found.append(values.get("content", ""))
    return found
