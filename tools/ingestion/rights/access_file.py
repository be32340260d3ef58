"""The operator's mapping from sources to the groups that may read them, for what can carry no access.toml of its own.

    [documents]
    "**" = ["public"]
    "handbook/finance/**" = ["finance"]

    [tenants]
    "clients/norvik/**" = "norvik"

`*` stands for anything within one part of a path, `**` for any number of parts, `?` for one character. The most
specific pattern counts: the one with the longest beginning free of wildcards, then the one that spells out the most.
Two that are equally specific and disagree leave the right unclear, and nothing is ingested of that source.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Generic, TypeVar

from tools.errors import InvalidSetting
from tools.ingestion.documents import UnclearRights, is_one_line
from tools.ingestion.formats.metadata import checked_groups

MAX_BYTES = 1_000_000
SETTING = "HOPLINE_ACCESS_FILE"
NO_RULE = f"no pattern of {SETTING} names it, and it does not say itself who may read it"
_WILDCARD = re.compile(r"\*\*/|\*\*|\*|\?")
_MEANING = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class _Rule(Generic[Value]):
    pattern: str
    matches: re.Pattern[str]
    specificity: tuple[int, int]
    value: Value


@dataclass(frozen=True)
class AccessRules:
    """The checked contents of the access file. Patterns and sources are compared in Unicode's composed form, since some
    file systems keep names decomposed."""

    documents: Mapping[str, tuple[str, ...]]
    tenants: Mapping[str, str]

    def groups_of(self, source: str) -> tuple[str, ...] | None:
        """The groups of the most specific pattern, or None when no pattern matches. Raises UnclearRights when two
        patterns contradict each other."""
        return _decided(self._documents, source, "groups")

    def tenant_of(self, source: str) -> str | None:
        return _decided(self._tenants, source, "tenants")

    @cached_property
    def _documents(self) -> list[_Rule[tuple[str, ...]]]:
        return [_rule(pattern, groups) for pattern, groups in self.documents.items()]

    @cached_property
    def _tenants(self) -> list[_Rule[str]]:
        return [_rule(pattern, tenant) for pattern, tenant in self.tenants.items()]


def read_access_file(path: Path) -> AccessRules:
    """Raises InvalidSetting, naming what is wrong, when the file can't be read or understood: then nothing is
    ingested."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise InvalidSetting(f"{SETTING}: {path} is larger than {MAX_BYTES:,} bytes.")
        written = tomllib.loads(data.decode("utf-8-sig"))
    except OSError as error:
        raise InvalidSetting(f"{SETTING}: {path} can't be read ({error.strerror}).") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidSetting(f"{SETTING}: {path} is not valid TOML ({str(error)[:120]}).") from None
    if unknown := sorted(written.keys() - {"documents", "tenants"}):
        raise InvalidSetting(f"{SETTING}: {path} has {unknown[0]!r}; only [documents] and [tenants] are known.")
    documents, tenants = _table(written, "documents", path), _table(written, "tenants", path)
    return AccessRules(
        {_checked(pattern, path): _groups(pattern, groups, path) for pattern, groups in documents.items()},
        {_checked(pattern, path): _tenant(pattern, tenant, path) for pattern, tenant in tenants.items()},
    )


def _table(written: Mapping[str, object], name: str, path: Path) -> Mapping[str, object]:
    table = written.get(name, {})
    if not isinstance(table, dict):
        raise InvalidSetting(f"{SETTING}: {path}: [{name}] must be a table of patterns.")
    composed = [_composed(pattern) for pattern in table]
    if len(set(composed)) != len(composed):
        raise InvalidSetting(f"{SETTING}: {path}: two patterns of [{name}] are the same in Unicode's composed form.")
    return table


def _checked(pattern: str, path: Path) -> str:
    if not pattern or not is_one_line(pattern) or pattern.startswith("/"):
        raise InvalidSetting(
            f"{SETTING}: {path}: {pattern!r} is not a pattern of sources; write it as `hopline search` shows sources."
        )
    return _composed(pattern)


def _groups(pattern: str, groups: object, path: Path) -> tuple[str, ...]:
    if not isinstance(groups, list):
        raise InvalidSetting(f'{SETTING}: {path}: {pattern!r} needs a list of groups, like ["finance"].')
    try:
        return checked_groups(groups, f"{path}: {pattern!r}")
    except UnclearRights as error:
        raise InvalidSetting(f"{SETTING}: {error}.") from None


def _tenant(pattern: str, tenant: object, path: Path) -> str:
    if not isinstance(tenant, str) or not tenant.strip() or not is_one_line(tenant):
        raise InvalidSetting(f"{SETTING}: {path}: {pattern!r} needs the name of a tenant.")
    return tenant.strip()


def _rule(pattern: str, value: Value) -> _Rule[Value]:
    wildcards = list(_WILDCARD.finditer(pattern))
    meaning, done = "", 0
    for wildcard in wildcards:
        meaning += re.escape(pattern[done : wildcard.start()]) + _MEANING[wildcard.group()]
        done = wildcard.end()
    meaning += re.escape(pattern[done:])
    beginning = wildcards[0].start() if wildcards else len(pattern) + 1
    spelled_out = len(pattern) - sum(len(wildcard.group()) for wildcard in wildcards)
    return _Rule(pattern, re.compile(meaning, re.DOTALL), (beginning, spelled_out), value)


def _decided(rules: list[_Rule[Value]], source: str, what: str) -> Value | None:
    name = _composed(source)
    matching = [rule for rule in rules if rule.matches.fullmatch(name)]
    if not matching:
        return None
    most = max(rule.specificity for rule in matching)
    best = [rule for rule in matching if rule.specificity == most]
    if any(rule.value != best[0].value for rule in best):
        patterns = " and ".join(repr(rule.pattern) for rule in best[:2])
        raise UnclearRights(source, f"{patterns} of {SETTING} name it for different {what}; make one more specific")
    return best[0].value


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)
