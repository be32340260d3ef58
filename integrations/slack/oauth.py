"""Several workspaces: each installs the app through OAuth (`/slack/install`), its token is stored until it leaves."""

import logging
import re
from collections.abc import Mapping

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization.async_authorize import AsyncInstallationStoreAuthorize
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.oauth.state_store.stateless import StatelessOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient

from agent.settings import Settings
from integrations.slack.storage.installations import Installations
from tools.errors import InvalidSetting

_STATE_SECONDS = 300
_WORKSPACE = re.compile(r"(T[A-Z0-9]+)(?:=(\S+))?")

log = logging.getLogger("hopline.slack")


def tenants_of(settings: Settings) -> Mapping[str, str]:
    """The tenant of each workspace that may install. Raises InvalidSetting."""
    tenants = {}
    for written in filter(None, (part.strip() for part in settings.slack_workspaces.split(","))):
        match = _WORKSPACE.fullmatch(written)
        if match is None:
            raise InvalidSetting(
                f"HOPLINE_SLACK_WORKSPACES: {written!r} is not a workspace; write T012AB3CD or T012AB3CD=tenant."
            )
        tenants[match.group(1)] = match.group(2) or settings.tenant
    if not tenants:
        raise InvalidSetting(
            "HOPLINE_SLACK_WORKSPACES: with SLACK_CLIENT_ID, name the workspaces that may install, like T012AB3CD: "
            "whoever finds the installation page could otherwise read every public document."
        )
    return tenants


def bolt_for_several(
    settings: Settings, installations: Installations, base_url: str, scopes: frozenset[str]
) -> AsyncApp:
    assert settings.slack_client_id
    assert settings.slack_client_secret
    assert settings.slack_signing_secret
    secret = settings.slack_signing_secret.get_secret_value()
    oauth = AsyncOAuthSettings(
        client_id=settings.slack_client_id,
        client_secret=settings.slack_client_secret.get_secret_value(),
        scopes=sorted(scopes),
        installation_store=installations,
        installation_store_bot_only=True,
        state_store=StatelessOAuthStateStore(expiration_seconds=_STATE_SECONDS, signing_secret=secret, logger=log),
        state_expiration_seconds=_STATE_SECONDS,
        logger=log,
    )
    assert isinstance(oauth.authorize, AsyncInstallationStoreAuthorize)
    oauth.authorize.cache_enabled = True  # else every event would cost a call of auth.test
    client = AsyncWebClient(base_url=base_url)
    flow = AsyncOAuthFlow(client=client, settings=oauth, logger=log)
    app = AsyncApp(signing_secret=secret, oauth_flow=flow, name="hopline", logger=log, client=client)
    app.client.base_url = base_url
    return app
