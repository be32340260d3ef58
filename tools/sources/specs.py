"""The sources that a person names in HOPLINE_SOURCES_FILE, checked before any of them is asked."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator

from tools.errors import InvalidSetting
from tools.ingestion.documents import UnclearRights
from tools.ingestion.formats.metadata import checked_groups
from tools.named_files import reason_of
from tools.passages import DEFAULT_TENANT

MAX_FILE_BYTES = 1024 * 1024
SETTING = "HOPLINE_SOURCES_FILE"
_KINDS = ("folder", "site", "git", "bucket", "slack-export", "wiki")


class Bounds(BaseModel):
    """How much one fetch of one source may bring before it stops; what was brought is kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_files: int = Field(100_000, ge=1)
    max_file_mb: float = Field(50.0, gt=0, le=2048)
    max_total_mb: float = Field(10_000.0, gt=0)
    max_minutes: float = Field(120.0, gt=0)


class SourceSpec(BaseModel):
    """What all kinds have. `groups`: who may read it, unless its documents say otherwise; none: everybody."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")
    location: str = Field(min_length=1, max_length=2_000)
    groups: tuple[str, ...] | None = None
    tenant: str = Field(DEFAULT_TENANT, min_length=1, max_length=128)
    every_minutes: float | None = Field(
        None, gt=0, description="How often it is fetched by a process that keeps running"
    )
    bounds: Bounds = Bounds()

    @field_validator("groups", mode="before")
    @classmethod
    def _groups(cls, written: object) -> object:
        return written if written is None else _checked(written, "groups")


def _checked(written: object, what: str) -> tuple[str, ...]:
    try:
        return checked_groups(written, what)
    except UnclearRights as error:
        raise ValueError(error.reason) from None


class FolderSpec(SourceSpec):
    kind: Literal["folder"]
    watch: bool | None = Field(
        None, description="By a process that keeps running: true always, false never, unset with --watch"
    )
    settle_seconds: float = Field(2.0, gt=0, le=600, description="How long nothing may have changed before it is read")


class SiteSpec(SourceSpec):
    """`location` is a sitemap, or a page of a site whose robots.txt or /sitemap.xml names the pages."""

    kind: Literal["site"]
    allow_private_addresses: bool = False
    allow_hosts: tuple[str, ...] = ()
    delay_seconds: float = Field(1.0, ge=0, le=3600)
    timeout_seconds: float = Field(30.0, gt=0, le=600)


class GitSpec(SourceSpec):
    """`location` is an https or ssh URL. `link` makes a citation's address from `{path}` and `{commit}`."""

    kind: Literal["git"]
    ref: str = Field("HEAD", pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,200}$")
    paths: tuple[str, ...] = ()
    link: str | None = Field(None, pattern=r"^https?://")
    allow_local: bool = False


class BucketSpec(SourceSpec):
    """`location` is s3://bucket/prefix; credentials come from where the AWS libraries look for them."""

    kind: Literal["bucket"]
    location: str = Field(pattern=r"^s3://[^/]+")
    endpoint_url: str | None = Field(None, pattern=r"^https?://")
    anonymous: bool = False
    link: str | None = Field(None, pattern=r"^https?://", description="A citation's address, made from {path}")


class SlackExportSpec(SourceSpec):
    """`location` is the export's zip or its unpacked folder. A private channel is read only if it is given groups."""

    kind: Literal["slack-export"]
    workspace_url: str | None = Field(None, pattern=r"^https://")
    channels: tuple[str, ...] = ()
    channel_groups: dict[str, tuple[str, ...]] = {}

    @field_validator("channel_groups", mode="before")
    @classmethod
    def _channel_groups(cls, written: object) -> object:
        """Channel names may be written with a `#`, as in Slack."""
        if not isinstance(written, dict):
            return written
        groups = {str(name).strip().removeprefix("#"): _checked(names, str(name)) for name, names in written.items()}
        if len(groups) != len(written):
            raise ValueError("names a channel twice")
        return groups


class WikiSpec(SourceSpec):
    """`location` is a folder of Markdown pages that refer to each other as [[Page]]."""

    kind: Literal["wiki"]
    link: str | None = Field(None, pattern=r"^https?://", description="A citation's address, made from {path}")


AnySpec = Annotated[
    FolderSpec | SiteSpec | GitSpec | BucketSpec | SlackExportSpec | WikiSpec, Field(discriminator="kind")
]
_SPECS: TypeAdapter[list[AnySpec]] = TypeAdapter(list[AnySpec])


def load_specs(path: Path) -> tuple[AnySpec, ...]:
    """Reads a YAML or TOML file with a list of `sources`. Raises InvalidSetting naming file, line and key."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
        text = data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSetting(f"{SETTING}: {path} can't be read ({reason_of(error)}).") from None
    if len(data) > MAX_FILE_BYTES:
        raise InvalidSetting(f"{SETTING}: {path} is larger than {MAX_FILE_BYTES:,} bytes.")
    written, lines = _toml(text, path) if path.suffix.lower() == ".toml" else _yaml(text, path)
    if not isinstance(written, dict) or set(written) != {"sources"} or not isinstance(written["sources"], list):
        raise InvalidSetting(f"{SETTING}: {path} must hold a list named sources, and nothing else.")
    try:
        specs = tuple(_SPECS.validate_python(written["sources"]))
    except ValidationError as error:
        raise InvalidSetting(_complaint(error, path, lines)) from None
    names = [spec.name for spec in specs]
    for number, name in enumerate(names):
        if name in names[:number]:
            raise InvalidSetting(f"{SETTING}: {path}{_at(lines, (number,))}: there are two sources named {name!r}.")
    return specs


Place = tuple[int | str, ...]


def _toml(text: str, path: Path) -> tuple[Any, dict[Place, int]]:
    try:
        return tomllib.loads(text), {}
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InvalidSetting(f"{SETTING}: {path} is not valid TOML ({error}).") from None


def _yaml(text: str, path: Path) -> tuple[Any, dict[Place, int]]:
    try:
        lines: dict[Place, int] = {}
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if isinstance(root, yaml.MappingNode):
            for key, value in root.value:
                if getattr(key, "value", None) == "sources":
                    _note_lines(value, (), lines)
        return yaml.safe_load(text), lines
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InvalidSetting(f"{SETTING}: {path} is not valid YAML ({reason}).") from None


def _note_lines(node: yaml.Node, place: Place, lines: dict[Place, int]) -> None:
    lines[place] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _note_lines(item, (*place, index), lines)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            _note_lines(value, (*place, str(key.value)), lines)


def _complaint(error: ValidationError, path: Path, lines: dict[Place, int]) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    # pydantic adds the kind to the location
    place = tuple(part for index, part in enumerate(first["loc"]) if not (index == 1 and part in _KINDS))
    key = ".".join(str(part) for part in place[1:]) or "kind"
    number = place[0] + 1 if place and isinstance(place[0], int) else 1
    return f"{SETTING}: {path}{_at(lines, place)}: source {number}, {key}: {_reason(first)}."


def _reason(error: Mapping[str, Any]) -> str:
    """What is wrong, by one of the entries of pydantic's `ValidationError.errors()`."""
    match error["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "is no key of this kind of source"
        case "union_tag_not_found":
            return f"is missing; write one of {', '.join(_KINDS)}"
        case "union_tag_invalid":
            return f"{error['ctx']['tag']!r} is none of {', '.join(_KINDS)}"
        case _:
            return str(error["msg"]).removeprefix("Value error, ")


def _at(lines: dict[Place, int], place: Sequence[int | str]) -> str:
    """`:line` of the nearest enclosing key; empty for TOML, whose parser gives no lines."""
    for length in range(len(place), 0, -1):
        if (line := lines.get(tuple(place[:length]))) is not None:
            return f":{line}"
    return ""
