"""Whether the app is set up: its tokens, its scopes and Slack itself, each with what to do about it."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

import aiohttp
import yaml
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from agent.settings import Settings
from integrations.slack.questions import Identity

_TIMEOUT_SECONDS = 10
_REVOKED = "Slack refuses it ({error}): copy it again from the app's settings, or reinstall the app."


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. "warning": the app runs, but less of it works."""

    name: Literal["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "scopes"]
    level: Literal["ok", "warning", "failed"]
    detail: str


async def check(settings: Settings) -> list[Finding]:
    """Everything that can be seen from outside about the app's set-up, good and bad."""
    findings, _ = await examine(settings)
    return findings


async def examine(settings: Settings) -> tuple[list[Finding], Identity | None]:
    """The findings, and who the app is when its bot token works."""
    (bot_findings, identity), app_finding = await asyncio.gather(_bot_token(settings), _app_token(settings))
    return [*bot_findings, app_finding], identity


def required_scopes() -> frozenset[str]:
    """The bot scopes that the app's manifest asks for. Reads a file."""
    manifest = yaml.safe_load(files("integrations.slack").joinpath("manifest.yaml").read_text(encoding="utf-8"))
    return frozenset(manifest["oauth_config"]["scopes"]["bot"])


async def _bot_token(settings: Settings) -> tuple[list[Finding], Identity | None]:
    name: Literal["SLACK_BOT_TOKEN"] = "SLACK_BOT_TOKEN"
    token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else ""
    if not token.startswith("xoxb-"):
        wanted = "set it to the Bot User OAuth Token, xoxb-…, from the app's page OAuth & Permissions."
        return [Finding(name, "failed", f"{'it is no bot token' if token else 'missing'}: {wanted}")], None
    client = AsyncWebClient(token, base_url=settings.slack_api_url, timeout=_TIMEOUT_SECONDS)
    response = await _answer_of(client.auth_test(), settings.slack_api_url)
    if isinstance(response, str):
        return [Finding(name, "failed", response)], None
    identity = Identity(team=response["team_id"], user=response["user_id"], bot=response.get("bot_id", ""))
    who = f"{response.get('user', identity.user)} in {response.get('team', identity.team)}"
    scopes = await asyncio.to_thread(_scopes, response.headers.get("x-oauth-scopes", ""))
    return [Finding(name, "ok", who), scopes], identity


def _scopes(granted: str) -> Finding:
    required = required_scopes()
    missing = sorted(required - {scope.strip() for scope in granted.split(",")})
    if not missing:
        return Finding("scopes", "ok", ", ".join(sorted(required)))
    advice = "add them under OAuth & Permissions and reinstall the app."
    return Finding("scopes", "warning", f"missing {', '.join(missing)}: {advice}")


async def _app_token(settings: Settings) -> Finding:
    token = settings.slack_app_token.get_secret_value() if settings.slack_app_token else ""
    if not token.startswith("xapp-"):
        wanted = "make one with the scope connections:write under Basic Information → App-Level Tokens (xapp-…)."
        return Finding("SLACK_APP_TOKEN", "failed", f"{'it is no app-level token' if token else 'missing'}: {wanted}")
    client = AsyncWebClient(base_url=settings.slack_api_url, timeout=_TIMEOUT_SECONDS)
    response = await _answer_of(client.apps_connections_open(app_token=token), settings.slack_api_url)
    if isinstance(response, str):
        return Finding("SLACK_APP_TOKEN", "failed", response)
    return Finding("SLACK_APP_TOKEN", "ok", "opens Socket Mode connections")


async def _answer_of(call: Awaitable[Any], url: str) -> AsyncSlackResponse | str:
    """The response, or what is wrong in a sentence."""
    try:
        response: AsyncSlackResponse = await call
    except SlackApiError as error:
        reason = str(error.response.get("error") or "no reason given") if error.response else "no reason given"
        if reason == "missing_scope":
            return "it lacks the scope connections:write: make a new one under Basic Information → App-Level Tokens."
        return _REVOKED.format(error=reason)
    except (aiohttp.ClientError, TimeoutError) as error:
        return f"Slack did not answer at {url} ({type(error).__name__}): check the network, or SLACK_API_URL."
    return response
