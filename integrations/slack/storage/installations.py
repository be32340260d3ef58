"""The workspaces that installed the app through OAuth, with their tokens, for Bolt."""

import json
import logging
from collections.abc import Mapping
from datetime import datetime
from logging import Logger

from slack_bolt.error import BoltError
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.installation_store.models.bot import Bot
from slack_sdk.oauth.installation_store.models.installation import Installation

from tools.database.tables import Database

log = logging.getLogger("hopline.slack")


class UnwelcomeWorkspace(BoltError):
    """A workspace that is not on the list wanted to install the app."""


class Installations(AsyncInstallationStore):
    """The newest installation of each workspace or organisation. `welcome` maps the workspaces that may install to
    their tenants: whoever finds the installation page could otherwise read every public document."""

    def __init__(self, database: Database, welcome: Mapping[str, str]) -> None:
        self._database = database
        self._welcome = welcome

    @property
    def logger(self) -> Logger:
        return log

    async def async_save(self, installation: Installation) -> None:
        if installation.team_id not in self._welcome:
            raise UnwelcomeWorkspace(f"{installation.team_id} is not in HOPLINE_SLACK_WORKSPACES.")
        written = json.dumps(installation.to_dict(), default=_plain)
        key = (installation.enterprise_id or "", installation.team_id or "")
        await self._database.run(
            lambda tx: tx.execute(
                "INSERT INTO {p}installations (enterprise, team, installed, at) VALUES (?, ?, ?, {now})"
                " ON CONFLICT (enterprise, team) DO UPDATE SET installed = excluded.installed, at = excluded.at",
                (*key, written),
            )
        )

    async def async_save_bot(self, bot: Bot) -> None:
        """What a token's rotation changes."""
        found = await self.of_team(bot.team_id or "")
        if found is not None:
            for name in ("bot_token", "bot_refresh_token", "bot_token_expires_at", "bot_scopes"):
                setattr(found, name, getattr(bot, name))
            await self.async_save(found)

    async def of_team(self, team: str) -> Installation | None:
        rows = await self._database.run(
            lambda tx: tx.execute("SELECT installed FROM {p}installations WHERE team = ? ORDER BY at DESC", (team,))
        )
        return Installation(**json.loads(rows[0][0])) if rows else None

    async def async_find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:
        return await self.of_team(team_id or "")

    async def async_find_bot(
        self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False
    ) -> Bot | None:
        found = await self.of_team(team_id or "")
        return found.to_bot() if found else None

    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        await self.async_delete_installation(enterprise_id=enterprise_id, team_id=team_id)

    async def async_delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        """With a `user_id` only that person's token was revoked, and none is kept: the app stays installed."""
        if user_id is None:
            await self._database.run(
                lambda tx: tx.execute("DELETE FROM {p}installations WHERE team = ?", (team_id or "",))
            )

    async def async_delete_all(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        await self.async_delete_installation(enterprise_id=enterprise_id, team_id=team_id)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(f"{type(value).__name__} has no JSON form")
