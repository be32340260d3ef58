"""A Slack workspace's official export: each thread is a document with names, times and permalinks."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path

from tools.ingestion.files.mirror_index import MirroredFile
from tools.ingestion.parsing.tasks import Parser, ParserInProcess
from tools.sources.mirror import BoundsReached, Mirror, MirrorReport, Tell
from tools.sources.slack_files import BadExport, ExportFiles, open_export
from tools.sources.slack_rows import Record, channel_of, message_of, person_of
from tools.sources.slack_text import as_markdown
from tools.sources.specs import SlackExportSpec

MAX_TITLE_CHARACTERS = 120


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
    """Implements Source. Direct messages are never read, a private channel only if groups are named for it."""

    def __init__(self, spec: SlackExportSpec, open_parser: Callable[[], Parser] = ParserInProcess) -> None:
        self.spec, self._open_parser = spec, open_parser

    async def mirror(self, folder: Path, tell: Tell) -> MirrorReport:
        return await asyncio.to_thread(self._mirror, folder, tell)

    def _mirror(self, folder: Path, tell: Tell) -> MirrorReport:
        mirror = Mirror.open(folder, self.spec, tell)
        complete = False
        try:
            place = Path(self.spec.location).expanduser()
            with closing(self._open_parser()) as parser, open_export(place, self.spec.bounds, parser) as export:
                users = export.records("users.json", person_of, required=True)
                people = {user: name for user, name, *_ in users}
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
        unmatched = dict(self.spec.channel_groups)
        for file, is_private in (("channels.json", False), ("groups.json", True)):
            for channel_id, name in export.records(file, channel_of, required=not is_private):
                groups = self.spec.channel_groups.get(name)
                unmatched.pop(name, None)
                chosen = not self.spec.channels or any(fnmatchcase(name, pattern) for pattern in self.spec.channels)
                if chosen and (groups or not is_private):
                    found.append(_Channel(channel_id, name, groups))
        if unmatched:
            raise BadExport(f"channel_groups names {sorted(unmatched)[0]!r}, and the export has no such channel")
        return found

    def _channel(
        self,
        mirror: Mirror,
        export: ExportFiles,
        channel: _Channel,
        people: Mapping[str, str],
        rooms: Mapping[str, str],
    ) -> bool:
        """False if a day could not be read: its mirrored documents must then stay."""
        if channel.groups:
            mirror.restrict(channel.name, channel.groups)
        messages: list[_Message] = []
        complete = True
        for day in export.days(channel.name):
            try:
                messages.extend(_messages(export.records(day, message_of, required=True), people, rooms))
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


def _messages(records: Sequence[Record], people: Mapping[str, str], rooms: Mapping[str, str]) -> Iterator[_Message]:
    """Messages written by people, without those of bots."""
    for ts, thread, user, text, files in records:
        if people.get(user) == "":
            continue
        attached = "".join(f"\n(attached: {name})" for name in files.splitlines())
        written = as_markdown(text, people, rooms) + attached
        if written.strip():
            yield _Message(ts, thread or None, people.get(user) or user, written.strip())


def _conversations(messages: Sequence[_Message]) -> Iterator[tuple[str, list[_Message]]]:
    """A thread is one document, even if replies were posted on other days. Messages without replies form one document a
    day."""
    found: dict[str, dict[str, _Message]] = defaultdict(dict)
    for message in messages:
        place = f"thread-{message.thread.replace('.', '-')}" if message.thread else f"{message.at:%Y-%m-%d}"
        found[place][message.ts] = message  # a reply that was also sent to the channel occurs twice
    for place in sorted(found):
        yield place, sorted(found[place].values(), key=lambda message: tuple(map(int, message.ts.split("."))))


def _document(channel: _Channel, spoken: Sequence[_Message]) -> tuple[str, str]:
    first = spoken[0]
    is_thread = first.thread is not None
    opening = " ".join(first.text.split())[:MAX_TITLE_CHARACTERS]
    title = f"#{channel.name}: {opening}" if is_thread else f"#{channel.name} on {first.at:%Y-%m-%d}"
    paragraphs = [f"**{message.person}** ({message.at:%Y-%m-%d %H:%M} UTC): {message.text}" for message in spoken]
    return "\n\n".join([f"# {title}", *paragraphs]) + "\n", title
