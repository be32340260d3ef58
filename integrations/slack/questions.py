"""Reads Slack's events into questions, and ignores everything else."""

import html
import re
from dataclasses import asdict, dataclass, fields
from typing import Any

from tools.ports import JsonObject

_PEOPLE_WRITE = frozenset({None, "file_share", "thread_broadcast"})
_SLACKBOT = "USLACKBOT"
_REFERENCE = re.compile(r"<([^<>]+)>")
_SOMEBODY = re.compile(r"<(?:@|!subteam\^|!here|!channel|!everyone)[^<>]*>")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the app is in a workspace, according to auth.test."""

    team: str
    user: str
    bot: str


@dataclass(frozen=True, slots=True)
class SlackQuestion:
    """One question and where it was asked; `thread` is the ts under which the answer goes."""

    text: str
    event_id: str
    team: str
    channel: str
    user: str
    ts: str
    thread: str
    direct: bool = False
    home_user: bool = True
    external: bool = False
    response_url: str = ""
    shortcut_url: str = ""
    notice: str = ""
    edited: str = ""

    @property
    def conversation(self) -> str:
        return f"slack:{self.team}:{self.channel}:{self.thread}"

    @property
    def asker(self) -> str:
        """The user's name towards Hopline: `hopline erase --user` takes it."""
        return f"slack:{self.team}:{self.user}"

    @property
    def key(self) -> str:
        """What the app's own posts carry as metadata, so that it knows them again."""
        return f"{self.team}:{self.channel}:{self.ts}"

    @property
    def for_asker_only(self) -> bool:
        return self.direct or bool(self.response_url)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, written: dict[str, Any]) -> "SlackQuestion":
        """What another version added is passed over. Raises TypeError when something is missing."""
        known = {one.name for one in fields(cls)}
        return cls(**{name: value for name, value in written.items() if name in known})


def question_of(body: JsonObject, identity: Identity) -> SlackQuestion | None:
    """The question in an event's body, or None for what bots, edits and people among themselves say."""
    event = body.get("event") or {}
    text = event.get("text") or ""
    if not (_is_direct(event) or event.get("type") == "app_mention" or _call_of(identity.user).search(text)):
        return None
    return said_in(body, identity)


def said_in(body: JsonObject, identity: Identity) -> SlackQuestion | None:
    """What a person said in an event, whoever it was addressed to."""
    event = body.get("event") or {}
    user, channel, ts = event.get("user"), event.get("channel"), event.get("ts")
    if not (user and channel and ts) or _is_not_a_person(event, identity):
        return None
    team = body.get("team_id") or identity.team
    sender_team = event.get("user_team") or event.get("team") or team
    return SlackQuestion(
        text=spoken(event.get("text") or "", identity.user),
        event_id=body.get("event_id") or "",
        team=team,
        channel=channel,
        user=user,
        ts=ts,
        thread=event.get("thread_ts") or ts,
        direct=_is_direct(event),
        home_user=sender_team == team,
        external=bool(body.get("is_ext_shared_channel")),
        edited=(event.get("edited") or {}).get("ts") or "",
    )


def seconds_of(ts: str) -> float:
    """Slack's ts in seconds since 1970; 0 for what is none, as a command's trigger."""
    try:
        return float(ts)
    except ValueError:
        return 0.0


def addresses_others(text: str, identity: Identity) -> bool:
    """Whether a message names a person, a group or everybody, the app aside."""
    return bool(_SOMEBODY.search(_call_of(identity.user).sub("", text)))


def calls(text: str, identity: Identity) -> bool:
    return bool(_call_of(identity.user).search(text))


def _is_direct(event: JsonObject) -> bool:
    return event.get("type") == "message" and event.get("channel_type") == "im"


def _is_not_a_person(event: JsonObject, identity: Identity) -> bool:
    return bool(
        event.get("bot_id")
        or event.get("bot_profile")
        or event.get("app_id")
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
