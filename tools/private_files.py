"""Files that hold documents or what people asked: their owner alone may read them."""

from contextlib import suppress
from pathlib import Path

PRIVATE_UMASK = 0o077


def keep_private(path: Path) -> None:
    """Makes the file where there is none, and takes one that others may read or write away from them. Blocks; raises
    OSError where it can't be made."""
    path.touch(mode=0o600, exist_ok=True)
    if path.stat().st_mode & PRIVATE_UMASK:
        with suppress(PermissionError):  # another user's: that is for them to change
            path.chmod(0o600)
