"""The operator's rules for channels."""

from collections.abc import Mapping
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from tools.errors import InvalidSetting
from tools.named_files import reason_of

DEFAULT = "default"


class ChannelRule(BaseModel):
    """`follow_ups`: answer in our threads without a new mention. `external_members`: treat a channel that is shared
    with another company like any other, by what all its members may read."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    follow_ups: bool = True
    external_members: bool = False


class ChannelRules:
    def __init__(self, rules: Mapping[str, ChannelRule] | None = None) -> None:
        self._rules = rules or {}

    def of(self, channel: str) -> ChannelRule:
        return self._rules.get(channel) or self._rules.get(DEFAULT) or ChannelRule()


def read_channels(path: Path) -> ChannelRules:
    """The file, YAML: a channel's id, or `default`, each with its rules. Raises InvalidSetting naming the file."""
    try:
        written = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        default = dict(written.get(DEFAULT) or {})
        rules = {
            str(channel): ChannelRule.model_validate({**default, **(rule or {})}) for channel, rule in written.items()
        }
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise InvalidSetting(f"{path}: {where}: {problem['msg']}; known are {_known()}.") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError, AttributeError, TypeError, ValueError) as error:
        raise InvalidSetting(f"{path}: the file of Slack channels can't be read ({reason_of(error)}).") from error
    return ChannelRules(rules)


def _known() -> str:
    return ", ".join(f"{name}: true|false" for name in ChannelRule.model_fields)
