"""A Slack workspace's official export: threads become documents, with the people's names, the times and permalinks."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from tools.ingestion.mirror_index import MirroredFile
from tools.sources.mirror import BoundsReached, Mirror, MirrorReport, Tell
from tools.sources.slack_files import BadExport, ExportFiles, open_export
from tools.sources.slack_text import as_markdown
from tools.sources.specs import SlackExportSpec

MAX_TITLE_CHARACTERS = 120
_KINDS = (None, "thread_broadcast", "file_share", "me_message")
_TS = re.compile(r"\d{1,10}\.\d{1,9}")
_CHANNEL_NAME = re.compile(r"\w[\w.-]{0,99}")


@dataclass(frozen=True, slots=True)
class _Channel:
    id: str
    name: str
    groups: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class _Message:
    ts: str
    thread: str | None
    person: str
    text: str

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(int(self.ts.partition(".")[0]), UTC)


class SlackExportSource:
    """Implements Source. Direct messages are never read; a private channel only by who was named for it."""

    def __init__(self, spec: SlackExportSpec) -> None:
        self.spec = spec

    async def mirror(self, folder: Path, tell: Tell) -> MirrorReport:
        return await asyncio.to_thread(self._mirror, folder, tell)

    def _mirror(self, folder: Path, tell: Tell) -> MirrorReport:
        mirror = Mirror.open(folder, self.spec, tell)
        complete = False
        try:
            with open_export(Path(self.spec.location).expanduser(), self.spec.bounds) as export:
                people = _names(export.rows("users.json", required=True))
                channels = self._channels(export)
                rooms = {channel.id: channel.name for channel in channels}
                complete = True
                for channel in channels:
                    complete = self._channel(mirror, export, channel, people, rooms) and complete
        except (BadExport, BoundsReached) as error:
            mirror.fail(self.spec.location, str(error))
            complete = False
        except BaseException:
            mirror.finish(complete=False)
            raise
        return mirror.finish(complete=complete)

    def _channels(self, export: ExportFiles) -> list[_Channel]:
        found = []
        for file, is_private in (("channels.json", False), ("groups.json", True)):
            for row in export.rows(file, required=not is_private):
                channel_id, name = row.get("id"), row.get("name")
                if not isinstance(channel_id, str) or not isinstance(name, str) or not _CHANNEL_NAME.fullmatch(name):
                    continue
                groups = self.spec.channel_groups.get(name)
                chosen = not self.spec.channels or any(fnmatchcase(name, pattern) for pattern in self.spec.channels)
                if chosen and (groups or not is_private):
                    found.append(_Channel(channel_id, name, groups))
        return found

    def _channel(
        self,
        mirror: Mirror,
        export: ExportFiles,
        channel: _Channel,
        people: Mapping[str, str],
        rooms: Mapping[str, str],
    ) -> bool:
        """False when a day of it could not be read: what was mirrored of that day must stay."""
        if channel.groups:
            mirror.restrict(channel.name, channel.groups)
        messages: list[_Message] = []
        complete = True
        for day in export.days(channel.name):
            try:
                messages.extend(_messages(export.rows(day, required=True), people, rooms))
            except BadExport as error:
                mirror.fail(day, str(error))
                complete = False
        for identity, spoken in _conversations(messages):
            path = mirror.claim([channel.name, f"{identity}.md"], f"{channel.id}/{identity}")
            text, title = _document(channel, spoken)
            noted = MirroredFile(
                url=self._permalink(channel, spoken[0]), title=title, modified=spoken[-1].at.date().isoformat()
            )
            mirror.put(path, text.encode("utf-8", "replace"), noted)
        return complete

    def _permalink(self, channel: _Channel, message: _Message) -> str | None:
        base = self.spec.workspace_url
        return f"{base.rstrip('/')}/archives/{channel.id}/p{message.ts.replace('.', '')}" if base else None


def _names(users: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """People by id; bots have an empty name and are left out."""
    names = {}
    for user in users:
        profile = user.get("profile") if isinstance(user.get("profile"), dict) else {}
        assert isinstance(profile, dict)
        candidates = (profile.get("real_name"), user.get("real_name"), profile.get("display_name"), user.get("name"))
        name = next((each for each in candidates if isinstance(each, str) and each.strip()), "somebody")
        is_bot = user.get("is_bot") is True or user.get("id") == "USLACKBOT"
        names[str(user.get("id"))] = "" if is_bot else " ".join(name.split())[:80]
    return names


def _messages(
    rows: Sequence[Mapping[str, Any]], people: Mapping[str, str], rooms: Mapping[str, str]
) -> Iterator[_Message]:
    """What people wrote; joins, topics and bots are left out."""
    for row in rows:
        ts, text, user = row.get("ts"), row.get("text"), row.get("user")
        if not (isinstance(ts, str) and _TS.fullmatch(ts) and isinstance(text, str) and isinstance(user, str)):
            continue
        if row.get("subtype") not in _KINDS or row.get("bot_id") or people.get(user) == "":
            continue
        files = row.get("files")
        names = [str(each.get("name")) for each in files if isinstance(each, dict)] if isinstance(files, list) else []
        attached = "".join(f"\n(attached: {' '.join(name.split())[:200]})" for name in names if name != "None")
        written = as_markdown(text, people, rooms) + attached
        if written.strip():
            thread = row.get("thread_ts")
            known = isinstance(thread, str) and _TS.fullmatch(thread)
            yield _Message(ts, str(thread) if known else None, people.get(user) or user, written.strip())


def _conversations(messages: Sequence[_Message]) -> Iterator[tuple[str, list[_Message]]]:
    """A thread is one document, wherever its replies stand; what started none goes with the rest of its day."""
    found: dict[str, dict[str, _Message]] = defaultdict(dict)
    for message in messages:
        place = f"thread-{message.thread.replace('.', '-')}" if message.thread else f"{message.at:%Y-%m-%d}"
        found[place][message.ts] = message  # a reply also sent to the channel comes twice
    for place in sorted(found):
        yield place, sorted(found[place].values(), key=lambda message: tuple(map(int, message.ts.split("."))))


def _document(channel: _Channel, spoken: Sequence[_Message]) -> tuple[str, str]:
    first = spoken[0]
    is_thread = first.thread is not None
    opening = " ".join(first.text.split())[:MAX_TITLE_CHARACTERS]
    title = f"#{channel.name}: {opening}" if is_thread else f"#{channel.name} on {first.at:%Y-%m-%d}"
    paragraphs = [f"**{message.person}** ({message.at:%Y-%m-%d %H:%M} UTC): {message.text}" for message in spoken]
    return "\n\n".join([f"# {title}", *paragraphs]) + "\n", title
