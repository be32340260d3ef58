"""Slack's documented limits of a message, as an independent judge of what the app posts."""

import json
import re
from typing import Any

LIVE = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")


def problems(blocks: list[dict[str, Any]]) -> list[str]:
    """What Slack would refuse about these blocks, or make alive in them; empty when it takes them."""
    found = []
    if not 1 <= len(blocks) <= 50:
        found.append(f"{len(blocks)} blocks")
    if units(json.dumps(blocks, ensure_ascii=False)) > 13_200:
        found.append("msg_blocks_too_long")
    for block in blocks:
        if block["type"] == "section":
            found += _text_problems(block["text"])
        elif block["type"] == "context":
            if not 1 <= len(block["elements"]) <= 10:
                found.append("context elements")
            for element in block["elements"]:
                found += _text_problems(element)
        else:
            found.append(f"unexpected block {block['type']}")
    return found


def _text_problems(text: dict[str, Any]) -> list[str]:
    found = []
    written = text["text"]
    if text["type"] != "mrkdwn" or text.get("verbatim") is not True:
        found.append("Slack would look for links and mentions in the text")
    if not written.strip() or units(written) > 3_000:
        found.append(f"text of {units(written)} characters")
    if re.search(r"[\x00-\x08\x0b-\x1f\ud800-\udfff]", written):
        found.append("control character")
    return found + alive(written)


def alive(written: str) -> list[str]:
    """Everything in angle brackets that is no web link, and brackets or ampersands that are not escaped."""
    dead = LIVE.sub(lambda match: "" if re.match(r"https?://", match.group(1)) else match.group(), written)
    found = [f"alive: {dead[:80]!r}"] if re.search(r"[<>]", re.sub(r"^> ", "", dead, flags=re.MULTILINE)) else []
    if re.search(r"&(?!amp;|lt;|gt;)", written):
        found.append("unescaped ampersand")
    return found


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
