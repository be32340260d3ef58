"""Slack's documented limits for messages, forms and streamed chunks, to check independently what the app sends."""

import json
import re
from typing import Any

LIVE = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
Block = dict[str, Any]


def problems(blocks: list[Block], *, trusted: bool = False) -> list[str]:
    """What Slack would refuse in these blocks, and active markup in them; empty if there is nothing. `trusted` allows
    mentions, which only handing over to people may use."""
    found = []
    if not 1 <= len(blocks) <= 50:
        found.append(f"{len(blocks)} blocks")
    if units(json.dumps(blocks, ensure_ascii=False)) > 13_200:
        found.append("msg_blocks_too_long")
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(ids) != len(set(ids)):
        found.append("block_id used twice")
    for block in blocks:
        found += _block_problems(block, trusted=trusted)
    return found


def _block_problems(block: Block, *, trusted: bool) -> list[str]:
    match block["type"]:
        case "section":
            return _text_problems(block["text"], trusted=trusted)
        case "context":
            found = [] if 1 <= len(block["elements"]) <= 10 else ["context elements"]
            return found + [p for element in block["elements"] for p in _text_problems(element, trusted=trusted)]
        case "divider":
            return []
        case "context_actions":
            found = [] if 1 <= len(block["elements"]) <= 5 else ["context_actions elements"]
            return found + [p for element in block["elements"] for p in _feedback_problems(element)]
        case "actions":
            found = [] if 1 <= len(block["elements"]) <= 25 else ["actions elements"]
            actions = [element["action_id"] for element in block["elements"]]
            found += ["action_id used twice"] if len(actions) != len(set(actions)) else []
            return found + [p for element in block["elements"] for p in _button_problems(element)]
        case other:
            return [f"unexpected block {other}"]


def _feedback_problems(element: Block) -> list[str]:
    if element["type"] not in {"feedback_buttons", "icon_button"}:
        return [f"no {element['type']} in context_actions"]
    found = _id_problems(element)
    for side in ("positive_button", "negative_button"):
        button = element[side]
        found += _plain_problems(button["text"], 75)
        found += [] if units(button["value"]) <= 2_000 else ["value"]
        found += [] if units(button.get("accessibility_label", "")) <= 75 else ["accessibility_label"]
    return found


def _button_problems(element: Block) -> list[str]:
    if element["type"] != "button":
        return [f"unexpected element {element['type']}"]
    found = [*_id_problems(element), *_plain_problems(element["text"], 75)]
    found += [] if units(element["value"]) <= 2_000 else ["value"]
    if "confirm" in element:
        for name, most in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
            found += _plain_problems(element["confirm"][name], most)
    return found


def view_problems(view: Block) -> list[str]:
    """What Slack would refuse about a modal."""
    found = [] if view["type"] == "modal" and 1 <= len(view["blocks"]) <= 100 else ["view"]
    for name in ("title", "submit", "close"):
        found += _plain_problems(view[name], 24)
    found += [] if units(view["private_metadata"]) <= 3_000 and units(view["callback_id"]) <= 255 else ["metadata"]
    for block in view["blocks"]:
        found += _plain_problems(block["label"], 2_000)
        element = block["element"]
        found += _id_problems(element)
        if element["type"] == "radio_buttons":
            found += [] if 1 <= len(element["options"]) <= 10 else ["options"]
            for option in element["options"]:
                found += [*_plain_problems(option["text"], 75), *([] if units(option["value"]) <= 150 else ["value"])]
        elif element["type"] == "plain_text_input":
            found += [] if 1 <= element.get("max_length", 1) <= 3_000 else ["max_length"]
        else:
            found.append(f"unexpected element {element['type']}")
    return found


def chunk_problems(chunks: list[Block]) -> list[str]:
    """What Slack would refuse about the chunks of one call to a stream."""
    found = [] if chunks else ["no chunks"]
    text = "".join(chunk["text"] for chunk in chunks if chunk["type"] == "markdown_text")
    found += [] if units(text) <= 12_000 else ["markdown_text"]
    for chunk in chunks:
        if chunk["type"] == "task_update":
            if not (chunk["id"] and 0 < units(chunk["title"]) <= 256 and units(chunk.get("output", "x")) <= 1_000):
                found.append("task_update")
            if chunk["status"] not in {"pending", "in_progress", "complete", "error"}:
                found.append("task status")
        elif chunk["type"] != "markdown_text":
            found.append(f"unexpected chunk {chunk['type']}")
    return found


def _id_problems(element: Block) -> list[str]:
    return [] if 0 < units(element["action_id"]) <= 255 else ["action_id"]


def _plain_problems(text: Block, most: int) -> list[str]:
    if text["type"] != "plain_text":
        return ["text is not plain"]
    return [] if 0 < units(text["text"]) <= most else [f"plain text of {units(text['text'])}"]


def _text_problems(text: Block, *, trusted: bool) -> list[str]:
    found = []
    written = text["text"]
    if text["type"] != "mrkdwn" or text.get("verbatim") is not True:
        found.append("Slack would look for links and mentions in the text")
    if not written.strip() or units(written) > 3_000:
        found.append(f"text of {units(written)} characters")
    if re.search(r"[\x00-\x08\x0b-\x1f\ud800-\udfff]", written):
        found.append("control character")
    return found + ([] if trusted else alive(written))


def alive(written: str) -> list[str]:
    """Everything in angle brackets that is not a web link, and brackets or ampersands that are not escaped."""
    dead = LIVE.sub(lambda match: "" if re.match(r"https?://", match.group(1)) else match.group(), written)
    found = [f"alive: {dead[:80]!r}"] if re.search(r"[<>]", re.sub(r"^> ", "", dead, flags=re.MULTILINE)) else []
    if re.search(r"&(?!amp;|lt;|gt;)", written):
        found.append("unescaped ampersand")
    return found


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
