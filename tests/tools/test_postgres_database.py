"""A Postgres that hangs or goes away: nobody waits for ever, and nobody else waits."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from urllib.parse import urlsplit

import pytest
from psycopg.errors import SerializationFailure

from agent.masking import masked
from tools.database import postgres as module
from tools.database.postgres import PostgresDatabase
from tools.database.tables import Tables, Transaction
from tools.errors import InvalidSetting, MemoryUnavailable

TABLES = Tables("silent", 1, ("CREATE TABLE {p}rows (n BIGINT)",))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "write postgresql://HOST:5432/DATABASE, with the user's name"),
        ("postgresql://me:hidden@host:notaport/d", "the port must be a number from 1 to 65535"),
        ("postgresql://me:hidden@host:99999/d", "the port must be a number from 1 to 65535"),
        ("host=a,b port=5432,no", "the port must be a number from 1 to 65535"),
    ],
)
def test_a_url_that_is_none_is_refused_at_once_and_masking_leaves_the_advice_whole(url: str, said: str) -> None:
    with pytest.raises(InvalidSetting) as raised:
        PostgresDatabase(url, TABLES)
    assert said in masked(str(raised.value))
    assert "hidden" not in str(raised.value)


def test_several_hosts_may_have_ports_of_their_own() -> None:
    PostgresDatabase("postgresql://me@a:1,b:2/d", TABLES)


class Line:
    """A port before the server's; while it is `cut` nothing passes, and everything is still acknowledged."""

    def __init__(self, server_url: str) -> None:
        parts = urlsplit(server_url)
        self._server = (parts.hostname, parts.port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.cut = False
        self.url = server_url.replace(f":{parts.port}/", f":{self._listening.getsockname()[1]}/")
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(self._server)
                for one, other in ((client, server), (server, client)):
                    threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65_536):
                while self.cut:
                    time.sleep(0.01)
                other.sendall(data)
        other.close()


@pytest.fixture
def line(postgres: str) -> Iterator[Line]:
    line = Line(postgres)
    yield line
    line.cut = False
    line.close()


async def counted(database: PostgresDatabase) -> int:
    rows = await database.run(lambda tx: tx.execute("SELECT count(*) FROM {p}rows"))
    return int(rows[0][0])


async def test_a_server_that_falls_silent_is_given_up_and_found_again(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SILENCE_SECONDS", 0.3)
    database = PostgresDatabase(line.url, TABLES)
    assert await counted(database) == 0
    line.cut = True
    with pytest.raises(MemoryUnavailable, match="did not answer"):
        await asyncio.wait_for(counted(database), 10)
    line.cut = False
    async with asyncio.timeout(20):
        while True:
            with suppress(MemoryUnavailable):
                assert await counted(database) == 0
                break
            await asyncio.sleep(0.1)
    await database.close()


async def test_those_who_need_no_database_do_not_wait_for_one_that_hangs(line: Line) -> None:
    database = PostgresDatabase(line.url, TABLES)
    assert await counted(database) == 0
    line.cut = True
    waiting = [asyncio.create_task(counted(database)) for _ in range(64)]
    await asyncio.sleep(0.05)
    async with asyncio.timeout(2):
        assert await asyncio.to_thread(lambda: "there") == "there"
    started = time.monotonic()
    await database.close()
    assert time.monotonic() - started < 10
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(outcome, MemoryUnavailable) for outcome in outcomes)


async def test_a_port_that_takes_calls_and_never_answers_is_unavailable_soon() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        database = PostgresDatabase(f"postgresql://x@127.0.0.1:{silent.getsockname()[1]}/x", TABLES)
        with pytest.raises(MemoryUnavailable):
            await asyncio.wait_for(counted(database), 8)
        await database.close()


async def test_a_statement_has_a_bound_of_the_server_s_own(postgres: str) -> None:
    database = PostgresDatabase(postgres, TABLES)
    ((bound,),) = await database.run(lambda tx: tx.execute("SHOW statement_timeout"))
    assert bound == "30s"
    await database.close()
    assert await counted(database) == 0, "it can be opened again"
    await database.close()


async def test_a_transaction_that_was_ended_for_another_one_s_locks_is_done_again(postgres: str) -> None:
    database = PostgresDatabase(
        f"{postgres}?options=-c%20deadlock_timeout%3D20ms", Tables("locks", 1, TABLES.statements)
    )
    await database.run(lambda tx: tx.execute("INSERT INTO {p}rows VALUES (1), (2)"))
    both_hold_one = threading.Barrier(2, timeout=20)
    tries = {1: 0, 2: 0}

    def crosswise(tx: Transaction, first: int, second: int) -> None:
        tries[first] += 1
        tx.execute("UPDATE {p}rows SET n = n WHERE n = ?", (first,))
        if tries[first] == 1:
            both_hold_one.wait()
        tx.execute("UPDATE {p}rows SET n = n WHERE n = ?", (second,))

    await asyncio.gather(*(database.run(partial(crosswise, first=n, second=3 - n)) for n in tries))
    assert sorted(tries.values()) == [1, 2]
    await database.close()


async def test_a_transaction_that_is_ended_each_time_is_given_up(postgres: str) -> None:
    database, tries = PostgresDatabase(postgres, TABLES), 0

    def unlucky(tx: Transaction) -> None:
        nonlocal tries
        tries += 1
        raise SerializationFailure("could not serialize access")

    with pytest.raises(MemoryUnavailable, match="could not serialize access"):
        await database.run(unlucky)
    assert tries == module.ATTEMPTS
    await database.close()
