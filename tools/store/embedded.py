"""The embedded store: one Milvus Lite process for each file, shared by everything in this process that opens the file.

We start its binary ourselves, because Milvus Lite's own manager waits half a second at each start, shares this
process's signals (Ctrl-C would kill it in the middle of a write), prints C++ messages on the terminal, and deletes the
lock file that others may be waiting for. The child watches the lock, and ends when this process releases it or dies.
"""

import atexit
import contextlib
import fcntl
import importlib.util
import logging
import os
import re
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tools.errors import PermanentError, StorageFull, StoreInUse
from tools.private_files import PRIVATE_UMASK, keep_private

START_SECONDS = 20.0
STOP_SECONDS = 10.0
LEAVING_SECONDS = 3.0
STARTS = 3
PAUSE_SECONDS = 0.2
_FILE_NAME = re.compile(r"[A-Za-z0-9._-]{1,36}")


@dataclass
class _Server:
    process: subprocess.Popen[bytes]
    lock: IO[str]
    socket_path: Path
    users: int = 1
    scrub: bool = False


log = logging.getLogger("hopline.store")

_servers: dict[Path, _Server] = {}
_guard = threading.Lock()


def acquire(path: Path) -> str:
    """Start Milvus Lite on the file, or join the one that this process runs already; returns its URI. Blocks.

    Raises StoreInUse when another process holds the file. Every call needs one `release`.
    """
    path = path.absolute().resolve()
    with _guard:
        server = _servers.get(path)
        if server is None:
            _servers[path] = _start(path)
            return _uri(_servers[path])
        uri = _standing(path, server)
        server.users += 1
        return uri


def revive(path: Path) -> str | None:
    """The URI of the file's server, which is restarted if it has died; None if nobody has the file open. Blocks.

    A new server listens on a new socket, so that no old client reaches it before its collection is loaded. Milvus Lite
    loses no acknowledged row when killed.
    """
    path = path.absolute().resolve()
    with _guard:
        server = _servers.get(path)
        return None if server is None else _standing(path, server)


def _standing(path: Path, server: _Server) -> str:
    """Start the server if it is not running; returns its URI. The number of users is kept."""
    if server.process.poll() is None and not _listens(server):
        # It is dying: its socket disappears a moment before the process.
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.process.wait(LEAVING_SECONDS)
    if server.process.poll() is not None:
        log.warning("the embedded store %s ended by itself (%s); it is started again", path, server.process.returncode)
        _stop(server)
        started = _start(path)
        server.process, server.lock, server.socket_path = started.process, started.lock, started.socket_path
    return _uri(server)


def _uri(server: _Server) -> str:
    return f"unix:{server.socket_path}"


def release(path: Path, *, scrub: bool = False) -> None:
    """Give up the file. The last user's call returns when the process has ended and others may open the file. Blocks.

    With `scrub`, deleted rows leave no trace in the file: Milvus Lite only marks their space as free.
    """
    path = path.absolute().resolve()
    with _guard:
        server = _servers.get(path)
        if server is None:
            return
        server.users -= 1
        server.scrub |= scrub
        if server.users == 0:
            _stop(_servers.pop(path))
            if server.scrub:
                _rewrite(path)


def _rewrite(path: Path) -> None:
    """Milvus Lite keeps its rows in a SQLite file. Rewriting it keeps their primary keys, since these are explicit."""
    lock = _locked(path, path.parent / f".{path.name}.lock")
    try:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute("VACUUM")
    except sqlite3.Error as error:
        raise StorageFull(
            f"{path}: what was erased can't be retrieved any more, but its bytes could not be overwritten ({error}):"
            " make room on the disk and erase again."
        ) from error
    finally:
        lock.close()


def process_of(path: Path) -> "subprocess.Popen[bytes]":
    """The file's server process, for benches and tests that kill it. Raises KeyError if the file is not open."""
    with _guard:
        return _servers[path.absolute().resolve()].process


def log_file(path: Path) -> Path:
    """The log of the C++ side."""
    return path.with_name(f"{path.name}.milvus.log")


def _start(path: Path) -> _Server:
    """Lock the file and start its server. If a former owner was killed, its server may still hold the file: then the
    new one ends, and releasing the lock tells the old one to leave before the next attempt."""
    if not _FILE_NAME.fullmatch(path.name):
        raise PermanentError(
            f"{path.name!r} can't be a store's file name: use at most 36 letters, digits, '.', '-' and '_'."
        )
    for _ in range(STARTS):
        server = _launched(path)
        if _comes_up(server):
            return server
        ended = server.process.poll() is not None
        _stop(server)
        if not ended:
            break
        time.sleep(PAUSE_SECONDS)
    raise PermanentError(
        f"Milvus Lite did not come up for {path}; its reasons are in {log_file(path)}. "
        "A file that another version wrote, or a damaged one, has to be deleted and ingested again."
    )


def _launched(path: Path) -> _Server:
    libraries = _libraries()
    lock_path = path.parent / f".{path.name}.lock"
    lock = _locked(path, lock_path)
    socket_path = Path(tempfile.gettempdir()) / f"hopline-{uuid.uuid4().hex}.sock"
    try:
        keep_private(log_file(path))
        if path.exists():
            keep_private(path)
        with log_file(path).open("w") as complaints:
            process = subprocess.Popen(  # noqa: S603
                [libraries / "milvus", path, f"unix:{socket_path}", "ERROR", lock_path],
                env={
                    **os.environ,
                    "LD_LIBRARY_PATH": os.pathsep.join(
                        filter(None, (str(libraries), os.environ.get("LD_LIBRARY_PATH")))
                    ),
                },
                cwd=path.parent,
                stdin=subprocess.DEVNULL,
                stdout=complaints,
                stderr=complaints,
                start_new_session=True,
                umask=PRIVATE_UMASK,
            )
    except OSError as error:
        lock.close()
        raise PermanentError(f"Milvus Lite can't be started for {path}: {error}") from error
    return _Server(process, lock, socket_path)


def _libraries() -> Path:
    """The folder of Milvus Lite's binary, found without importing the package (which needs an old setuptools)."""
    spec = importlib.util.find_spec("milvus_lite")
    if spec is None or spec.origin is None:
        raise PermanentError("The embedded store needs the package milvus-lite; run: pip install 'milvus-lite==2.5.1'")
    return Path(spec.origin).parent / "lib"


def _locked(path: Path, lock_path: Path) -> IO[str]:
    """The lock file, locked. Waits a moment if a server whose owner was killed still holds it. If the holder can't be
    found, it has just left, or the system does not tell."""
    deadline = time.monotonic() + LEAVING_SECONDS
    while True:
        lock = _opened(lock_path)
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        except OSError:
            lock.close()
            holder = _holder(lock_path)
            leaving = holder is None or _name_of(holder) in {"milvus", None}
            if not leaving or time.monotonic() > deadline:
                raise StoreInUse(_in_use(path, holder)) from None
            time.sleep(0.02)


def _opened(lock_path: Path) -> IO[str]:
    try:
        lock_path.parent.mkdir(parents=True, exist_ok=True)
        keep_private(lock_path)
        return lock_path.open("a")
    except OSError as error:
        kind = StorageFull if error.errno == 28 else PermanentError
        raise kind(f"The store's folder {lock_path.parent} can't be written: {error.strerror}.") from error


def _in_use(path: Path, holder: int | None) -> str:
    who = f" (process {holder}: {_name_of(holder) or 'unknown'})" if holder is not None else ""
    return (
        f"The store {path} is held by another process{who}; an embedded store belongs to one process at a time. "
        "Stop that process, or set HOPLINE_MILVUS_URI to a Milvus server that all can share."
    )


def _holder(lock_path: Path) -> int | None:
    """The process that holds the lock, where the system tells (on Linux)."""
    with contextlib.suppress(OSError, ValueError):
        inode = str(lock_path.stat().st_ino)
        for line in Path("/proc/locks").read_text().splitlines():
            fields = line.split()
            if len(fields) >= 6 and "->" not in fields and fields[5].rsplit(":", 1)[-1] == inode:
                return int(fields[4])
    return None


def _name_of(process: int) -> str | None:
    try:
        return Path(f"/proc/{process}/comm").read_text().strip()
    except OSError:
        return None


def _comes_up(server: _Server) -> bool:
    """Wait until the server listens; False if it ends first or takes too long. If the wait is interrupted, the server
    is ended."""
    deadline = time.monotonic() + START_SECONDS
    try:
        while time.monotonic() < deadline and server.process.poll() is None:
            if _listens(server):
                return True
            time.sleep(0.005)
    except BaseException:
        _stop(server)
        raise
    return False


def _listens(server: _Server) -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
        probe.connect(str(server.socket_path))
        return True
    return False


def _stop(server: _Server) -> None:
    server.lock.close()
    try:
        server.process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.process.kill()
        server.process.wait()
    server.socket_path.unlink(missing_ok=True)


@atexit.register
def _stop_all() -> None:
    with _guard:
        while _servers:
            _stop(_servers.popitem()[1])
