"""The port: transactions over tables whose SQL is the same in SQLite and in Postgres.

A transaction is a plain function that runs in a thread: one hop for all its statements, and whoever awaits it may be
cancelled without leaving it half done.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Migration:
    """The statements that bring older tables one format further, in the words of each database."""

    sqlite: tuple[str, ...]
    postgres: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tables:
    """Tables that belong together. `statements` lay them out, in format `version`; their names start with `{p}`, and
    `{serial}` and `{float}` stand for column types. `words` are the owner's own abbreviations.

    `migrations` lead from the format they are filed under to the next. `flushed` tables have each commit on the disk
    before `run` returns: they outlive the machine's power, not just the process. `mending` is what to do about a file
    that is damaged.

    The name becomes the file (`name.sqlite`) and the prefix in Postgres (`hopline_name_`).
    """

    name: str
    version: int
    statements: tuple[str, ...]
    words: Mapping[str, str] = field(default_factory=dict)
    migrations: Mapping[int, Migration] = field(default_factory=dict)
    flushed: bool = False
    mending: str = "restore it, or move it away to start anew"


class Transaction(Protocol):
    """`?` stands for a parameter, `{now}` for the database's clock in seconds since 1970, `{p}` for the tables' prefix,
    `{skip_locked}` for the clause that lets several workers take rows side by side; see also `Tables.words`."""

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> list[Row]:
        """The rows that the statement returns; for a change, the rows of its RETURNING clause."""
        ...


class Database(Protocol):
    """Raises MemoryUnavailable, StorageFull, StorageDamaged, StoreMismatch or InvalidSetting."""

    async def run(self, work: Callable[[Transaction], T]) -> T:
        """Do the work in one transaction: all of it is stored when this returns, or none when it raises. It may be done
        several times, where others' locks ended the transaction: only once is it stored."""
        ...

    async def scrub(self) -> None:
        """Rows that were deleted leave no trace in files of ours; a server clears its own by VACUUM."""
        ...

    async def close(self) -> None: ...


def column_text(text: str) -> str:
    """Text as both databases can hold it: lone surrogates (odd file names) and NUL, which Postgres refuses, escaped."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\x00", "\\x00")


def below(column: str, source: str = "?", *, marks: str = "#/") -> str:
    """The condition for a source itself and what is part of it: rows of a corpus (`S#row`), files of a folder
    (`S/file`). A `?` for `source` takes its value four times."""
    parts = ", ".join(f"{source} || '{mark}'" for mark in marks)
    return f"({column} = {source} OR substr({column}, 1, length({source}) + 1) IN ({parts}))"


def spelled_out(statement: str, words: Mapping[str, str]) -> str:
    """The statement with its words replaced, those within words as well."""
    return statement.format(**words).format(**words)
