"""What people say to the app: Slack's events read into questions, everything else left alone."""

import html
import re
from dataclasses import dataclass

from tools.ports import JsonObject

_PEOPLE_WRITE = frozenset({None, "file_share", "thread_broadcast"})
_SLACKBOT = "USLACKBOT"
_REFERENCE = re.compile(r"<([^<>]+)>")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the app is in its workspace, as auth.test says."""

    team: str
    user: str
    bot: str


@dataclass(frozen=True, slots=True)
class SlackQuestion:
    """One question with where it was asked; `thread` is the ts that the answer goes under."""

    text: str
    event_id: str
    team: str
    channel: str
    user: str
    ts: str
    thread: str
    direct: bool
    home_user: bool

    @property
    def conversation(self) -> str:
        return f"slack:{self.team}:{self.channel}:{self.thread}"

    @property
    def asker(self) -> str:
        """The user's name towards Hopline: `hopline erase --user` takes it."""
        return f"slack:{self.team}:{self.user}"


def question_of(body: JsonObject, identity: Identity) -> SlackQuestion | None:
    """The question in an event's body, or None for what bots, edits and people among themselves say."""
    event = body.get("event") or {}
    direct = event.get("type") == "message" and event.get("channel_type") == "im"
    text = event.get("text") or ""
    addressed = direct or event.get("type") == "app_mention" or bool(_call_of(identity.user).search(text))
    user, channel, ts = event.get("user"), event.get("channel"), event.get("ts")
    if not (addressed and user and channel and ts) or _is_not_a_person(event, identity):
        return None
    team = body.get("team_id") or identity.team
    sender_team = event.get("user_team") or event.get("team") or team
    return SlackQuestion(
        text=spoken(text, identity.user),
        event_id=body.get("event_id") or "",
        team=team,
        channel=channel,
        user=user,
        ts=ts,
        thread=event.get("thread_ts") or ts,
        direct=direct,
        home_user=sender_team == team and not body.get("is_ext_shared_channel"),
    )


def _is_not_a_person(event: JsonObject, identity: Identity) -> bool:
    return bool(
        event.get("bot_id")
        or event.get("bot_profile")
        or event.get("subtype") not in _PEOPLE_WRITE
        or event.get("hidden")
        or event.get("user") in {identity.user, _SLACKBOT}
    )


def spoken(text: str, app_user: str) -> str:
    """Slack's markup as a person reads it, without the mention that called the app."""
    called = _call_of(app_user).sub(" ", text)
    lines = html.unescape(_REFERENCE.sub(_read, called)).splitlines()
    return "\n".join(" ".join(line.split()) for line in lines).strip()


def _call_of(app_user: str) -> re.Pattern[str]:
    return re.compile(rf"<@{re.escape(app_user)}(?:\|[^<>]*)?>[:,]?")


def _read(reference: re.Match[str]) -> str:
    target, _, label = reference.group(1).partition("|")
    if target.startswith(("@", "#", "!")):
        return f"{'#' if target[0] == '#' else '@'}{(label or target[1:]).lstrip('@#')}"
    return label or target.removeprefix("mailto:")
