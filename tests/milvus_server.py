"""A Milvus that several processes reach over TCP: the embedded store's engine on a loopback port.

The real client talks to it as to a server, but it has fewer indexes: no HNSW, and none over arrays. So the embedded
store makes the collections, and the processes find them there.
"""

import fcntl
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tools.ports import Embedder
from tools.store.address import Address
from tools.store.milvus import MilvusStore
from tools.store.schema import Identity

START_SECONDS = 30.0
MAX_ROWS = 10_000


async def make_collections(file: Path, embedder: Embedder, names: Sequence[str]) -> None:
    """Make empty collections in a file to be served."""
    for name in names:
        store = await MilvusStore.open(Address(file), name, Identity(embedder.name, embedder.dimension), create=True)
        await store.close()


def rows_of(uri: str, collection: str) -> dict[str, dict[str, Any]]:
    """All rows written to a collection, by primary key."""
    from pymilvus import MilvusClient

    client = MilvusClient(uri, dedicated=True)
    try:
        # The engine can't return vectors of a collection that was never written to.
        keys = [row["pk"] for row in client.query(collection, filter='pk != ""', output_fields=["pk"], limit=MAX_ROWS)]
        found = client.get(collection, ids=keys, output_fields=["*"]) if keys else []
        return {row["pk"]: row for row in found}
    finally:
        client.close()


@contextmanager
def running_milvus(file: Path) -> Iterator[str]:
    """Yields the URI of a server of the file's collections, which ends with the block or with this process."""
    spec = find_spec("milvus_lite")
    assert spec is not None
    assert spec.origin is not None
    libraries = Path(spec.origin).parent / "lib"
    lock_path = file.with_name("served.lock")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with lock_path.open("a") as lock, file.with_name("served.log").open("w") as log:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        process = subprocess.Popen(
            [libraries / "milvus", file, f"127.0.0.1:{port}", "ERROR", lock_path],
            env={**os.environ, "LD_LIBRARY_PATH": str(libraries)},
            cwd=file.parent,
            stdout=log,
            stderr=log,
        )
        try:
            _wait_until_it_listens(process, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()
            process.wait()


def _wait_until_it_listens(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.02)
    raise AssertionError(f"the server did not come up (exit status {process.poll()})")


@contextmanager
def overheard(uri: str, method: str, heard: Callable[[bytes], None]) -> Iterator[str]:
    """Yields the URI of a relay that reports each request of this method before passing it on."""
    import grpc  # type: ignore[import-untyped]

    class Relay(grpc.GenericRpcHandler):  # type: ignore[misc]
        def service(self, call: Any) -> Any:
            return grpc.unary_unary_rpc_method_handler(lambda request, context: passed_on(call.method, request))

    def passed_on(called: str, request: bytes) -> Any:
        if called.endswith(f"/{method}"):
            heard(request)
        return channel.unary_unary(called)(request, timeout=START_SECONDS)

    channel = grpc.insecure_channel(uri.removeprefix("http://"))
    relay = grpc.server(ThreadPoolExecutor(4), handlers=(Relay(),))
    port = relay.add_insecure_port("127.0.0.1:0")
    relay.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        relay.stop(None).wait()
        channel.close()
