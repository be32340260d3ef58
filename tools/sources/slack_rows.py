"""Reads JSON files of an export into flat records of text, in a worker."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tools.errors import UnreadableSource
from tools.ingestion.formats.json_values import read_json

Record = tuple[str, ...]
Row = Mapping[str, Any]
_KINDS = (None, "thread_broadcast", "file_share", "me_message")
_TS = re.compile(r"\d{1,10}\.\d{1,9}")
_CHANNEL_NAME = re.compile(r"\w[\w.-]{0,99}")


@dataclass(frozen=True, slots=True)
class ExportTask:
    """Implements Task. `record_of`, one of the functions below, returns the record of a row, or None to skip it."""

    source: str
    data: bytes
    record_of: Callable[[Row], Record | None]

    def found(self) -> list[Record]:
        written = read_json(self.data, self.source)
        if not isinstance(written, list):
            raise UnreadableSource(self.source, "is not a list")
        records = (self.record_of(row) for row in written if isinstance(row, dict))
        return [record for record in records if record is not None]

    def made(self, found: list[Any]) -> list[Record]:
        return [tuple(record) for record in found]


def person_of(user: Row) -> Record:
    """(id, name); a bot's name is empty."""
    profile = user.get("profile")
    known: Row = profile if isinstance(profile, dict) else {}
    candidates = (known.get("real_name"), user.get("real_name"), known.get("display_name"), user.get("name"))
    name = next((each for each in candidates if isinstance(each, str) and each.strip()), "somebody")
    is_bot = user.get("is_bot") is True or user.get("id") == "USLACKBOT"
    return str(user.get("id")), "" if is_bot else " ".join(name.split())[:80]


def channel_of(row: Row) -> Record | None:
    """(id, name)"""
    channel_id, name = row.get("id"), row.get("name")
    if not isinstance(channel_id, str) or not isinstance(name, str) or not _CHANNEL_NAME.fullmatch(name):
        return None
    return channel_id, name


def message_of(row: Row) -> Record | None:
    """(ts, ts of the thread or "", user, text, names of attached files, one a line). None for joins, topics and bots'
    own notices."""
    ts, text, user = row.get("ts"), row.get("text"), row.get("user")
    if not (isinstance(ts, str) and _TS.fullmatch(ts) and isinstance(text, str) and isinstance(user, str)):
        return None
    if row.get("subtype") not in _KINDS or row.get("bot_id"):
        return None
    files, thread = row.get("files"), row.get("thread_ts")
    names = [str(each.get("name")) for each in files if isinstance(each, dict)] if isinstance(files, list) else []
    attached = "\n".join(" ".join(name.split())[:200] for name in names if name != "None")
    return ts, thread if isinstance(thread, str) and _TS.fullmatch(thread) else "", user, text, attached
