"""Who may read what in Slack: everybody what is public; in a direct message also what the asker's groups may."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from integrations.slack.questions import SlackQuestion
from tools.errors import InvalidSetting
from tools.passages import Reader

Groups = Mapping[str, tuple[str, ...]]
NO_GROUPS: Groups = {}

FOR_ALL = "Answered from documents that everybody may read."
FOR_ASKER = "Answered from documents that you may read."


def reader_of(question: SlackQuestion, groups: Groups, tenant: str) -> Reader:
    """The asker, with groups only where nobody else reads along: others, and other companies' people, get public."""
    private = question.direct and question.home_user
    return Reader(user=question.asker, groups=groups.get(question.user, ()) if private else (), tenant=tenant)


def evidence_line(reader: Reader) -> str:
    return FOR_ASKER if reader.groups else FOR_ALL


def read_groups(path: Path) -> Groups:
    """The mapping file, YAML: each group with the Slack ids of its members. Raises InvalidSetting naming the file."""
    try:
        written = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise InvalidSetting(f"{path}: the file of Slack groups can't be read ({reason}).") from error
    members_of = {} if written is None else written
    if not isinstance(members_of, dict):
        raise InvalidSetting(
            f"{path}: write one group a line, each with a list of Slack user ids: finance: [U012AB3CD]."
        )
    groups: dict[str, set[str]] = {}
    for group, members in members_of.items():
        if not (isinstance(group, str) and isinstance(members, list) and all(isinstance(m, str) for m in members)):
            raise InvalidSetting(f"{path}: {group!r} needs a list of Slack user ids, like finance: [U012AB3CD].")
        for member in members:
            groups.setdefault(member, set()).add(group)
    return {member: tuple(sorted(names)) for member, names in groups.items()}
