"""The mapping from reader groups to the people in Slack, as the operator wrote it down.

A Slack user group counts only when the file names it by its id: in many workspaces anybody may found a group of any
name, and a name alone must not open documents.
"""

import re
from collections.abc import Mapping
from pathlib import Path

import yaml

from tools.errors import InvalidSetting
from tools.named_files import reason_of

Groups = Mapping[str, tuple[str, ...]]
"""Each reader group with the Slack ids of its people (U…, W…, or team-qualified T…:U…) and user groups (S…)."""

NO_GROUPS: Groups = {}
_ID = re.compile(r"(?:T[A-Z0-9]+:)?[UW][A-Z0-9]+|S[A-Z0-9]+")


def is_usergroup(member: str) -> bool:
    return member.startswith("S")


def read_groups(path: Path, *, several_workspaces: bool = False) -> Groups:
    """The mapping file, YAML: each group with its members' Slack ids. Raises InvalidSetting naming the file."""
    written = _parsed(path)
    groups: dict[str, tuple[str, ...]] = {}
    for group, members in written.items():
        if not (isinstance(group, str) and isinstance(members, list) and all(isinstance(m, str) for m in members)):
            raise InvalidSetting(f"{path}: {group!r} needs a list of Slack ids, like finance: [U012AB3CD, S045EF6GH].")
        for member in members:
            if not _ID.fullmatch(member):
                raise InvalidSetting(
                    f"{path}: {member!r} is not a Slack id; write a member's (U012AB3CD) or a user group's (S045EF6GH)."
                )
            if several_workspaces and member[0] in "UW":
                raise InvalidSetting(
                    f"{path}: with several workspaces, say which one {member} is in, like T012AB3CD:{member}."
                )
        groups[group] = tuple(dict.fromkeys(members))
    return groups


def _parsed(path: Path) -> Mapping[object, object]:
    try:
        written = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InvalidSetting(f"{path}: the file of Slack groups can't be read ({reason_of(error)}).") from error
    if written is None:
        return {}
    if not isinstance(written, dict):
        raise InvalidSetting(f"{path}: write one group a line, each with a list of Slack ids: finance: [U012AB3CD].")
    return written
