"""Files that hold documents or people's questions: only their owner may read them."""

from contextlib import suppress
from pathlib import Path

PRIVATE_UMASK = 0o077


def keep_private(path: Path) -> None:
    """Make the file if it does not exist, and take the rights of others to read or write it away. Blocks; raises
    OSError if it can't be made."""
    path.touch(mode=0o600, exist_ok=True)
    if path.stat().st_mode & PRIVATE_UMASK:
        with suppress(PermissionError):  # another user's: that is for them to change
            path.chmod(0o600)


def keep_folder_private(folder: Path) -> None:
    """The same for a folder: nobody else gets to what is in it, whatever the rights of its files. Blocks; raises
    OSError if it can't be made."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_mode & PRIVATE_UMASK:
        with suppress(PermissionError):
            folder.chmod(0o700)
