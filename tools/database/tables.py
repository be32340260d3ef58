"""The port to a database: transactions in SQL that SQLite and Postgres both understand.

A transaction is a plain function that runs in a thread, so that all its statements take one switch of threads, and
cancelling the caller can't leave it half done.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Migration:
    """Statements that bring tables to the next format, for each database."""

    sqlite: tuple[str, ...]
    postgres: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tables:
    """Tables that belong together.

    `statements` create them in format `version`. Table names start with `{p}`; `{serial}` and `{float}` stand for
    column types; `words` adds abbreviations. `migrations` map a format to the step to the next one. Each commit on
    `flushed` tables is on the disk before `run` returns, so it survives a power failure. `mending` says what to do
    about a damaged file. `name` gives the file (`name.sqlite`) and the prefix in Postgres (`hopline_name_`).
    """

    name: str
    version: int
    statements: tuple[str, ...]
    words: Mapping[str, str] = field(default_factory=dict)
    migrations: Mapping[int, Migration] = field(default_factory=dict)
    flushed: bool = False
    mending: str = "restore it, or move it away to start anew"


class Transaction(Protocol):
    """SQL with placeholders: `?` is a parameter, `{now}` the database's clock in seconds since 1970, `{p}` the prefix
    of the tables, and `{skip_locked}` the clause that lets several workers take rows side by side. See also
    `Tables.words`."""

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> list[Row]:
        """The rows that the statement returns; for a change, those of its RETURNING clause."""
        ...


class Database(Protocol):
    """Raises MemoryUnavailable, StorageFull, StorageDamaged, StoreMismatch or InvalidSetting."""

    async def run(self, work: Callable[[Transaction], T]) -> T:
        """Do the work in one transaction: all of it is stored when this returns, nothing if it raises. The work may be
        called again if other transactions' locks ended the first attempt."""
        ...

    async def scrub(self) -> None:
        """Remove traces of deleted rows from files of ours. A server does that itself (VACUUM)."""
        ...

    async def close(self) -> None: ...


def column_text(text: str) -> str:
    """The text with lone surrogates (from odd file names) and NUL escaped: Postgres can store neither."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\x00", "\\x00")


def below(column: str, source: str = "?", *, marks: str = "#/") -> str:
    """The SQL condition for a source and what belongs to it: rows of a corpus (`S#row`), files of a folder (`S/file`).
    A `?` as `source` takes its value four times."""
    parts = ", ".join(f"{source} || '{mark}'" for mark in marks)
    return f"({column} = {source} OR substr({column}, 1, length({source}) + 1) IN ({parts}))"


def spelled_out(statement: str, words: Mapping[str, str]) -> str:
    """The statement with its words replaced, also those within other words."""
    return statement.format(**words).format(**words)
