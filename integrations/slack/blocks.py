"""An `Answer` as Slack messages: Block Kit within Slack's limits, in which the documents' words are only words.

Text from documents, people and models is escaped and sent `verbatim`, so that it can mention nobody, ping no channel
and make no link; the only links are the citations' own. Lengths are counted in UTF-16 units, the widest reading of
"characters". What does not fit one message goes on in the next: nothing of an answer is dropped below its bound.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from agent.answers import Answer, Citation
from tools.ports import JsonObject

MAX_SECTION_CHARACTERS = 3_000
MAX_BLOCKS = 50
MAX_MESSAGE_CHARACTERS = 13_000  # Slack refuses from about 13,200 on (msg_blocks_too_long)
MAX_ANSWER_CHARACTERS = 24_000
_MAX_FALLBACK = 300
_MAX_TITLE, _MAX_PLACE, _MAX_URL, _MAX_QUOTE, _MAX_REMARK = 300, 200, 1_000, 1_200, 600
_MAX_REMARKS = 20

DECLINED = "I can't answer that from the documents I may use here."
FAILED = "Something went wrong on my side, so I have no answer. Please ask again a little later."
_CONTINUED = "… continued"
_CUT = "(The rest of this answer is too long for Slack.)"

# Control characters, which Slack refuses, and bidirectional overrides, which can turn a line's meaning around.
_INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
_ESCAPED_LENGTHS = {"&": 5, "<": 4, ">": 4}
_BREAK = re.compile(r"\n\n|\n|(?<=[.!?]) | ")


@dataclass(frozen=True, slots=True)
class SlackMessage:
    """The arguments of one `chat.postMessage`; `text` is what a notification shows."""

    text: str
    blocks: list[JsonObject]


def render(answer: Answer, *, evidence: str = "") -> list[SlackMessage]:
    """The messages of an answer, at least one. `evidence` says in a sentence whose documents were used."""
    if answer.status == "failed":
        return [plain(FAILED)]
    body = _cleaned(answer.answer).strip() or DECLINED
    missing = [gap for gap in answer.missing if gap not in body]
    blocks = [
        *_sections(_bounded(body)),
        *_context(confidence_line(answer)),
        *_remarks("What the documents don't say", missing),
        *_remarks("Please note", answer.notes),
        *(_section(_source(citation)) for citation in answer.citations),
        *_context(evidence),
    ]
    fallback = _fitting(body, _MAX_FALLBACK)
    return [
        SlackMessage(text=fallback if n == 0 else _CONTINUED, blocks=packed) for n, packed in enumerate(_packed(blocks))
    ]


def plain(text: str) -> SlackMessage:
    """One message with nothing but a text, cut to one section."""
    fitted = _fitting(text, MAX_SECTION_CHARACTERS) or "…"
    return SlackMessage(text=fitted, blocks=[_section(fitted)])


def confidence_line(answer: Answer) -> str:
    """How sure the answer is, in words and as a number; empty where there is nothing to be sure of."""
    if answer.status == "declined" or not answer.citations:
        return ""
    words = confidence_words(answer.confidence)
    line = f"{words} ({answer.confidence:.0%} likely to be right)"
    return f"Part of the answer · {line}" if answer.status == "partial" else line


def confidence_words(confidence: float) -> str:
    for least, words in ((0.9, "Very sure"), (0.75, "Sure"), (0.6, "Fairly sure"), (0.4, "Unsure")):
        if confidence >= least:
            return words
    return "Doubtful"


def escaped(text: str) -> str:
    """Text that Slack shows as it is written: its three control characters become entities."""
    return _cleaned(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def slack_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _cleaned(text: str) -> str:
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return _INVISIBLE.sub(" ", whole)


def _one_line(text: str) -> str:
    return " ".join(_cleaned(text).split())


def _prefix(text: str, limit: int) -> int:
    """How many code points of cleaned text fit into `limit` units once they are escaped."""
    used = 0
    for index, character in enumerate(text):
        used += _ESCAPED_LENGTHS.get(character) or (2 if character > "\uffff" else 1)
        if used > limit:
            return index
    return len(text)


def _fitting(text: str, limit: int) -> str:
    """Escaped and cut to `limit` units, with an ellipsis where it was cut."""
    line = _cleaned(text).strip()
    end = _prefix(line, limit)
    if end == len(line):
        return escaped(line)
    return escaped(line[: _prefix(line, limit - 1)].rstrip()) + "…"


def _bounded(text: str) -> str:
    return text if len(text) <= MAX_ANSWER_CHARACTERS else f"{text[:MAX_ANSWER_CHARACTERS].rstrip()} …\n\n{_CUT}"


def _sections(text: str, heading: str = "") -> Iterator[JsonObject]:
    """The text over as many sections as it needs, cut between paragraphs, sentences or words where it can be."""
    rest = _cleaned(text).strip()
    title = f"*{heading}*\n" if heading else ""
    while rest:
        end = _prefix(rest, MAX_SECTION_CHARACTERS - len(title))
        if end < len(rest):
            end = _last_break(rest, end)
        yield _section(title + escaped(rest[:end].strip()))
        rest, title = rest[end:].strip(), ""


def _last_break(text: str, end: int) -> int:
    """The best place to cut in the second half of what fits: paragraph, line, sentence, word, in this order."""
    breaks = list(_BREAK.finditer(text, end // 2, end))
    if not breaks:
        return end
    order = {"\n\n": 3, "\n": 2}
    best = max(breaks, key=lambda match: (order.get(match.group(), text[match.start() - 1] in ".!?"), match.start()))
    return best.end()


def _remarks(heading: str, remarks: Sequence[str]) -> Iterator[JsonObject]:
    lines = [f"• {_one_line(remark)[:_MAX_REMARK]}" for remark in remarks[:_MAX_REMARKS] if _one_line(remark)]
    return _sections("\n".join(lines), heading)


def _source(citation: Citation) -> str:
    title = _one_line(citation.title) or _one_line(citation.source) or "Untitled"
    url = _linkable(citation.url or "")
    name = f"<{url}|{_fitting(title.replace('|', '¦'), _MAX_TITLE)}>" if url else _fitting(title, _MAX_TITLE)
    places = [_fitting(_one_line(citation.locator), _MAX_PLACE)]
    if not url:
        places.append(_fitting(_one_line(citation.source), _MAX_PLACE))
    place = "".join(f" · {part}" for part in places if part)
    return f"*[{citation.marker}]* {name}{place}\n> {_fitting(_one_line(citation.quote), _MAX_QUOTE)}"


def _linkable(url: str) -> str:
    """A web address that can't leave its angle brackets; empty when it is none or too long to be shown whole."""
    if not re.match(r"https?://[^\s/]", url, re.IGNORECASE):
        return ""
    safe = escaped(quote(_one_line(url), safe=":/?#[]@!$&'()*+,;=%-._~"))
    return safe if slack_length(safe) <= _MAX_URL else ""


def _section(mrkdwn: str) -> JsonObject:
    return {"type": "section", "text": _text(mrkdwn)}


def _context(sentence: str) -> list[JsonObject]:
    line = _fitting(_one_line(sentence), MAX_SECTION_CHARACTERS)
    return [{"type": "context", "elements": [_text(line)]}] if line else []


def _text(mrkdwn: str) -> JsonObject:
    return {"type": "mrkdwn", "text": mrkdwn, "verbatim": True}


def _packed(blocks: Iterable[JsonObject]) -> Iterator[list[JsonObject]]:
    """Blocks in order, over as few messages as Slack's limits allow."""
    message: list[JsonObject] = []
    used = 2
    for block in blocks:
        size = slack_length(json.dumps(block, ensure_ascii=False)) + 2
        if message and (len(message) == MAX_BLOCKS or used + size > MAX_MESSAGE_CHARACTERS):
            yield message
            message, used = [], 2
        message.append(block)
        used += size
    yield message
