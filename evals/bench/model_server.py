"""`python -m evals.bench.model_server`: a local OpenAI-compatible endpoint that is slow, flaky, rate-limited and wrong.

Prints its URL on the first line and serves until its input ends. It quotes the sentences it is given, so that answers
are real. Now and then it quotes a wrong one, invents a mark or a fact, sends no JSON, refuses or hangs up.
"""

import argparse
import asyncio
import json
import random
import re
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_SENTENCE = re.compile(r"^\[(\d+)\] (.+)$", re.MULTILINE)
_QUESTION = re.compile(r"<question-[0-9a-f]+>(.*?)</question-", re.DOTALL)
_WORD = re.compile(r"\w+")
LONGEST_HEAD_BYTES = 65_536
PIECES = 6


@dataclass(frozen=True, slots=True)
class Temper:
    """How badly the model behaves. Shares of all calls: `flaky` ones break off or get a 500, `wrong` ones state what
    the documents don't. Beyond `requests_per_minute`, calls get a 429 with a time to wait."""

    seconds: float = 1.0
    flaky: float = 0.0
    wrong: float = 0.0
    requests_per_minute: int | None = None
    seed: int = 0


class ModelServer:
    def __init__(self, temper: Temper) -> None:
        self._temper = temper
        self._random = random.Random(temper.seed)  # noqa: S311 - no secret
        self._minute, self._in_minute = 0, 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, with any number of requests."""
        try:
            while (body := await _request(reader)) is not None:
                if not await self._reply(writer, body):
                    return
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return
        finally:
            writer.close()

    async def _reply(self, writer: asyncio.StreamWriter, body: Mapping[str, Any]) -> bool:
        """Returns whether the connection can still be used."""
        if wait := self._must_wait():
            await _send(writer, 429, {"error": {"message": "slow down"}}, {"retry-after": f"{wait:.2f}"})
            return True
        await asyncio.sleep(self._temper.seconds)
        if self._random.random() < self._temper.flaky:
            if self._random.random() < 0.5:
                return False  # hangs up without an answer
            await _send(writer, 500, {"error": {"message": "something broke"}})
            return True
        text = said(body, wrong=self._random.random() < self._temper.wrong)
        if body.get("stream"):
            await _stream(writer, text)
        else:
            await _send(writer, 200, _completion(text))
        return True

    def _must_wait(self) -> float:
        if self._temper.requests_per_minute is None:
            return 0.0
        now = time.monotonic()
        if int(now / 60) != self._minute:
            self._minute, self._in_minute = int(now / 60), 0
        self._in_minute += 1
        return 60 - now % 60 if self._in_minute > self._temper.requests_per_minute else 0.0


def said(body: Mapping[str, Any], *, wrong: bool) -> str:
    """The reply to a request: JSON that fits its schema, or the best evidence sentences with their marks."""
    prompt = "\n".join(message["content"] for message in body["messages"])
    response_format = body.get("response_format") or {}
    if "json" in response_format.get("type", ""):
        if wrong:
            return "I would rather say it in prose."
        schema = response_format.get("json_schema", {}).get("schema", {})
        return json.dumps({name: _value(name, kind, prompt) for name, kind in schema.get("properties", {}).items()})
    sentences = _SENTENCE.findall(prompt)
    if not sentences:
        return "NOT FOUND: any sentence"
    if wrong:
        number, sentence = sentences[-1]
        return f"{sentence} [{number}] The chairman of the moon agreed in 1804 [99]."
    asked = {word.casefold() for word in _WORD.findall(_question(prompt)) if len(word) > 3}
    ranked = sorted(sentences, key=lambda one: -len(asked & {word.casefold() for word in _WORD.findall(one[1])}))
    return " ".join(f"{sentence} [{number}]" for number, sentence in ranked[:2])


def _question(prompt: str) -> str:
    found = _QUESTION.findall(prompt)
    return found[-1].rpartition("Question:")[2].rpartition("question:")[2].strip() if found else ""


def _value(name: str, kind: Mapping[str, Any], prompt: str) -> Any:
    match kind.get("type"):
        case "boolean":
            return True
        case "array":
            return []
        case _:
            return _question(prompt) if name == "question" else ""


async def _request(reader: asyncio.StreamReader) -> Mapping[str, Any] | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    length = re.search(rb"content-length:\s*(\d+)", head, re.IGNORECASE)
    body = await reader.readexactly(int(length.group(1))) if length else b"{}"
    parsed: Mapping[str, Any] = json.loads(body or b"{}")
    return parsed


async def _send(
    writer: asyncio.StreamWriter, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> None:
    payload = json.dumps(body).encode()
    lines = {"content-type": "application/json", "content-length": str(len(payload)), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    writer.write(f"HTTP/1.1 {status} OK\r\n{head}\r\n".encode() + payload)
    await writer.drain()


async def _stream(writer: asyncio.StreamWriter, text: str) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
    step = max(1, len(text) // PIECES + 1)
    deltas: list[dict[str, Any]] = [{"content": text[at : at + step]} for at in range(0, len(text), step)]
    events = [_chunk(delta) for delta in deltas] + [_chunk({}, finish="stop"), _usage_chunk(text)]
    data = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
    writer.write(f"{len(data.encode()):x}\r\n{data}\r\n0\r\n\r\n".encode())
    await writer.drain()


def _usage(text: str) -> dict[str, int]:
    return {"prompt_tokens": 500, "completion_tokens": len(text) // 4, "total_tokens": 500 + len(text) // 4}


def _completion(text: str) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": "local",
        "choices": [choice],
        "usage": _usage(text),
    }


def _chunk(delta: Mapping[str, Any], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "local", "choices": [choice]}


def _usage_chunk(text: str) -> dict[str, Any]:
    return {**_chunk({}), "choices": [], "usage": _usage(text)}


async def _main(temper: Temper, port: int) -> None:
    server = await asyncio.start_server(
        ModelServer(temper).serve, "127.0.0.1", port, backlog=2048, limit=LONGEST_HEAD_BYTES
    )
    port = server.sockets[0].getsockname()[1]
    sys.stdout.write(f"http://127.0.0.1:{port}/v1\n")
    sys.stdout.flush()
    async with server:
        await asyncio.to_thread(sys.stdin.read)  # closed by the parent process, or by its end


def _asked(arguments: list[str] | None = None) -> tuple[Temper, int]:
    parser = argparse.ArgumentParser(prog="python -m evals.bench.model_server", description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0, help="how long a call takes")
    parser.add_argument("--flaky", type=float, default=0.0, help="share of calls that fail")
    parser.add_argument("--wrong", type=float, default=0.0, help="share of calls that say what no document says")
    parser.add_argument("--requests-per-minute", type=int, help="refuse further ones with a 429")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    asked = vars(parser.parse_args(arguments))
    port = asked.pop("port")
    return Temper(**asked), port


if __name__ == "__main__":
    asyncio.run(_main(*_asked()))
