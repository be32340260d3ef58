"""Serving HTTP on a port of this machine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from tools.errors import InvalidSetting


@asynccontextmanager
async def listening(
    application: web.Application, host: str, port: int, *, setting: str, grace_seconds: float
) -> AsyncIterator[str]:
    """Listening on entry; yields the address. Raises InvalidSetting that names the setting when the port is taken."""
    runner = web.AppRunner(application, shutdown_timeout=grace_seconds, access_log=None)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            reason = (error.strerror or str(error)).rpartition(": ")[2]  # asyncio puts the address before it
            raise InvalidSetting(
                f"{setting}: can't listen on {host}:{port} ({reason}). Free that port, or set another one."
            ) from error
        bound, number, *_ = runner.addresses[0]
        yield f"http://{bound}:{number}"
    finally:
        await runner.cleanup()
