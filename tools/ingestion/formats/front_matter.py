"""Front matter: YAML between lines of ---, or TOML between lines of +++, at the top of a text.

It may name the readers of the text. Front matter that seems to do so but can't be understood closes the text.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields, replace

import yaml

from tools.ingestion.documents import Metadata, UnclearRights
from tools.ingestion.formats.metadata import READER_KEYS, UNCLEAR_KEY, metadata_from

MAX_FRONT_MATTER_CHARACTERS = 32_000
MAX_FRONT_MATTER_BRACKETS = 200
_BLANK = re.compile(r"[\s\ufeff\u200b]*")
_BLOCK = re.compile(r"(---|\+\+\+)[ \t]*\r?\n(?:(.*?)\r?\n)?(?:\1|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_BEGINS = re.compile(r"---|\+\+\+")
_SAYS_WHO = re.compile(
    rf"^[ \t]*(?:[-*?][ \t]+)*[\"']?(?:{'|'.join((*READER_KEYS, UNCLEAR_KEY, 'tenant'))})[\"']?[ \t]*[:=]",
    re.MULTILINE | re.IGNORECASE,
)
_GIVEN_ONCE = frozenset({*READER_KEYS, UNCLEAR_KEY, "tenant"})

Value = str | list[str] | None


def split_front_matter(text: str, source: str) -> tuple[Metadata, int]:
    """The metadata at the top of a text, and the offset at which the text proper begins.

    Raises UnclearRights for a block that can't be parsed, and for one that names readers but is not closed.
    """
    begin = _beginning(text)
    block = _BLOCK.match(text, begin, begin + MAX_FRONT_MATTER_CHARACTERS)
    if block is None:
        if _BEGINS.match(text, begin) and _SAYS_WHO.search(text, begin):
            raise UnclearRights(source, "its front matter is not closed by a line like its first")
        return Metadata(), 0
    inside = block.group(2) or ""
    written = _yaml(inside, source) if block.group(1) == "---" else _toml(inside, source)
    if written is None:
        if _SAYS_WHO.search(inside):
            raise UnclearRights(source, "its front matter names readers, but not by keys of its own")
        return Metadata(), 0
    return metadata_from(written, source), block.end()


def split_readers(text: str, source: str) -> tuple[Metadata, int]:
    """Like `split_front_matter`, for formats without front matter. Lines of --- mean other things there, so only a
    block that names readers counts."""
    begin = _beginning(text)
    if not _BEGINS.match(text, begin):
        return Metadata(), 0
    block = _BLOCK.match(text, begin, begin + MAX_FRONT_MATTER_CHARACTERS)
    end = block.end() if block is not None else begin + MAX_FRONT_MATTER_CHARACTERS
    return split_front_matter(text, source) if _SAYS_WHO.search(text, begin, end) else (Metadata(), 0)


def with_front_matter(own: Metadata, read: Metadata, source: str) -> Metadata:
    """Both sets of metadata in one; front matter comes first. Raises UnclearRights when they name different readers."""
    if own.groups and read.groups and set(own.groups) != set(read.groups):
        raise UnclearRights(source, "its front matter and the rest of it name different groups")
    if own.tenant and read.tenant and own.tenant != read.tenant:
        raise UnclearRights(source, "its front matter and the rest of it name different tenants")
    said = {field.name: getattr(own, field.name) for field in fields(Metadata) if getattr(own, field.name)}
    return replace(read, **said)


def _beginning(text: str) -> int:
    """The offset after the blank lines that editors and exports leave at the top."""
    blank = _BLANK.match(text)
    return blank.end() if blank is not None else 0


def _yaml(block: str, source: str) -> dict[str, Value] | None:
    """The values of the mapping as they are written, or None when the block is prose between two rules.

    Only the node graph is composed. Nothing is constructed, so no tag can run code and no alias is expanded.
    """
    if sum(map(block.count, "[{")) > MAX_FRONT_MATTER_BRACKETS:  # parsing time is quadratic in the depth
        raise UnclearRights(source, f"its front matter has more than {MAX_FRONT_MATTER_BRACKETS} brackets")
    try:
        root = yaml.compose(block, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise UnclearRights(source, f"its front matter is not valid YAML ({str(error).splitlines()[0]})") from None
    if not isinstance(root, yaml.MappingNode):
        return {} if root is None else None
    written: dict[str, Value] = {}
    for key, value in root.value:
        name = _key(key)
        if name in _GIVEN_ONCE and name in written:
            raise UnclearRights(source, f"its front matter gives {name} twice")
        written[name] = _value(value)
    if _GIVEN_ONCE.isdisjoint(written) and any(name in _GIVEN_ONCE for name in _keys_within(root)):
        raise UnclearRights(source, "its front matter names readers inside of something else")
    return written


def _toml(block: str, source: str) -> dict[str, Value] | None:
    try:
        table = tomllib.loads(block)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        if _SAYS_WHO.search(block):
            raise UnclearRights(source, f"its front matter is not valid TOML ({str(error)[:120]})") from None
        return None
    written: dict[str, Value] = {}
    for key, value in table.items():
        name = key.strip().lower()
        if name in _GIVEN_ONCE and name in written:
            raise UnclearRights(source, f"its front matter gives {name} twice")
        written[name] = _toml_value(value)
    return None if _GIVEN_ONCE.isdisjoint(written) and _SAYS_WHO.search(block) else written


def _toml_value(value: object) -> Value:
    if isinstance(value, list):
        return [str(item) for item in value] if not any(isinstance(item, list | dict) for item in value) else None
    return None if isinstance(value, dict) else str(value)


def _key(node: yaml.Node) -> str:
    return str(node.value).strip().lower() if isinstance(node, yaml.ScalarNode) else ""


def _keys_within(root: yaml.Node) -> Iterator[str]:
    """The keys of all nested mappings. Each node is visited once, since aliases can form a cycle."""
    waiting, met = [root], {id(root)}
    while waiting:
        node = waiting.pop()
        inside: list[yaml.Node] = []
        if isinstance(node, yaml.MappingNode):
            yield from (_key(key) for key, _ in node.value)
            inside = [value for _, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            inside = list(node.value)
        fresh = [each for each in inside if id(each) not in met]
        met.update(map(id, fresh))
        waiting.extend(fresh)


def _value(node: yaml.Node) -> Value:
    if isinstance(node, yaml.ScalarNode):
        return None if node.tag == "tag:yaml.org,2002:null" else str(node.value)
    if isinstance(node, yaml.SequenceNode) and all(isinstance(item, yaml.ScalarNode) for item in node.value):
        return ["" if item.tag == "tag:yaml.org,2002:null" else str(item.value) for item in node.value]
    return None
