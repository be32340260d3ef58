"""Audit logs for tests, in either database, and ways to tamper with one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from agent.audit.log import AuditLog, open_audit_log

ADA = {"run_id": "r1", "user": "ada", "groups": ["finance"], "tenant": "default", "sources": ["pay/2026.md", "a.md"]}
NOOR = {"run_id": "r2", "user": "noor", "groups": [], "tenant": "default", "sources": ["pay/2026.md#3"]}
OTHER = {"run_id": "r3", "user": "ada", "groups": [], "tenant": "other", "sources": ["pay/2026.md"]}


@asynccontextmanager
async def empty_log(kind: str, request: pytest.FixtureRequest) -> AsyncIterator[AuditLog]:
    home: Path = request.getfixturevalue("tmp_path") / "home"
    url = request.getfixturevalue("postgres") if kind == "postgres" else None
    if url:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            await connection.execute(
                "DROP TABLE IF EXISTS hopline_audit_entries, hopline_audit_head, hopline_audit_schema"
            )
    log = await asyncio.to_thread(open_audit_log, home, url, None)
    try:
        yield log
    finally:
        await log.close()


async def written(log: AuditLog, count: int = 5) -> None:
    for n in range(count):
        await log.append("question", {**(ADA, NOOR, OTHER)[n % 3], "question": f"q{n}"})


async def sql(log: AuditLog, *statements: str) -> list[tuple[Any, ...]]:
    """Run SQL without the log's knowledge, as somebody with the database's password could."""
    return await log._database.run(lambda tx: [row for statement in statements for row in tx.execute(statement)])


async def places(log: AuditLog) -> list[int]:
    return [problem.seq for problem in (await log.verify()).problems]
