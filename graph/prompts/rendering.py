"""How evidence and conversations are shown to a model, and how much of them fits a budget."""

import hashlib
import math
import re
from collections.abc import Sequence

from graph.evidence import Evidence
from graph.language import Turn

CHARACTERS_PER_TOKEN = 3.5
MAX_TITLE_CHARACTERS = 150
MAX_TURN_CHARACTERS = 600
MAX_CONVERSATION_CHARACTERS = 4_000

_MARK_LIKE = re.compile(r"\[(\d+)\]")


def tokens_at_most(text: str) -> int:
    """More than `tools.chat.tally` reckons with: what is fitted into a budget must not exceed it."""
    return math.ceil(len(text) / CHARACTERS_PER_TOKEN)


def fence_around(*texts: str) -> str:
    """The word of the fence around these: a digest of all of them. The same prompt has the same word, so that a
    recorded reply is found again; a text that would close the fence has to hold the digest of itself and of all that
    stands beside it, in 48 bits."""
    return hashlib.blake2b("\0".join(texts).encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def one_line(text: str) -> str:
    """Quoted text on one line, so that it can't pose as a line of the prompt; `[7]` in it becomes `(7)`, since
    square brackets mark our own numbers."""
    return _MARK_LIKE.sub(r"(\1)", " ".join(text.split()))


def fitting(evidence: Sequence[Evidence], max_tokens: int) -> list[Evidence]:
    """The longest head of `evidence` (best first) whose rendering stays within `max_tokens`."""
    room = max_tokens * CHARACTERS_PER_TOKEN
    kept: list[Evidence] = []
    shown: set[tuple[str, str]] = set()
    for item in evidence:
        room -= len(_line(item)) + 1
        if _place(item) not in shown:
            shown.add(_place(item))
            room -= len(_title(item)) + 1
        if room < 0:
            break
        kept.append(item)
    return kept


def rendered_evidence(evidence: Sequence[Evidence]) -> str:
    """Sentences grouped by section and there in reading order, sections in the order of their first sentence:

    # Title of the passage – heading of the section
    [3] A sentence.
    """
    groups: dict[tuple[str, str], list[Evidence]] = {}
    for item in evidence:
        groups.setdefault(_place(item), []).append(item)
    for group in groups.values():
        group.sort(key=lambda item: item.start)
    lines = (line for group in groups.values() for line in (_title(group[0]), *map(_line, group)))
    return "\n".join(lines)


def rendered_conversation(history: Sequence[Turn]) -> str:
    """The latest turns that fit, oldest first; answers without their marks, which mean nothing any more."""
    turns: list[str] = []
    room = MAX_CONVERSATION_CHARACTERS
    for turn in reversed(history):
        answer = " ".join(_MARK_LIKE.sub("", turn.answer).split()) or "(no answer)"
        question = one_line(turn.question)
        shown = f"Question: {question[:MAX_TURN_CHARACTERS]}\nAnswer: {answer[:MAX_TURN_CHARACTERS]}"
        room -= len(shown)
        if room < 0:
            break
        turns.append(shown)
    return "\n".join(reversed(turns)) or "(this is the first question)"


def _place(item: Evidence) -> tuple[str, str]:
    return item.passage.key, item.header


def _title(item: Evidence) -> str:
    outdated = " (superseded)" if item.passage.status == "superseded" else ""
    return f"# {one_line(item.header)[:MAX_TITLE_CHARACTERS]}{outdated}"


def _line(item: Evidence) -> str:
    return f"[{item.number}] {one_line(item.quoted)}"
