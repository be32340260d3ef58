"""An `Answer` as Slack messages: Block Kit within Slack's limits, with text from documents shown only as text.

Text from documents, people and models is escaped and sent `verbatim`, so it can mention nobody, notify no channel and
make no link; the only links are the citations' own. What does not fit into one message goes on in the next; up to a
limit, nothing of an answer is dropped.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from agent.answers import Answer, Citation
from integrations.slack.controls import Controls, controls_of
from integrations.slack.progress import MAX_TITLES, Seen
from integrations.slack.storage.withdrawals import is_withdrawn
from integrations.slack.wording import (
    cleaned,
    escaped,
    fitting,
    last_break,
    linkable,
    one_line,
    prefix,
    slack_length,
)
from tools.ports import JsonObject

MAX_SECTION_CHARACTERS = 3_000
MAX_BLOCKS = 50
MAX_MESSAGE_CHARACTERS = 13_000  # Slack refuses from about 13,200 on (msg_blocks_too_long)
MAX_ANSWER_CHARACTERS = 24_000
_MAX_FALLBACK = 300
_MAX_TITLE, _MAX_PLACE, _MAX_QUOTE, _MAX_REMARK = 300, 200, 1_200, 600
_MAX_REMARKS = 20
_MAX_HOPS_SHOWN = 10

DECLINED = "I can't answer that from the documents I may use here."
FAILED = "Something went wrong on my side, so I have no answer. Please ask again a little later."
LOOKING = "Looking for the answer …"
_ADDRESS = re.compile(r"(?: at)? ?\bhttps?://[^\s)]+", re.IGNORECASE)
_WITHDRAWN = "withdrawn: this source is no longer among the documents"
_CONTINUED = "… continued"
_CUT = "(The rest of this answer is too long for Slack.)"


@dataclass(frozen=True, slots=True)
class SlackMessage:
    """The arguments of one `chat.postMessage`; `text` is what a notification shows."""

    text: str
    blocks: list[JsonObject]


def render(answer: Answer, *, evidence: str = "", controls: Controls | None = None) -> list[SlackMessage]:
    """The messages of an answer, at least one. `evidence` says in a sentence whose documents were used."""
    if answer.status == "failed":
        return [plain(FAILED)]
    body = cleaned(answer.answer).strip() or DECLINED
    missing = [gap for gap in answer.missing if gap not in body]
    blocks = [
        *_sections(_bounded(body)),
        *_context(" · ".join(part for part in (confidence_line(answer), _hops_line(answer)) if part)),
        *_remarks("What the documents don't say", missing),
        *_remarks("Please note", list(map(_without_address, answer.notes))),
        *_sources(answer.citations),
        *_context(evidence),
        *(controls_of(controls) if controls else ()),
    ]
    fallback = fitting(body, _MAX_FALLBACK)
    return [
        SlackMessage(text=fallback if n == 0 else _CONTINUED, blocks=packed) for n, packed in enumerate(_packed(blocks))
    ]


def _without_address(note: str) -> str:
    """What failed, but not where it runs: that is for whoever runs it, and stands in the log and the trace."""
    return _ADDRESS.sub("", note)


def plain(text: str) -> SlackMessage:
    """One message with only a text, cut to one section."""
    fitted = fitting(text, MAX_SECTION_CHARACTERS) or "…"
    return SlackMessage(text=fitted, blocks=[_section(fitted)])


def trusted(mrkdwn: str) -> SlackMessage:
    """One message in our own words, with working mentions and links; other people's words in it are already escaped."""
    return SlackMessage(text=mrkdwn, blocks=[_section(mrkdwn)])


def progress_message(seen: Seen) -> SlackMessage:
    """The progress of a running answer, hop by hop, with what each hop found."""
    lines = []
    for hop in seen.hops[-_MAX_HOPS_SHOWN:]:
        titles = "; ".join(one_line(title) for title in hop.titles[:MAX_TITLES])
        lines.append(f"• {fitting(hop.label, 160)}" + (f"\n      → {fitting(titles, 110)}" if titles else ""))
    if seen.draft:
        lines.append("• Writing and checking each sentence against its sources")
    return SlackMessage(
        text=LOOKING, blocks=[_section(LOOKING), *([_context_block("\n".join(lines))] if lines else [])]
    )


def confidence_line(answer: Answer) -> str:
    """The confidence in words and as a number; empty if there is nothing to be sure of."""
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


def _hops_line(answer: Answer) -> str:
    count = len({hop.n for hop in answer.hops})
    return f"found in {count} steps" if count > 1 and answer.citations else ""


def _bounded(text: str) -> str:
    return text if len(text) <= MAX_ANSWER_CHARACTERS else f"{text[:MAX_ANSWER_CHARACTERS].rstrip()} …\n\n{_CUT}"


def _sections(text: str, heading: str = "") -> Iterator[JsonObject]:
    """The text in as many sections as it needs, cut between paragraphs, sentences or words if possible."""
    rest = cleaned(text).strip()
    title = f"*{heading}*\n" if heading else ""
    while rest:
        end = prefix(rest, MAX_SECTION_CHARACTERS - len(title))
        if end < len(rest):
            end = last_break(rest, end)
        yield _section(title + escaped(rest[:end].strip()))
        rest, title = rest[end:].strip(), ""


def _remarks(heading: str, remarks: Sequence[str]) -> Iterator[JsonObject]:
    lines = [f"• {one_line(remark)[:_MAX_REMARK]}" for remark in remarks[:_MAX_REMARKS] if one_line(remark)]
    return _sections("\n".join(lines), heading)


def _sources(citations: Sequence[Citation]) -> Iterator[JsonObject]:
    if citations:
        yield {"type": "divider"}
    for citation in citations:
        yield _section(_source(citation))


def _source(citation: Citation) -> str:
    title = one_line(citation.title) or one_line(citation.source) or "Untitled"
    if is_withdrawn(citation):
        return f"*[{citation.marker}]* ~{fitting(title.replace('~', '-'), _MAX_TITLE)}~ · {_WITHDRAWN}"
    url = linkable(citation.url or "")
    name = f"<{url}|{fitting(title.replace('|', '¦'), _MAX_TITLE)}>" if url else fitting(title, _MAX_TITLE)
    places = dict.fromkeys((one_line(citation.locator), *(() if url else (one_line(citation.source),))))
    # The first section of a page is often called as the page is.
    place = "".join(f" · {fitting(part, _MAX_PLACE)}" for part in places if part and part != title)
    return f"*[{citation.marker}]* {name}{place}\n> {fitting(one_line(citation.reading or citation.quote), _MAX_QUOTE)}"


def _section(mrkdwn: str) -> JsonObject:
    return {"type": "section", "text": _text(mrkdwn)}


def _context(sentence: str) -> list[JsonObject]:
    line = fitting(one_line(sentence), MAX_SECTION_CHARACTERS)
    return [_context_block(line)] if line else []


def _context_block(mrkdwn: str) -> JsonObject:
    return {"type": "context", "elements": [_text(mrkdwn)]}


def _text(mrkdwn: str) -> JsonObject:
    return {"type": "mrkdwn", "text": mrkdwn, "verbatim": True}


def _packed(blocks: Iterable[JsonObject]) -> Iterator[list[JsonObject]]:
    """The blocks in order, in as few messages as Slack's limits allow."""
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
