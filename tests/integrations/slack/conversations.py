"""The state behind the local Slack's methods: channels with members and messages, and open streams."""

import itertools
import json
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from tests.integrations.slack.block_kit import chunk_problems, problems, units, view_problems

Arguments = dict[str, Any]
Reply = tuple[Arguments, str | None]


@dataclass
class Message:
    channel: str
    ts: str
    thread_ts: str | None
    text: str = ""
    blocks: list[Arguments] = field(default_factory=list)
    metadata: Arguments = field(default_factory=dict)
    streaming_since: float | None = None
    streamed: str = ""
    tasks: dict[str, Arguments] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """All text that people see of it."""
        return self.streamed or shown(self.blocks) or self.text


def shown(blocks: list[Arguments]) -> str:
    texts = []
    for block in blocks:
        if block["type"] == "section":
            texts.append(block["text"]["text"])
        elif block["type"] == "context":
            texts += [element["text"] for element in block["elements"]]
    return "\n".join(texts)


@dataclass
class Conversations:
    post_interval: float = 0.0
    stream_seconds: float = 300.0
    replies_per_call: int = 15
    messages: dict[tuple[str, str], Message] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)
    shared: set[str] = field(default_factory=set)
    inviting: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)
    usergroups: dict[str, list[str]] = field(default_factory=dict)
    disabled: set[str] = field(default_factory=set)
    too_fast: int = 0
    _last_post: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def in_thread(self, channel: str, thread: str) -> list[Message]:
        """The app's present messages in a thread, in order."""
        return [one for one in self.messages.values() if (one.channel, one.thread_ts) == (channel, thread)]

    def answer(self, method: str, arguments: Arguments) -> Reply:
        handler = getattr(self, f"_{method.replace('.', '_').lower()}")
        channel = arguments.get("channel")
        if channel in self.closed and method.startswith("chat."):
            return {}, "not_in_channel"
        reply: Reply = handler(arguments)
        return reply

    def _chat_postmessage(self, a: Arguments) -> Reply:
        trusted = not a.get("thread_ts")
        if units(a["text"]) > 40_000 or (a.get("blocks") and problems(_list(a["blocks"]), trusted=trusted)):
            return {}, "invalid_blocks"
        if self._is_too_fast(a["channel"]):
            return {}, "ratelimited"
        return self._added(a), None

    def _chat_update(self, a: Arguments) -> Reply:
        message = self.messages.get((a["channel"], a["ts"]))
        if message is None:
            return {}, "message_not_found"
        if self._is_live(message):
            return {}, "streaming_state_conflict"
        if a.get("blocks") and problems(_list(a["blocks"])):
            return {}, "invalid_blocks"
        message.text, message.blocks, message.streamed = a.get("text", ""), _list(a.get("blocks", [])), ""
        message.metadata = a.get("metadata") or message.metadata
        message.tasks = {}
        return {"ts": a["ts"], "channel": a["channel"]}, None

    def _chat_delete(self, a: Arguments) -> Reply:
        gone = self.messages.pop((a["channel"], a["ts"]), None)
        return {}, None if gone else "message_not_found"

    def _chat_getpermalink(self, a: Arguments) -> Reply:
        return {
            "permalink": f"https://acme.slack.test/archives/{a['channel']}/p{a['message_ts'].replace('.', '')}"
        }, None

    def _chat_startstream(self, a: Arguments) -> Reply:
        if not a["channel"].startswith("D") and not (a.get("recipient_user_id") and a.get("recipient_team_id")):
            return {}, "missing_recipient_user_id"
        if a.get("chunks") and chunk_problems(a["chunks"]):
            return {}, "invalid_chunks"
        if self._is_too_fast(a["channel"]):
            return {}, "ratelimited"
        reply = self._added({**a, "text": "", "blocks": []})
        message = self.messages[a["channel"], reply["ts"]]
        message.streaming_since = time.monotonic()
        _append(message, a.get("chunks") or [])
        return reply, None

    def _chat_appendstream(self, a: Arguments) -> Reply:
        message = self.messages.get((a["channel"], a["ts"]))
        if message is None or not self._is_live(message):
            return {}, "message_not_in_streaming_state"
        if chunk_problems(a.get("chunks") or []):
            return {}, "invalid_chunks"
        _append(message, a["chunks"])
        return {"ts": a["ts"]}, None

    def _chat_stopstream(self, a: Arguments) -> Reply:
        message = self.messages.get((a["channel"], a["ts"]))
        if message is None or not self._is_live(message):
            return {}, "message_not_in_streaming_state"
        message.streaming_since = None
        return {"ts": a["ts"]}, None

    def _agents_sessions_setstatus(self, a: Arguments) -> Reply:
        right = a["status"] in {"active", "processing", "suspended", "closed"} and units(a.get("title", "")) <= 200
        return {"status": a["status"]}, None if right else "invalid_arguments"

    def _assistant_threads_setsuggestedprompts(self, a: Arguments) -> Reply:
        """For agent apps, a call with `thread_ts` does nothing but reports success."""
        prompts = _list(a["prompts"])
        wrong = len(prompts) > 4 or not all(prompt["title"] and prompt["message"] for prompt in prompts)
        return {}, "invalid_arguments" if wrong else None

    def _conversations_info(self, a: Arguments) -> Reply:
        about = {
            "id": a["channel"],
            "name": "people",
            "is_member": a["channel"] not in self.closed,
            "is_ext_shared": a["channel"] in self.shared,
            "is_pending_ext_shared": a["channel"] in self.inviting,
        }
        return {"channel": about}, None

    def _conversations_members(self, a: Arguments) -> Reply:
        members = self.members.get(a["channel"])
        if members is None:
            return {}, "channel_not_found"
        start, limit = int(a.get("cursor") or 0), int(a.get("limit") or 100)
        more = str(start + limit) if start + limit < len(members) else ""
        return {"members": members[start : start + limit], "response_metadata": {"next_cursor": more}}, None

    def _conversations_replies(self, a: Arguments) -> Reply:
        return self._read(
            [m for m in self.messages.values() if m.channel == a["channel"] and m.thread_ts == a["ts"]], a
        )

    def _conversations_history(self, a: Arguments) -> Reply:
        return self._read([m for m in self.messages.values() if m.channel == a["channel"] and m.thread_ts is None], a)

    def _usergroups_list(self, a: Arguments) -> Reply:
        groups = [
            {"id": id_, "date_delete": int(id_ in self.disabled), "users": users}
            for id_, users in self.usergroups.items()
        ]
        return {"usergroups": groups}, None

    def _views_open(self, a: Arguments) -> Reply:
        view = a["view"] if isinstance(a["view"], dict) else json.loads(a["view"])
        return {"view": {"id": "V1"}}, "invalid_arguments" if view_problems(view) else None

    def _read(self, there: list[Message], a: Arguments) -> Reply:
        there = [one for one in there if float(one.ts) > float(a.get("oldest") or 0)]
        start = int(a.get("cursor") or 0)
        page = there[start : start + self.replies_per_call]
        more = str(start + len(page)) if start + len(page) < len(there) else ""
        whole = str(a.get("include_all_metadata")).lower() in {"1", "true"}
        return {
            "messages": [
                {
                    "type": "message",
                    "user": "UBOT",
                    "bot_id": "BBOT",
                    "ts": one.ts,
                    "text": one.text,
                    **({"metadata": one.metadata} if whole and one.metadata else {}),
                }
                for one in page
            ],
            "response_metadata": {"next_cursor": more},
        }, None

    def _added(self, a: Arguments) -> Arguments:
        ts = f"{int(time.time())}.{next(self._numbers):06d}"
        self.messages[a["channel"], ts] = Message(
            a["channel"], ts, a.get("thread_ts"), a["text"], _list(a.get("blocks", [])), a.get("metadata") or {}
        )
        return {"ts": ts, "channel": a["channel"]}

    def _is_too_fast(self, channel: str) -> bool:
        now = time.monotonic()
        if now - self._last_post[channel] < self.post_interval:
            self.too_fast += 1
            return True
        self._last_post[channel] = now
        return False

    def _is_live(self, message: Message) -> bool:
        since = message.streaming_since
        return since is not None and time.monotonic() - since < self.stream_seconds


def _append(message: Message, chunks: list[Arguments]) -> None:
    for chunk in chunks:
        if chunk["type"] == "markdown_text":
            message.streamed += chunk["text"]
        elif chunk["type"] == "task_update":
            message.tasks[chunk["id"]] = chunk


def _list(value: Any) -> list[Arguments]:
    found: list[Arguments] = json.loads(value) if isinstance(value, str) else value
    return found
