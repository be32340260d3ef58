"""Turns Slack's markup into Markdown: people by name, links as links, and nothing that could pass for a heading."""

import html
import re
from collections.abc import Mapping

_REFERENCE = re.compile(r"<([^<>\n]+)>")
_STRUCTURE = re.compile(r"^([^\S\n]*)([#=>|]|-{3,}|`{3,}|~{3,}|\[[^\]]{0,999}\]:)", re.MULTILINE)


def as_markdown(text: str, people: Mapping[str, str], channels: Mapping[str, str]) -> str:
    """`people` and `channels` map ids to names."""

    def spelled_out(match: re.Match[str]) -> str:
        target, _, label = match.group(1).partition("|")
        if target.startswith("@"):
            return f"@{people.get(target[1:]) or label or target[1:]}"
        if target.startswith("#"):
            return f"#{channels.get(target[1:]) or label or target[1:]}"
        if target.startswith("!"):
            return label or f"@{target[1:].split('^')[0]}"
        if target.startswith(("http://", "https://", "mailto:")):
            return f"[{label.replace('[', '(').replace(']', ')')}]({target})" if label else f"<{target}>"
        return match.group(0)

    return _STRUCTURE.sub(r"\1\\\2", html.unescape(_REFERENCE.sub(spelled_out, text))).strip()
