"""Who may read what in Slack. In a channel an answer rests on what every member may read, in a direct message or an
answer only for the asker on what the asker may read. What can't be told (no membership, too many members, a guest of
another company, a failing call) leaves the public documents.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from agent.settings import Settings
from integrations.slack.channels import ChannelRules, read_channels
from integrations.slack.groups import NO_GROUPS, Groups, is_usergroup, read_groups
from integrations.slack.questions import SlackQuestion
from integrations.slack.timing import Timing
from integrations.slack.workspaces import Workspace
from tools.passages import Reader
from tools.ports import JsonObject

MAX_MEMBERS = 1_000
_PAGE = 200
_KEPT_WITHOUT_REPLY = 1.0

FOR_ALL = "Answered from documents that everybody may read."
FOR_MEMBERS = "Answered from documents that everybody in this channel may read."
FOR_ASKER = "Answered from documents that you may read."
ONLY_YOU = "Only you can see this answer: it is based on documents that you may read."

log = logging.getLogger("hopline.slack")


def read_rules(settings: Settings) -> tuple[Groups, ChannelRules]:
    """The operator's two files. Reads files; raises InvalidSetting."""
    several = settings.slack_client_id is not None
    path = settings.slack_groups_file
    groups = read_groups(path, several_workspaces=several) if path else NO_GROUPS
    return groups, read_channels(settings.slack_channels_file) if settings.slack_channels_file else ChannelRules()


@dataclass(frozen=True, slots=True)
class Granted:
    """Under whose rights a question is answered, and the sentence that says so."""

    reader: Reader
    evidence: str


@dataclass(frozen=True, slots=True)
class _Listed:
    """A channel's members (None: they can't be told), as Slack had them some time after `begun`."""

    members: frozenset[str] | None
    begun: float
    until: float


class Rights:
    def __init__(self, groups: Groups, channels: ChannelRules, timing: Timing) -> None:
        self._groups = groups
        self._channels = channels
        self._timing = timing
        self._members: dict[tuple[str, str], _Listed] = {}
        self._joined: dict[tuple[str, str], float] = {}
        self._usergroups: dict[str, tuple[float, Mapping[str, frozenset[str]]]] = {}
        self._asking: defaultdict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)

    async def of(self, question: SlackQuestion, workspace: Workspace, *, anew: bool = False) -> Granted:
        """Under which rights the question is answered; `anew` by the members as they are now, since another process may
        have been told who joined."""
        reader = Reader(user=question.asker, tenant=workspace.tenant)
        if not self._groups or not question.home_user:
            return Granted(reader, FOR_ALL)
        if question.for_asker_only:
            groups = await self._of_people([question.user], question.team, workspace.client)
            sentence = ONLY_YOU if question.response_url else FOR_ASKER
        else:
            groups = await self._of_channel(question, workspace, monotonic() if anew else 0.0)
            sentence = FOR_MEMBERS
        if not groups:
            return Granted(reader, FOR_ALL)
        return Granted(Reader(user=question.asker, groups=groups, tenant=workspace.tenant), sentence)

    def forget_members(self, team: str, channel: str) -> None:
        """Somebody joined: who reads along is asked anew, also by whoever is asking just now."""
        self._joined[team, channel] = monotonic()

    async def _of_channel(self, question: SlackQuestion, workspace: Workspace, no_older_than: float) -> tuple[str, ...]:
        if not self._channels.of(question.channel).external_members and (
            question.external or await _is_shared(workspace.client, question.channel)
        ):
            return ()
        members = await self._members_of(question, workspace.client, no_older_than)
        if members is None:
            return ()
        people = sorted((members | {question.user}) - {workspace.identity.user})
        return await self._of_people(people, question.team, workspace.client)

    async def _of_people(self, people: Sequence[str], team: str, client: AsyncWebClient) -> tuple[str, ...]:
        """The groups that all of them are in."""
        usergroups: Mapping[str, frozenset[str]] = {}
        if any(is_usergroup(member) for members in self._groups.values() for member in members):
            usergroups = await self._members_of_usergroups(team, client)
        shared = []
        for group, listed in self._groups.items():
            inside = {member for member in listed if not is_usergroup(member)}
            inside |= {person for member in listed for person in usergroups.get(member, ())}
            if all(person in inside or f"{team}:{person}" in inside for person in people):
                shared.append(group)
        return tuple(sorted(shared))

    async def _members_of(
        self, question: SlackQuestion, client: AsyncWebClient, no_older_than: float
    ) -> frozenset[str] | None:
        key = (question.team, question.channel)
        async with self._asking[key]:
            listed = self._members.get(key)
            if listed is None or listed.until <= monotonic() or listed.begun < no_older_than:
                listed = await self._asked_for_members(question.channel, client)
            while listed.begun <= self._joined.get(key, 0.0):  # whoever joined may not be in it
                listed = await self._asked_for_members(question.channel, client)
            self._members[key] = listed
            return listed.members

    async def _asked_for_members(self, channel: str, client: AsyncWebClient) -> _Listed:
        begun = monotonic()
        members = await _fetched_members(client, channel)
        kept = self._timing.members_kept if members is not None else _KEPT_WITHOUT_REPLY
        return _Listed(members, begun, monotonic() + kept)

    async def _members_of_usergroups(self, team: str, client: AsyncWebClient) -> Mapping[str, frozenset[str]]:
        async with self._asking[team, ""]:
            until, usergroups = self._usergroups.get(team, (0.0, {}))
            if until <= monotonic():
                usergroups = await _fetched_usergroups(client)
                kept = self._timing.groups_kept if usergroups else _KEPT_WITHOUT_REPLY
                self._usergroups[team] = (monotonic() + kept, usergroups)
            return usergroups


async def _is_shared(client: AsyncWebClient, channel: str) -> bool:
    """Whether another company reads along, or soon will; yes when Slack does not say."""
    response = await _asked(client.conversations_info(channel=channel))
    if response is None:
        return True
    about = response.get("channel") or {}
    return bool(about.get("is_ext_shared") or about.get("is_pending_ext_shared"))


async def _fetched_members(client: AsyncWebClient, channel: str) -> frozenset[str] | None:
    """None when there are too many to ask about, or Slack does not say."""
    members: set[str] = set()
    cursor: str | None = None
    while True:
        response = await _asked(client.conversations_members(channel=channel, cursor=cursor, limit=_PAGE))
        if response is None:
            return None
        members.update(response.get("members") or ())
        if len(members) > MAX_MEMBERS:
            return None
        cursor = (response.get("response_metadata") or {}).get("next_cursor") or None
        if cursor is None:
            return frozenset(members) or None


async def _fetched_usergroups(client: AsyncWebClient) -> Mapping[str, frozenset[str]]:
    response = await _asked(client.usergroups_list(include_users=True, include_disabled=False))
    listed = (response or {}).get("usergroups") or ()
    return {group["id"]: frozenset(group.get("users") or ()) for group in listed if not group.get("date_delete")}


async def _asked(call: Awaitable[Any]) -> JsonObject | None:
    try:
        response = await call
    except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
        log.warning("rights could not be looked up, so only public documents are used: %s", error)
        return None
    data: JsonObject = response.data
    return data
