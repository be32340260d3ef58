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


class Keeping:
    """Two small files in `home`; the key may come from a setting instead. Blocking."""

    def __init__(self, home: Path, key: str | None) -> None:
        self._home, self._written_key = home, key

    def key(self) -> bytes:
        """Made on first use, readable by its owner alone."""
        if self._written_key:
            return self._written_key.encode()
        path = self._home / KEY_FILE
        self._home.mkdir(parents=True, exist_ok=True)
        with self._alone(KEY_FILE):
            if not path.exists():
                _replace(path, secrets.token_hex(KEY_BYTES))
            written = path.read_text(encoding="ascii", errors="replace").strip()
        if len(written) < KEY_BYTES:
            raise StorageDamaged(f"{path} does not hold the audit log's key: restore it, or set HOPLINE_AUDIT_KEY.")
        return written.encode()

    def head(self) -> Head | None:
        path = self._home / HEAD_FILE
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            return Head(int(told["seq"]), str(told["hash"]))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError) as error:
            raise StorageDamaged(f"{path} does not hold the audit log's head ({error}): see `hopline audit`.") from None

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
