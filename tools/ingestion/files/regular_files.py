"""Opens what is a regular file, and says in a sentence why something can't be opened."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from tools.errors import UnreadableSource
from tools.ingestion.documents import Limits


def read_bytes(path: Path, source: str, limits: Limits) -> bytes:
    """All bytes of a regular file. Raises UnreadableSource, or FileNotFoundError if it has just been deleted."""
    with regular_file(path, source) as file:
        if os.fstat(file.fileno()).st_size > limits.max_bytes:
            raise UnreadableSource(source, f"is larger than {limits.max_bytes / 1e6:,.1f} MB")
        return file.read(limits.max_bytes + 1)


@contextmanager
def regular_file(path: Path, source: str) -> Iterator[BinaryIO]:
    """A regular file, open for reading. Raises UnreadableSource, also for errors within the block, or FileNotFoundError
    if it has just been deleted."""
    try:
        # Opened without blocking: a named pipe would wait for its writer forever.
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise UnreadableSource(source, "is not a regular file")
            yield file
    except FileNotFoundError:
        if path.is_symlink():
            raise UnreadableSource(source, "is a symbolic link to nothing") from None
        raise
    except OSError as error:
        raise UnreadableSource(source, io_reason(error)) from None


def io_reason(error: OSError) -> str:
    reasons = {
        errno.EACCES: "may not be read (permission denied)",
        errno.EPERM: "may not be read (permission denied)",
        errno.ELOOP: "is a symbolic link that leads back to itself",
        errno.EISDIR: "is a folder",
        errno.ENAMETOOLONG: "has too long a name",
    }
    return reasons.get(error.errno or 0, f"can't be read ({(error.strerror or str(error)).lower()})")
