"""A real Redis for the cache tests, on a socket of its own."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.openai_server import openai_server

__all__ = ["openai_server"]


class RedisServer:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.url = f"unix://{folder}/redis.sock"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = ["redis-server", "--port", "0", "--unixsocket", f"{self._folder}/redis.sock", "--save", ""]
        self._process = subprocess.Popen([*command, "--dir", str(self._folder)], stdout=subprocess.DEVNULL)
        for _ in range(200):
            if (self._folder / "redis.sock").exists():
                return
            time.sleep(0.02)
        raise RuntimeError("redis-server did not start")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=10)
            self._process = None


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """A running server's URL; the test is skipped if Redis is not installed."""
    if shutil.which("redis-server") is None:
        pytest.skip("no Redis server is installed (apt-get install redis-server)")
    with tempfile.TemporaryDirectory(prefix="hopline-redis-") as folder:
        server = RedisServer(Path(folder))
        server.start()
        yield server
        server.stop()
