"""The workspaces that the app is installed in: who it is there, and the clients that speak for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import aiohttp
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient

from integrations.slack.questions import Identity
from integrations.slack.status import SessionStatus
from integrations.slack.storage.installations import Installations
from tools.errors import PermanentError

MAX_WAITS_FOR_RATE_LIMITS = 8
_MAX_TRIES_AGAIN = 2


class NotInstalled(PermanentError):
    """The app was removed from the workspace that a question came from."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """`client` tries again what may be done twice; `poster` only what Slack says it turned away (429), since a post
    whose answer was lost may be there."""

    identity: Identity
    tenant: str
    client: AsyncWebClient
    poster: AsyncWebClient
    status: SessionStatus

    @staticmethod
    def opened(
        identity: Identity, tenant: str, token: str, base_url: str, session: aiohttp.ClientSession
    ) -> "Workspace":
        limited = AsyncRateLimitErrorRetryHandler(max_retry_count=MAX_WAITS_FOR_RATE_LIMITS)
        handlers = [
            AsyncConnectionErrorRetryHandler(max_retry_count=_MAX_TRIES_AGAIN),
            AsyncServerErrorRetryHandler(max_retry_count=_MAX_TRIES_AGAIN),
            limited,
        ]
        return Workspace(
            identity=identity,
            tenant=tenant,
            client=AsyncWebClient(token, base_url=base_url, session=session, retry_handlers=[*handlers]),
            poster=AsyncWebClient(token, base_url=base_url, session=session, retry_handlers=[limited]),
            # Without retries: a status that comes late is worse than none.
            status=SessionStatus(AsyncWebClient(token, base_url=base_url, session=session, retry_handlers=[])),
        )


def connections(call_seconds: float) -> aiohttp.ClientSession:
    """Connections that all clients share: without them the SDK opens one for each call. To be closed at the end."""
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=call_seconds))


class Workspaces(Protocol):
    async def of(self, team: str) -> Workspace:
        """Raises NotInstalled."""
        ...


class OneWorkspace:
    """The workspace of SLACK_BOT_TOKEN. What an organisation's other workspaces send comes under it too."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def of(self, team: str) -> Workspace:
        return self._workspace


class InstalledWorkspaces:
    """Those that installed the app through OAuth; a new token replaces the clients."""

    def __init__(
        self,
        installations: Installations,
        tenants: Mapping[str, str],
        base_url: str,
        session: aiohttp.ClientSession,
    ) -> None:
        self._installations = installations
        self._tenants = tenants
        self._base_url = base_url
        self._session = session
        self._opened: dict[str, tuple[str, Workspace]] = {}

    async def of(self, team: str) -> Workspace:
        installed = await self._installations.of_team(team)
        if installed is None or not installed.bot_token or team not in self._tenants:
            self._opened.pop(team, None)
            raise NotInstalled(f"Hopline is not installed in the workspace {team}.")
        token, workspace = self._opened.get(team, ("", None))
        if workspace is None or token != installed.bot_token:
            identity = Identity(team=team, user=installed.bot_user_id or "", bot=installed.bot_id or "")
            workspace = Workspace.opened(
                identity, self._tenants[team], installed.bot_token, self._base_url, self._session
            )
            self._opened[team] = (installed.bot_token, workspace)
        return workspace
