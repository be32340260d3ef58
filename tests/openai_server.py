"""A local server that speaks the OpenAI chat completions API over a real socket, told what to do request by request.

    def test_something(openai_server: OpenAIServer) -> None:
        openai_server.script += [Refuses(429, headers={"Retry-After": "0"}), Says("Turku [1].")]
        openai_server.handler = lambda request: {"complete": True, "next_question": ""}   # when the script is over

It runs in threads of its own, so tests may be synchronous, asynchronous or drive another process.
"""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

MODEL = "test-model"
LONGEST_HANG_SECONDS = 30.0


@dataclass(frozen=True)
class Says:
    """A reply, sent in pieces if a stream was asked for. After `cut_after` pieces the connection breaks, after
    `hang_after` it goes silent. `logprob` is sent with every piece if the request asks for it."""

    content: str | dict[str, Any]
    usage: tuple[int, int] | None = (100, 10)
    logprob: float | None = None
    piece_seconds: float = 0.0
    delay_seconds: float = 0.0
    cut_after: int | None = None
    hang_after: int | None = None
    finish_reason: str | None = "stop"

    @property
    def text(self) -> str:
        return self.content if isinstance(self.content, str) else json.dumps(self.content)

    @property
    def pieces(self) -> list[str]:
        return [piece for piece in re.split(r"(?<=\s)", self.text) if piece]


@dataclass(frozen=True)
class Refuses:
    status: int
    message: str = "no"
    code: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Hangs:
    """Reads the request and never sends anything."""


@dataclass(frozen=True)
class SendsRaw:
    """A 200 with any body, such as a proxy's login page or half a JSON."""

    body: str | bytes
    content_type: str = "text/html"
    encoding: str = "identity"


@dataclass(frozen=True)
class NeverEnds:
    """A 200 that sends this again and again, until the other side has enough of it."""

    piece: bytes
    content_type: str = "application/json"


Behaviour = Says | Refuses | Hangs | SendsRaw | NeverEnds


@dataclass
class Recorded:
    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    disconnected: threading.Event = field(default_factory=threading.Event)

    @property
    def prompt(self) -> str:
        return "\n".join(message["content"] for message in self.body.get("messages", ()))


class OpenAIServer:
    """Uses up `script` first, then calls `handler`, else replies "OK.". Any key is accepted if `key` is None. A request
    with one of `refused_parameters` (a body field, or a response_format type) gets a 400."""

    api = "/v1"
    calls_end = "/chat/completions"

    def __init__(self) -> None:
        self.script: list[Behaviour] = []
        self.handler: Callable[[dict[str, Any]], str | dict[str, Any] | Behaviour] | None = None
        self.key: str | None = None
        self.refused_parameters: set[str] = set()
        self.requests: list[Recorded] = []
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (self.speaker,), {"owner": self}))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def speaker(self) -> type["Speaker"]:
        return Speaker

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}{self.api}"

    @property
    def chats(self) -> list[Recorded]:
        return [request for request in self.requests if request.path.endswith(self.calls_end)]

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def presented_key(self, recorded: Recorded) -> str:
        return recorded.headers.get("authorization", "").removeprefix("Bearer ")

    def asked_for(self, recorded: Recorded) -> set[Any]:
        """The parameters of a request, under the names by which they can be refused."""
        return {*recorded.body, (recorded.body.get("response_format") or {}).get("type")}

    def behaviour_for(self, recorded: Recorded) -> Behaviour:
        with self._lock:
            self.requests.append(recorded)
            if self.key is not None and self.presented_key(recorded) != self.key:
                return Refuses(401, f"Incorrect API key provided: {self.presented_key(recorded)}")
            if refused := self.asked_for(recorded) & self.refused_parameters:
                return Refuses(400, f"unsupported parameter: {sorted(map(str, refused))}")
            if self.script:
                return self.script.pop(0)
            handler = self.handler
        said = handler(recorded.body) if handler else "OK."
        return Says(said) if isinstance(said, str | dict) else said


@pytest.fixture
def openai_server() -> Iterator[OpenAIServer]:
    server = OpenAIServer()
    server.start()
    yield server
    server.stop()


class Speaker(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner: OpenAIServer

    def log_message(self, format: str, *args: Any) -> None:
        """Logs nothing."""

    def do_GET(self) -> None:
        self.owner.requests.append(Recorded("GET", self.path, self._lower_headers(), {}))
        if self.path.endswith("/models"):
            self._send_json(200, {"object": "list", "data": [{"id": MODEL, "object": "model"}]})
        else:
            self._send_json(404, {"error": {"message": f"no {self.path}"}})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        recorded = Recorded("POST", self.path, self._lower_headers(), body)
        try:
            self._act(self.owner.behaviour_for(recorded), recorded)
        except (BrokenPipeError, ConnectionResetError):
            recorded.disconnected.set()
            self.close_connection = True

    def _act(self, behaviour: Behaviour, recorded: Recorded) -> None:
        match behaviour:
            case Refuses():
                self._send_json(behaviour.status, self.refusal(behaviour), behaviour.headers)
            case Hangs():
                self._fall_silent()
            case SendsRaw(body, content_type, encoding):
                raw = body if isinstance(body, bytes) else body.encode()
                self._send(200, raw, content_type, {"content-encoding": encoding})
            case NeverEnds(piece, content_type):
                self._send_on(piece, content_type)
            case Says() if recorded.body.get("stream"):
                self._stream(behaviour, recorded.body)
            case Says():
                time.sleep(behaviour.delay_seconds)
                self._send_json(200, self.completion(behaviour, recorded.body))

    def refusal(self, refuses: Refuses) -> dict[str, Any]:
        return {"error": {"message": refuses.message, "code": refuses.code}}

    def completion(self, says: Says, request: dict[str, Any]) -> dict[str, Any]:
        return _completion(says)

    def _begin_stream(self, says: Says) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        time.sleep(says.delay_seconds)

    def _stream(self, says: Says, request: dict[str, Any]) -> None:
        self._begin_stream(says)
        self._event(_chunk({"role": "assistant", "content": ""}))
        for n, piece in enumerate(says.pieces):
            if n == says.cut_after:
                self.close_connection = True
                return None
            if n == says.hang_after:
                return self._fall_silent()
            self._event(_chunk({"content": piece}, logprob=says.logprob if request.get("logprobs") else None))
            time.sleep(says.piece_seconds)
        if says.finish_reason:
            self._event(_chunk({}, finish_reason=says.finish_reason))
        if says.usage and (request.get("stream_options") or {}).get("include_usage"):
            self._event({**_chunk({}), "choices": [], "usage": _usage(says.usage)})
        if says.finish_reason:
            self._write("data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")
        return None

    def _send_on(self, piece: bytes, content_type: str) -> None:
        self.send_response(200)
        self.send_header("content-type", content_type)
        self.end_headers()
        while not self.owner.stopping.is_set():
            self.wfile.write(piece)

    def _fall_silent(self) -> None:
        self.owner.stopping.wait(LONGEST_HANG_SECONDS)
        self.close_connection = True

    def _event(self, event: dict[str, Any]) -> None:
        self._write(f"data: {json.dumps(event)}\n\n")

    def _write(self, text: str) -> None:
        data = text.encode()
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _send_json(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(body).encode(), "application/json", headers or {})

    def _send(self, status: int, body: bytes, content_type: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "content-type": content_type, "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _lower_headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items()}


def _usage(counted: tuple[int, int]) -> dict[str, int]:
    return {"prompt_tokens": counted[0], "completion_tokens": counted[1], "total_tokens": sum(counted)}


def _completion(says: Says) -> dict[str, Any]:
    message = {"role": "assistant", "content": says.text}
    choice = {"index": 0, "message": message, "finish_reason": says.finish_reason}
    completion = {"id": "c", "object": "chat.completion", "created": 1, "model": MODEL, "choices": [choice]}
    return completion | ({"usage": _usage(says.usage)} if says.usage else {})


def _chunk(delta: dict[str, Any], *, finish_reason: str | None = None, logprob: float | None = None) -> dict[str, Any]:
    choice: dict[str, Any] = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    if logprob is not None:
        choice["logprobs"] = {"content": [{"token": delta["content"], "logprob": logprob, "top_logprobs": []}]}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": MODEL, "choices": [choice]}
