"""Servers that a bench starts on 127.0.0.1, kills, and restarts at the same address."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

UP_SECONDS = 20.0


@dataclass
class Killable:
    """A server process: `command` runs in the foreground and answers at `address` once it is up."""

    url: str
    command: Sequence[str]
    address: tuple[str, int]
    user: str | None = None
    prepare: Callable[[], Any] = lambda: None
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Blocks until the server answers; raises RuntimeError if it does not."""
        self.prepare()
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            self.command,
            user=self.user,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + UP_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(self.address, timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError(f"{self.command[0]} did not start")

    def kill(self) -> None:
        """Kill the server and all its children: Postgres is several processes in one session."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    close = kill


def model_server(*, seconds: float) -> Killable:
    port = _free_port()
    command = [sys.executable, "-m", "evals.bench.model_server", "--seconds", str(seconds), "--port", str(port)]
    return Killable(f"http://127.0.0.1:{port}/v1", command, ("127.0.0.1", port))


def redis_server(folder: Path) -> Killable | None:
    program, port = shutil.which("redis-server"), _free_port()
    if program is None:
        return None
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    return Killable(f"redis://127.0.0.1:{port}/0", command, ("127.0.0.1", port))


def postgres_server(folder: Path) -> Killable | None:
    """Postgres refuses to run as root, so root starts it as the user postgres. After a kill its stale lock file is
    removed."""
    programs = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
    if programs is None:
        return None
    user = "postgres" if os.geteuid() == 0 else None
    data, port = folder / "postgres", _free_port()
    data.mkdir()
    if user:
        folder.chmod(0o755)
        os.chown(data, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
    data.chmod(0o700)

    def prepare() -> None:
        if not any(data.iterdir()):
            made = [
                str(programs / "initdb"),
                "-D",
                str(data),
                "-A",
                "trust",
                "-U",
                "postgres",
                "--no-sync",
                "-E",
                "UTF8",
            ]
            subprocess.run(made, user=user, cwd="/", check=True, stdout=subprocess.DEVNULL, timeout=60)  # noqa: S603
        (data / "postmaster.pid").unlink(missing_ok=True)

    command = [str(programs / "postgres"), "-D", str(data), "-p", str(port), "-k", "", "-c", "fsync=off"]
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    return Killable(url, command, ("127.0.0.1", port), user, prepare)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
