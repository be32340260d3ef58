"""What the audit log keeps outside of its database: the key of its seals, and the last head this machine saw."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.audit.chain import Head
from tools.errors import InvalidSetting, StorageDamaged

KEY_FILE = "audit.key"
HEAD_FILE = "audit-head.json"
KEY_BYTES = 32
MENDING_OF_FILES = (
    "audit.sqlite (with its -wal and -shm), audit-head.json and audit.key in HOPLINE_HOME belong together: restore all"
    " of them, or move all of them away and keep them, and a new log begins"
)
MENDING_ON_A_SERVER = (
    "the log's tables in HOPLINE_DATABASE_URL and audit-head.json in HOPLINE_HOME belong together: restore both, or"
    " move audit-head.json away and keep it, and the log goes on as the database has it"
)


class Keeping:
    """Two small files in `home`; the key may come from a setting instead. Blocking."""

    def __init__(self, home: Path, key: str | None, *, mending: str = MENDING_OF_FILES) -> None:
        """`mending` is what to do when log, head and key don't fit each other."""
        self._home, self._written_key, self.mending = home, key, mending

    def has_key(self) -> bool:
        return bool(self._written_key) or (self._home / KEY_FILE).exists()

    def key(self) -> bytes:
        """Made on first use, readable by its owner alone."""
        if self._written_key:
            return self._written_key.encode()
        path = self._home / KEY_FILE
        self._home.mkdir(parents=True, exist_ok=True)
        with self._alone(KEY_FILE):
            if not path.exists():
                _replace(path, secrets.token_hex(KEY_BYTES))
            written = _read(path, self.mending).strip()
        if len(written) < KEY_BYTES or not written.isascii():
            raise StorageDamaged(f"{path} does not hold the audit log's key: {self.mending}.")
        return written.encode()

    def head(self) -> Head | None:
        path = self._home / HEAD_FILE
        try:
            told = json.loads(_read(path, self.mending))
            return Head(int(told["seq"]), str(told["hash"]))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError):
            raise StorageDamaged(f"{path} does not hold the audit log's head: {self.mending}.") from None

    def keep(self, head: Head) -> None:
        """Remember the head; an older one of another process never replaces a newer one."""
        with self._alone(HEAD_FILE):
            kept = self.head()
            if kept is None or kept.seq < head.seq:
                _replace(self._home / HEAD_FILE, json.dumps({"seq": head.seq, "hash": head.hash}))

    @contextmanager
    def _alone(self, name: str) -> Iterator[None]:
        try:
            descriptor = os.open(self._home / f".{name}.lock", os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            raise InvalidSetting(f"HOPLINE_HOME: {self._home} can't be written ({error.strerror}).") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _read(path: Path, mending: str) -> str:
    """Raises FileNotFoundError, and StorageDamaged where something else than a file is."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except IsADirectoryError:
        raise StorageDamaged(f"{path} is a folder: {mending}.") from None
    except PermissionError as error:
        raise InvalidSetting(f"HOPLINE_HOME: {path} can't be read ({error.strerror}).") from error


def _replace(path: Path, text: str) -> None:
    """All of it, on the disk, or nothing."""
    draft = path.with_name(f"{path.name}.draft")
    descriptor = os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, text.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    draft.replace(path)
