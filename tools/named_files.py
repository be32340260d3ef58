"""Errors of the file system that say which file they are about."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """An OSError within the block names a file: a write to one that is open already, as on a full disk, names none."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or str(path)
        raise


def reason_of(error: Exception) -> str:
    """What is wrong, in one line, without the file's name and the system's number of the error."""
    return " ".join(str(getattr(error, "strerror", None) or error).split())
