"""A local server for Anthropic's Messages API, JSON and server-sent events, scripted like `openai_server`."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.openai_server import OpenAIServer, Recorded, Refuses, Says, Speaker

MODEL = "claude-test"
_KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}


@dataclass(frozen=True)
class Breaks(Says):
    """A stream that reports `error` after `cut_after` pieces, as Anthropic does when it becomes overloaded."""

    content: str | dict[str, Any] = "Turku it is."
    cut_after: int | None = 1
    error: str = "overloaded_error"


@dataclass(frozen=True)
class SaysCached(Says):
    """Reports (tokens read, tokens written) of the prompt cache beside the plain input tokens in `usage`."""

    cached: tuple[int, int] = (0, 0)


class AnthropicServer(OpenAIServer):
    api = ""
    calls_end = "/v1/messages"

    @property
    def speaker(self) -> type[Speaker]:
        return MessagesSpeaker

    def presented_key(self, recorded: Recorded) -> str:
        return recorded.headers.get("x-api-key") or super().presented_key(recorded)

    def asked_for(self, recorded: Recorded) -> set[Any]:
        form = (recorded.body.get("output_config") or {}).get("format") or {}
        return {*recorded.body, form.get("type")}


@pytest.fixture
def anthropic_server() -> Iterator[AnthropicServer]:
    server = AnthropicServer()
    server.start()
    yield server
    server.stop()


class MessagesSpeaker(Speaker):
    def refusal(self, refuses: Refuses) -> dict[str, Any]:
        kind = refuses.code or _KINDS.get(refuses.status, "api_error")
        return {"type": "error", "error": {"type": kind, "message": refuses.message}, "request_id": "req_1"}

    def completion(self, says: Says, request: dict[str, Any]) -> dict[str, Any]:
        block: dict[str, Any] = {"type": "text", "text": says.text}
        stop = "end_turn" if says.finish_reason == "stop" else says.finish_reason
        if isinstance(says.content, dict) and request.get("tools"):
            block = {"type": "tool_use", "id": "toolu_1", "name": request["tools"][0]["name"], "input": says.content}
            stop = "tool_use"
        return _message([block] if says.text else [], stop, _usage(says))

    def _stream(self, says: Says, request: dict[str, Any]) -> None:
        self._begin_stream(says)
        self._named({"type": "message_start", "message": _message([], None, _usage(says) | {"output_tokens": 1})})
        self._named({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})
        self._named({"type": "ping"})
        for n, piece in enumerate(says.pieces):
            if n == says.cut_after:
                return self._break(says)
            if n == says.hang_after:
                return self._fall_silent()
            self._named({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}})
            time.sleep(says.piece_seconds)
        self._named({"type": "content_block_stop", "index": 0})
        if says.finish_reason:
            stop = "end_turn" if says.finish_reason == "stop" else says.finish_reason
            delta = {"stop_reason": stop, "stop_sequence": None}
            self._named({"type": "message_delta", "delta": delta, "usage": _usage(says)})
            self._named({"type": "message_stop"})
        self.wfile.write(b"0\r\n\r\n")
        return None

    def _break(self, says: Says) -> None:
        if isinstance(says, Breaks):
            self._named({"type": "error", "error": {"type": says.error, "message": "Overloaded"}})
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = True

    def _named(self, event: dict[str, Any]) -> None:
        self._write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n")


def _usage(says: Says) -> dict[str, int]:
    read, written = says.usage or (0, 0)
    cached, stored = says.cached if isinstance(says, SaysCached) else (0, 0)
    return {
        "input_tokens": read,
        "output_tokens": written,
        "cache_read_input_tokens": cached,
        "cache_creation_input_tokens": stored,
    }


def _message(content: list[dict[str, Any]], stop: str | None, usage: dict[str, int]) -> dict[str, Any]:
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": MODEL, "content": content}
    return message | {"stop_reason": stop, "stop_sequence": None, "usage": usage}
