"""A local Slack: the Web API, Socket Mode, response URLs and signed HTTP requests, over real sockets.

It keeps the messages that are posted, refuses what Slack would refuse (scopes, required arguments, limits of blocks and
streams, expired streams, too many posts), and fails where a test or chance asks for it.
"""

import asyncio
import hashlib
import hmac
import itertools
import json
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import WSMsgType, web

from tests.integrations.slack.block_kit import problems
from tests.integrations.slack.chaos import Chaos
from tests.integrations.slack.conversations import Conversations
from tests.integrations.slack.methods import METHODS, SCOPES

BOT_TOKEN = "xoxb-local"
APP_TOKEN = "xapp-1-A1-local"
CONFIG_TOKEN = "xoxe.xoxp-local"
SIGNING_SECRET = "signing-secret"
Arguments = dict[str, Any]


@dataclass
class LocalSlack:
    url: str = ""
    scopes: str = SCOPES
    chaos: Chaos = field(default_factory=Chaos)
    there: Conversations = field(default_factory=Conversations)
    calls: list[tuple[str, Arguments]] = field(default_factory=list)
    faults: dict[str, deque[web.Response]] = field(default_factory=lambda: defaultdict(deque))
    responded: dict[str, list[Arguments]] = field(default_factory=lambda: defaultdict(list))
    installed_manifest: Arguments = field(default_factory=dict)
    _sockets: list[web.WebSocketResponse] = field(default_factory=list)
    _waiting: dict[str, "asyncio.Future[Any]"] = field(default_factory=dict)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    # What a test does with it

    async def deliver(self, body: Arguments, *, timeout_seconds: float = 5.0) -> float:
        """Send an event and wait for its acknowledgement; returns how many seconds that took."""
        seconds, _ = await self._send("events_api", body, timeout_seconds)
        return seconds

    async def interact(self, body: Arguments) -> Any:
        """Send a click, a form or a shortcut; returns the payload of the acknowledgement."""
        return (await self._send("interactive", body, 5.0))[1]

    async def command(self, body: Arguments) -> Any:
        return (await self._send("slash_commands", body, 5.0))[1]

    async def drop_connection(self) -> None:
        """Close the connection, as Slack does when it refreshes one."""
        async with self._changed:
            dropped, self._sockets = self._sockets, []
        for socket in dropped:
            await socket.send_json({"type": "disconnect", "reason": "refresh_requested"})
            await socket.close()

    async def until_connected(self) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: self._sockets)

    def fail_next(self, method: str, *responses: web.Response) -> None:
        self.faults[method].extend(responses)

    def posted(self) -> list[Arguments]:
        return self.called("chat.postMessage")

    def called(self, method: str) -> list[Arguments]:
        return [arguments for name, arguments in self.calls if name == method]

    async def until(self, method: str, count: int, timeout_seconds: float = 8.0) -> list[Arguments]:
        """Wait for the `count`th successful call of a method; returns the arguments of all."""
        await self.when(lambda: len(self.called(method)) >= count, timeout_seconds)
        return self.called(method)

    async def when(self, happened: Any, timeout_seconds: float = 8.0) -> None:
        """Wait until the condition holds, checked after each call."""
        async with asyncio.timeout(timeout_seconds), self._changed:
            await self._changed.wait_for(happened)

    def response_url(self, name: str) -> str:
        return f"{self.url}respond/{name}"

    async def _send(self, kind: str, body: Arguments, timeout_seconds: float) -> tuple[float, Any]:
        async with asyncio.timeout(timeout_seconds):
            await self.until_connected()
            envelope_id = f"envelope-{next(self._numbers)}"
            self._waiting[envelope_id] = asyncio.get_running_loop().create_future()
            sent = time.perf_counter()
            envelope = {
                "type": kind,
                "envelope_id": envelope_id,
                "payload": body,
                "accepts_response_payload": kind != "events_api",
            }
            await self._sockets[-1].send_json(envelope)
            acknowledged, payload = await self._waiting[envelope_id]
            return acknowledged - sent, payload

    # What the app meets

    async def web_api(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        arguments = await _arguments_of(request)
        if self.faults[method]:
            return self.faults[method].popleft()
        if early := self.chaos.before(method):
            return early
        error = self._refusal(method, request.headers.get("Authorization", ""), arguments)
        reply: Arguments = {}
        if error is None:
            reply, error = self._reply(method, arguments)
        if error == "ratelimited":
            return web.json_response({"ok": False, "error": error}, status=429, headers={"Retry-After": "1"})
        if error is not None:
            return web.json_response({"ok": False, "error": error})
        async with self._changed:
            self.calls.append((method, {**arguments, "replied": reply}))
            self._changed.notify_all()
        if late := self.chaos.after(method, request):
            return late
        return web.json_response({"ok": True, **reply}, headers={"x-oauth-scopes": self.scopes})

    def _refusal(self, method: str, authorization: str, arguments: Arguments) -> str | None:
        rule = METHODS.get(method)
        if rule is None:
            return "unknown_method"
        tokens = {"apps.connections.open": APP_TOKEN, "apps.manifest.export": CONFIG_TOKEN}
        if method != "oauth.v2.access" and authorization not in {
            f"Bearer {tokens.get(method, BOT_TOKEN)}",
            *([] if method in tokens else ["Bearer xoxb-second"]),
        }:
            return "invalid_auth"
        if rule.required - arguments.keys():
            return "invalid_arguments"
        if rule.scopes and not rule.scopes & set(self.scopes.split(",")):
            return "missing_scope"
        return None

    def _reply(self, method: str, arguments: Arguments) -> tuple[Arguments, str | None]:
        match method:
            case "auth.test":
                return {"team_id": "T1", "team": "Acme", "user_id": "UBOT", "user": "hopline", "bot_id": "BBOT"}, None
            case "apps.connections.open":
                return {"url": f"{self.url.replace('http', 'ws')}socket"}, None
            case "apps.manifest.export":
                return {"manifest": self.installed_manifest}, None
            case "oauth.v2.access":
                return _installed(arguments["code"]), None
            case _:
                return self.there.answer(method, arguments)

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1})
        async with self._changed:
            self._sockets.append(socket)
            self._changed.notify_all()
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                written = json.loads(message.data)
                waiting = self._waiting.pop(written["envelope_id"], None)
                if waiting and not waiting.done():
                    waiting.set_result((time.perf_counter(), written.get("payload")))
        async with self._changed:
            self._sockets = [one for one in self._sockets if one is not socket]
        return socket

    async def respond(self, request: web.Request) -> web.Response:
        """A response URL: accepts five posts, then no more."""
        name, message = request.match_info["name"], await request.json()
        if len(self.responded[name]) >= 5:
            return web.Response(status=404, text="used_url")
        if message.get("blocks") and (wrong := problems(message["blocks"])):
            return web.Response(status=400, text=f"invalid_blocks {wrong}")
        async with self._changed:
            self.responded[name].append(message)
            self._changed.notify_all()
        return web.Response(text="ok")


async def post_signed(address: str, body: Arguments, *, secret: str = SIGNING_SECRET, age: int = 0) -> tuple[int, str]:
    """An event over HTTP with Slack's signature; `age` makes it that many seconds old."""
    text, moment = json.dumps(body), str(int(time.time()) - age)
    signed = hmac.new(secret.encode(), f"v0:{moment}:{text}".encode(), hashlib.sha256).hexdigest()
    headers = {
        "X-Slack-Request-Timestamp": moment,
        "X-Slack-Signature": f"v0={signed}",
        "Content-Type": "application/json",
    }
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{address}/slack/events", data=text, headers=headers) as response,
    ):
        return response.status, await response.text()


def _installed(code: str) -> Arguments:
    return {
        "app_id": "A1",
        "access_token": "xoxb-second",
        "bot_user_id": "UBOT",
        "scope": SCOPES,
        "token_type": "bot",
        "team": {"id": code.removeprefix("code-for-"), "name": "Second"},
        "authed_user": {"id": "UADMIN"},
    }


async def _arguments_of(request: web.Request) -> Arguments:
    if request.content_type == "application/json":
        arguments: Arguments = await request.json()
        return arguments
    given = {**request.query, **(await request.post())}
    return {name: value for name, value in given.items() if isinstance(value, str)}


@asynccontextmanager
async def running_slack() -> AsyncIterator[LocalSlack]:
    slack = LocalSlack()
    application = web.Application(client_max_size=2**22)
    application.router.add_post("/api/{method}", slack.web_api)
    application.router.add_get("/api/socket", slack.socket)
    application.router.add_get("/api/{method}", slack.web_api)
    application.router.add_post("/api/respond/{name}", slack.respond)
    runner = web.AppRunner(application, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=1024)
    await site.start()
    host, port = runner.addresses[0]
    slack.url = f"http://{host}:{port}/api/"
    try:
        yield slack
    finally:
        await runner.cleanup()
