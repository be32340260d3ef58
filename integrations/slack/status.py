"""The session's status in Slack: "processing" while the app works. Nice to have, so it never holds an answer up."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from integrations.slack.refusals import error_of

_DEADLINE_SECONDS = 2.0
_MAX_TITLE = 200
_UNAVAILABLE = frozenset(
    {"unknown_method", "missing_scope", "not_allowed_token_type", "feature_not_enabled", "access_denied"}
)

log = logging.getLogger("hopline.slack")


class SessionStatus:
    """Sets `agents.sessions` statuses where the workspace has them; asks no more once Slack says that it has not."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._available = True

    @asynccontextmanager
    async def processing(self, channel: str, thread: str, *, user: str, title: str) -> AsyncIterator[None]:
        """ "processing" shows Slack's Stop button; the title is what the session is found by later."""
        named = " ".join(title.split())[:_MAX_TITLE]
        await self._set("processing", channel, thread, title=named or None, initiator_user_id=user)
        try:
            yield
        finally:
            await self._set("active", channel, thread)

    async def _set(
        self, status: Literal["processing", "active"], channel: str, thread: str, **first: str | None
    ) -> None:
        if not self._available:
            return
        try:
            async with asyncio.timeout(_DEADLINE_SECONDS):
                await self._client.agents_sessions_setStatus(
                    channel_id=channel, thread_ts=thread, status=status, **first
                )
        except SlackApiError as error:
            reason = error_of(error)
            self._available = reason not in _UNAVAILABLE
            log.debug("no session status in %s: %s", channel, reason)
        except (aiohttp.ClientError, TimeoutError) as error:
            log.debug("no session status in %s: %r", channel, error)
