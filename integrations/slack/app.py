"""The Slack app over Socket Mode: events in, acknowledged at once, answers out in their threads."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)

from agent.settings import Settings
from integrations.slack.door import Answerer, SlackDoor
from integrations.slack.questions import Identity
from integrations.slack.rights import NO_GROUPS, Groups, read_groups
from integrations.slack.status import SessionStatus
from integrations.slack.tokens import Finding, check, examine
from tools.errors import InvalidSetting
from tools.ports import JsonObject

__all__ = ["Finding", "check", "connected", "run"]

GRACE_SECONDS = 20.0
_MAX_WAITS_FOR_RATE_LIMITS = 5
_MAX_TRIES_AGAIN = 2

log = logging.getLogger("hopline.slack")


def run(settings: Settings) -> None:
    """Answer in Slack until SIGINT or SIGTERM. Raises InvalidSetting when a token is missing or refused."""
    asyncio.run(_run_until_stopped(settings))


async def _run_until_stopped(settings: Settings) -> None:
    from agent import open_assistant

    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await _identified(settings)  # before the models are loaded: a wrong token shows within a second
    path = settings.slack_groups_file
    groups = await asyncio.to_thread(read_groups, path) if path else NO_GROUPS
    async with open_assistant(settings) as assistant, connected(settings, assistant, groups=groups):
        log.info("connected to Slack")
        await stopped.wait()


@asynccontextmanager
async def connected(
    settings: Settings, assistant: Answerer, *, groups: Groups = NO_GROUPS, grace_seconds: float = GRACE_SECONDS
) -> AsyncIterator[SlackDoor]:
    """The door, open: connected on entry; on exit no event comes in any more and running answers have ended visibly."""
    identity = await _identified(settings)
    assert settings.slack_bot_token
    assert settings.slack_app_token
    app = _bolt_app(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
    status = SessionStatus(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
    door = SlackDoor(assistant, app.client, status, identity, tenant=settings.tenant, groups=groups)
    _listen(app, door)
    handler = AsyncSocketModeHandler(app, settings.slack_app_token.get_secret_value(), logger=log)
    try:
        await handler.connect_async()  # type: ignore[no-untyped-call]
        yield door
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]
        await door.drain(grace_seconds)


async def _identified(settings: Settings) -> Identity:
    findings, identity = await examine(settings)
    failed = [finding for finding in findings if finding.level == "failed"]
    if failed or identity is None:
        raise InvalidSetting(" ".join(f"{finding.name}: {finding.detail}" for finding in failed))
    for finding in findings:
        if finding.level == "warning":
            log.warning("Slack %s: %s", finding.name, finding.detail)
    return identity


def _bolt_app(token: str, base_url: str) -> AsyncApp:
    app = AsyncApp(token=token, name="hopline", logger=log)
    app.client.base_url = f"{base_url.rstrip('/')}/"
    app.client.retry_handlers[:] = [
        AsyncConnectionErrorRetryHandler(max_retry_count=_MAX_TRIES_AGAIN),
        AsyncRateLimitErrorRetryHandler(max_retry_count=_MAX_WAITS_FOR_RATE_LIMITS),
        AsyncServerErrorRetryHandler(max_retry_count=_MAX_TRIES_AGAIN),
    ]
    return app


def _listen(app: AsyncApp, door: SlackDoor) -> None:
    """Bolt acknowledges an event before it calls these; they only hand over, so a slow answer delays no other event."""

    async def accept(body: JsonObject) -> None:
        door.accept(body)

    async def stop(event: JsonObject) -> None:
        door.stop(event.get("channel") or event.get("channel_id") or "", event.get("thread_ts") or "")

    app.event("app_mention")(accept)
    app.event("message")(accept)
    app.event("agent_session_stopped")(stop)
