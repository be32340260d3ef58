"""Whether the app is set up: its tokens, scopes, events, groups and channels, each with what to do about it."""

import asyncio
from collections.abc import Awaitable, Iterator, Mapping
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
from integrations.slack.refusals import error_of
from integrations.slack.rights import read_rules
from tools.errors import InvalidSetting
from tools.ports import JsonObject

Level = Literal["ok", "warning", "failed"]

_TIMEOUT_SECONDS = 10
_REVOKED = "Slack refuses it ({error}): copy it again from the app's settings, or reinstall the app."


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. "warning": the app runs, but less of it works, or it could not be looked at."""

    name: str
    level: Level
    detail: str


async def check(settings: Settings) -> list[Finding]:
    """Everything that can be seen from outside about the app's set-up, good and bad."""
    findings, _ = await examine(settings)
    rules = await asyncio.to_thread(_rules, settings)
    return [*findings, *await _events(settings), rules, *await _people(settings)]


async def examine(settings: Settings) -> tuple[list[Finding], Identity | None]:
    """What the app can't start without, and who it is: None with several workspaces, where each has its own token."""
    found: list[Finding] = []
    identity: Identity | None = None
    if settings.slack_client_id:
        found += _several(settings)
    else:
        (bot_findings, identity), reached = await asyncio.gather(_bot_token(settings), _way_in(settings))
        return [*bot_findings, reached], identity
    return [*found, await _way_in(settings)], identity


def manifest() -> JsonObject:
    """The app's manifest. Reads a file."""
    text = files("integrations.slack").joinpath("manifest.yaml").read_text(encoding="utf-8")
    written: JsonObject = yaml.safe_load(text)
    return written


def required_scopes() -> frozenset[str]:
    """The bot scopes that the app's manifest asks for. Reads a file."""
    return frozenset(manifest()["oauth_config"]["scopes"]["bot"])


def _several(settings: Settings) -> Iterator[Finding]:
    for name, value in (
        ("SLACK_CLIENT_SECRET", settings.slack_client_secret),
        ("SLACK_SIGNING_SECRET", settings.slack_signing_secret),
    ):
        if value is None:
            yield Finding(name, "failed", "missing: with SLACK_CLIENT_ID, copy it from Basic Information.")
    if settings.slack_mode != "http":
        yield Finding("HOPLINE_SLACK_MODE", "failed", "set it to http: workspaces install the app through its pages.")
    if not settings.slack_workspaces.strip():
        yield Finding("HOPLINE_SLACK_WORKSPACES", "failed", "name the workspaces that may install, like T012AB3CD.")


async def _bot_token(settings: Settings) -> tuple[list[Finding], Identity | None]:
    name = "SLACK_BOT_TOKEN"
    token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else ""
    if not token.startswith("xoxb-"):
        wanted = "set it to the Bot User OAuth Token, xoxb-…, from the app's page OAuth & Permissions."
        return [Finding(name, "failed", f"{'not a bot token' if token else 'missing'}: {wanted}")], None
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


async def _way_in(settings: Settings) -> Finding:
    """Socket Mode needs an app-level token, HTTP the secret that requests are signed with."""
    if settings.slack_mode == "http":
        if settings.slack_signing_secret is None:
            wanted = "copy the Signing Secret from the app's page Basic Information."
            return Finding("SLACK_SIGNING_SECRET", "failed", f"missing: {wanted}")
        return Finding("SLACK_SIGNING_SECRET", "ok", "requests without its signature are refused")
    token = settings.slack_app_token.get_secret_value() if settings.slack_app_token else ""
    if not token.startswith("xapp-"):
        wanted = "make one with the scope connections:write under Basic Information → App-Level Tokens (xapp-…)."
        return Finding("SLACK_APP_TOKEN", "failed", f"{'not an app-level token' if token else 'missing'}: {wanted}")
    client = AsyncWebClient(base_url=settings.slack_api_url, timeout=_TIMEOUT_SECONDS)
    response = await _answer_of(client.apps_connections_open(app_token=token), settings.slack_api_url)
    if isinstance(response, str):
        return Finding("SLACK_APP_TOKEN", "failed", response)
    return Finding("SLACK_APP_TOKEN", "ok", "opens Socket Mode connections")


async def _events(settings: Settings) -> list[Finding]:
    """Events, commands and shortcuts, which only a configuration token can see; the app's id is in its own token."""
    app_id = next(iter(_app_ids(settings)), "")
    if settings.slack_config_token is None or not app_id:
        advice = "set SLACK_CONFIG_TOKEN (api.slack.com/apps → Your App Configuration Tokens) to have them compared."
        return [Finding("events", "warning", f"a bot token can't see what the app subscribes to: {advice}")]
    client = AsyncWebClient(
        settings.slack_config_token.get_secret_value(), base_url=settings.slack_api_url, timeout=_TIMEOUT_SECONDS
    )
    response = await _answer_of(client.apps_manifest_export(app_id=app_id), settings.slack_api_url)
    if isinstance(response, str):
        return [Finding("SLACK_CONFIG_TOKEN", "failed", response)]
    wanted = await asyncio.to_thread(manifest)
    return list(_differences(wanted, response.get("manifest") or {}, http=settings.slack_mode == "http"))


def _app_ids(settings: Settings) -> Iterator[str]:
    token = settings.slack_app_token.get_secret_value() if settings.slack_app_token else ""
    parts = token.split("-")  # xapp-1-A012AB3CD-…
    if len(parts) > 2 and parts[2].startswith("A"):
        yield parts[2]


def _differences(wanted: JsonObject, there: JsonObject, *, http: bool) -> Iterator[Finding]:
    """What the installed app lacks of the manifest, one finding a kind."""
    pages = {"events": "Event Subscriptions", "commands": "Slash Commands", "shortcuts": "Interactivity"}
    ours, theirs = named_in(wanted), named_in(there)
    for name, page in pages.items():
        if missing := sorted(ours[name] - theirs[name]):
            advice = f"add them under {page} and reinstall the app."
            yield Finding(name, "warning", f"missing {', '.join(missing)}: {advice}")
        else:
            yield Finding(name, "ok", ", ".join(sorted(ours[name])))
    switches = {
        "interactivity": bool((there.get("settings") or {}).get("interactivity", {}).get("is_enabled")),
        "agent view": "agent_view" in (there.get("features") or {}),
        "Socket Mode": http or bool((there.get("settings") or {}).get("socket_mode_enabled")),
    }
    for name, on in switches.items():
        if not on:
            yield Finding(name, "warning", "it is off: turn it on in the app's settings.")


def named_in(manifest: JsonObject) -> dict[str, set[str]]:
    """The events, commands and shortcuts of a manifest."""
    return {
        "events": set(_at(manifest, "settings", "event_subscriptions", "bot_events")),
        "commands": {str(command.get("command")) for command in _at(manifest, "features", "slash_commands")},
        "shortcuts": {str(shortcut.get("callback_id")) for shortcut in _at(manifest, "features", "shortcuts")},
    }


def _at(written: Mapping[str, Any], *path: str) -> list[Any]:
    found: Any = written
    for name in path:
        found = (found or {}).get(name) if isinstance(found, Mapping) else None
    return list(found or ())


def _rules(settings: Settings) -> Finding:
    """The operator's two files, which would end the start. Reads files."""
    try:
        groups, _ = read_rules(settings)
    except InvalidSetting as error:
        return Finding("groups", "failed", str(error))
    without = "none, so that public documents alone are read: name a file in HOPLINE_SLACK_GROUPS_FILE for others."
    return Finding("groups", "ok", ", ".join(sorted(groups)) or without)


async def _people(settings: Settings) -> list[Finding]:
    channel = settings.slack_people_channel
    if not channel or settings.slack_bot_token is None:
        return []
    client = AsyncWebClient(
        settings.slack_bot_token.get_secret_value(), base_url=settings.slack_api_url, timeout=_TIMEOUT_SECONDS
    )
    response = await _answer_of(client.conversations_info(channel=channel), settings.slack_api_url)
    name = "HOPLINE_SLACK_PEOPLE_CHANNEL"
    if isinstance(response, str):
        advice = "check the id, and invite Hopline there with /invite @Hopline."
        return [Finding(name, "warning", f"Slack shows no channel {channel}: {advice}")]
    if not (response.get("channel") or {}).get("is_member"):
        return [Finding(name, "warning", f"Hopline is not in {channel}: invite it there with /invite @Hopline.")]
    return [Finding(name, "ok", f"#{response['channel'].get('name', channel)}")]


async def _answer_of(call: Awaitable[Any], url: str) -> AsyncSlackResponse | str:
    """The response, or what is wrong in a sentence."""
    try:
        response: AsyncSlackResponse = await call
    except SlackApiError as error:
        reason = error_of(error) or "no reason given"
        if reason == "missing_scope":
            return "it lacks the scope connections:write: make a new one under Basic Information → App-Level Tokens."
        return _REVOKED.format(error=reason)
    except (aiohttp.ClientError, TimeoutError) as error:
        return f"Slack did not answer at {url} ({type(error).__name__}): check the network, or SLACK_API_URL."
    return response
