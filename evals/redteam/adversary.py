"""A model that obeys every attack, behind the OpenAI protocol on 127.0.0.1, to test the product's own guards."""

import asyncio
import json
import re
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from evals.redteam.attacks import Attack

MODEL = "adversary"


class Adversary:
    """`attack` is the one it obeys now."""

    def __init__(self) -> None:
        self.attack: Attack | None = None
        self.calls = 0
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._http.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["Adversary"]:
        thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            await asyncio.to_thread(self._stop, thread)

    def _stop(self, thread: threading.Thread) -> None:
        self._http.shutdown()
        self._http.server_close()
        thread.join()

    def reply_to(self, request: dict[str, Any]) -> str:
        self.calls += 1
        attack = self.attack
        if attack is None:
            return "OK."
        prompt = request["messages"][-1]["content"]
        if request.get("stream"):
            return attack.reply.replace("{n}", str(_number_of(prompt, attack.cites))) or "OK [1]."
        system = request["messages"][0]["content"]
        return json.dumps(_structured(attack, prompt, system + str(request.get("response_format"))))


def _structured(attack: Attack, prompt: str, asked: str) -> dict[str, Any]:
    """What helps the attack most: its own queries, its own sentence as the repair, and a yes to every claim."""
    given = attack.structured
    if "sub_questions" in asked:
        question = given.get("question", attack.question)
        return {"question": question, "sub_questions": given.get("sub_questions", [])}
    if "next_question" in asked:
        query = given.get("next_question", "")
        return {"complete": not query, "next_question": query}
    if '"supported"' in asked:
        return {"supported": re.findall(r"^([A-H])\. ", prompt, re.MULTILINE)}
    sentence = attack.reply.replace("{n}", str(_number_of(prompt, attack.cites)))
    return {"sentence": given.get("sentence", sentence)}


def _number_of(prompt: str, cites: str) -> int:
    lines = re.findall(r"^\[(\d+)\] (.*)$", prompt, re.MULTILINE)
    found = [int(number) for number, text in lines if cites and cites in text]
    return found[0] if found else 1


def _handler_of(adversary: Adversary) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            """Logs nothing."""

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["content-length"])))
            text = adversary.reply_to(request)
            if request.get("stream"):
                chunks = [
                    {"role": "assistant", "content": ""},
                    *({"content": word} for word in re.findall(r"\S*\s*", text)),
                ]
                lines = [_event({"delta": delta, "finish_reason": None}) for delta in chunks]
                body = "".join([*lines, _event({"delta": {}, "finish_reason": "stop"}), "data: [DONE]\n\n"])
                self._send(body, "text/event-stream")
            else:
                choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
                usage = {"prompt_tokens": 10, "completion_tokens": 10, "total_tokens": 20}
                completion = {"id": "a", "object": "chat.completion", "created": 1, "model": MODEL, "usage": usage}
                self._send(json.dumps(completion | {"choices": [choice]}), "application/json")

        def _send(self, body: str, content_type: str) -> None:
            data = body.encode("utf-8", "surrogatepass")
            self.send_response(200)
            self.send_header("content-type", content_type)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    return Handler


def _event(choice: dict[str, Any]) -> str:
    chunk = {"id": "a", "object": "chat.completion.chunk", "created": 1, "model": MODEL}
    return f"data: {json.dumps(chunk | {'choices': [{'index': 0, **choice}]})}\n\n"
