"""A real Postgres for tests: a cluster in a temporary folder on a free loopback port."""

import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a real server, started for the first test that needs it; skips if Postgres is not installed."""
    programs = server_programs()
    if programs is None:
        pytest.skip("no Postgres server is installed (apt-get install postgresql)")
    with running_postgres(programs) as url:
        yield url


@pytest.fixture(scope="module")
def postgres(postgres_server: str) -> str:
    """The URL of a database for this test file alone, so that tests don't depend on others."""
    return new_database(postgres_server, f"tests_{next(_NUMBERS)}")


def server_programs() -> Path | None:
    """The folder with initdb and pg_ctl (Debian keeps it off the PATH), or None when no server is installed."""
    on_path = shutil.which("initdb")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((f for f in [*([Path(on_path).parent] if on_path else []), *folders] if (f / "initdb").exists()), None)


@contextmanager
def running_postgres(programs: Path) -> Iterator[str]:
    """Yields the URL of an empty database. Postgres refuses to run as root, so root starts it as the user postgres."""
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="hopline-postgres-", ignore_cleanup_errors=True) as folder:
        if user:
            os.chown(folder, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]

        def run(program: str, *arguments: str) -> None:
            command = [str(programs / program), "-D", f"{folder}/data", *arguments]
            subprocess.run(command, user=user, cwd=folder, check=True, stdout=subprocess.DEVNULL, timeout=60)

        run("initdb", "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale", "C.UTF-8")
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=40"
        run("pg_ctl", "-w", "-l", f"{folder}/log", "-o", options, "start")
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")


def new_database(server_url: str, name: str) -> str:
    """The URL of an empty database of this name, beside the one of `server_url`."""
    import psycopg

    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
    return f"{server_url.rpartition('/')[0]}/{name}"
