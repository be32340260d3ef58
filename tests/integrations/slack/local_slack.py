"""A Slack that runs here: the Web API methods that the app calls, and Socket Mode, over real sockets.

It records what it is told, refuses what Slack would refuse, and answers with an error where a test asks for one.
"""

import asyncio
import itertools
import json
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.integrations.slack.block_kit import problems

BOT_TOKEN = "xoxb-local"
APP_TOKEN = "xapp-local"
SCOPES = "app_mentions:read,assistant:write,chat:write,im:history"
_REQUIRED = {
    "chat.postMessage": {"channel", "text"},
    "agents.sessions.setStatus": {"status", "channel_id", "thread_ts"},
}


@dataclass
class LocalSlack:
    url: str = ""
    scopes: str = SCOPES
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    faults: dict[str, deque[web.Response]] = field(default_factory=lambda: defaultdict(deque))
    acknowledged: dict[str, float] = field(default_factory=dict)
    _sockets: list[web.WebSocketResponse] = field(default_factory=list)
    _waiting: dict[str, asyncio.Future[float]] = field(default_factory=dict)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    # What a test does with it

    async def deliver(self, body: dict[str, Any]) -> float:
        """Send an event and wait for its acknowledgement; returns how many seconds that took."""
        async with asyncio.timeout(5):
            async with self._changed:
                await self._changed.wait_for(lambda: self._sockets)
            envelope_id = f"envelope-{next(self._numbers)}"
            self._waiting[envelope_id] = asyncio.get_running_loop().create_future()
            sent = time.perf_counter()
            envelope = {
                "type": "events_api",
                "envelope_id": envelope_id,
                "payload": body,
                "accepts_response_payload": False,
            }
            await self._sockets[-1].send_json(envelope)
            return await self._waiting[envelope_id] - sent

    async def drop_connection(self) -> None:
        """Cut the line as Slack does when it refreshes one."""
        async with self._changed:
            dropped, self._sockets = self._sockets, []
        for socket in dropped:
            await socket.send_json({"type": "disconnect", "reason": "refresh_requested"})
            await socket.close()

    def fail_next(self, method: str, *responses: web.Response) -> None:
        self.faults[method].extend(responses)

    def posted(self) -> list[dict[str, Any]]:
        return self.called("chat.postMessage")

    def called(self, method: str) -> list[dict[str, Any]]:
        return [arguments for name, arguments in self.calls if name == method]

    async def until(self, method: str, count: int, timeout_seconds: float = 5.0) -> list[dict[str, Any]]:
        """Wait for the `count`th successful call of a method; returns the arguments of all."""
        async with asyncio.timeout(timeout_seconds), self._changed:
            await self._changed.wait_for(lambda: len(self.called(method)) >= count)
        return self.called(method)

    # What the app meets

    async def web_api(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        arguments = await _arguments_of(request)
        if self.faults[method]:
            return self.faults[method].popleft()
        error = self._refusal(method, request.headers.get("Authorization", ""), arguments)
        if error:
            return web.json_response({"ok": False, "error": error})
        async with self._changed:
            self.calls.append((method, arguments))
            self._changed.notify_all()
        return web.json_response({"ok": True, **self._reply(method)}, headers={"x-oauth-scopes": self.scopes})

    def _refusal(self, method: str, authorization: str, arguments: dict[str, Any]) -> str | None:
        if method not in {*_REQUIRED, "auth.test", "apps.connections.open"}:
            return "unknown_method"
        if authorization != f"Bearer {APP_TOKEN if method == 'apps.connections.open' else BOT_TOKEN}":
            return "invalid_auth"
        if _REQUIRED.get(method, set()) - arguments.keys():
            return "invalid_arguments"
        if method == "chat.postMessage" and problems(arguments["blocks"]):
            return "invalid_blocks"
        return None

    def _reply(self, method: str) -> dict[str, Any]:
        return {
            "auth.test": {"team_id": "T1", "team": "Acme", "user_id": "UBOT", "user": "hopline", "bot_id": "BBOT"},
            "apps.connections.open": {"url": f"{self.url.replace('http', 'ws')}socket"},
            "chat.postMessage": {"ts": f"{next(self._numbers)}.0", "channel": "C1"},
        }.get(method, {})

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1})
        async with self._changed:
            self._sockets.append(socket)
            self._changed.notify_all()
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self._waiting[json.loads(message.data)["envelope_id"]].set_result(time.perf_counter())
        return socket


async def _arguments_of(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        arguments: dict[str, Any] = await request.json()
        return arguments
    return dict(await request.post())


@asynccontextmanager
async def running_slack() -> AsyncIterator[LocalSlack]:
    slack = LocalSlack()
    application = web.Application()
    application.router.add_post("/api/{method}", slack.web_api)
    application.router.add_get("/api/socket", slack.socket)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0]
    slack.url = f"http://{host}:{port}/api/"
    try:
        yield slack
    finally:
        await runner.cleanup()
