"""Finds notices of a document's status near its top, written by people who don't use front matter."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import PurePosixPath

from tools.ingestion.documents import MAX_SUPERSEDED, Block, Document, Metadata
from tools.ingestion.superseding.standing import (
    Linked,
    Standing,
    is_status_label,
    standing_of_label,
    standing_of_notice,
    standing_of_value,
)

TOP_CHARACTERS = 3_000
TOP_BLOCKS = 40
MAX_PLAIN_CHARACTERS = 800
TOP_HEADINGS = 4
_PROSE = frozenset({".md", ".markdown", ".mdown", ".mkd", ".txt", ".text", ".rst", ".adoc", ".asciidoc"})
_READ = _PROSE | {".html", ".htm", ".xhtml", ".pdf", ".docx"}
"""Formats whose first lines are about the file itself, unlike mail, logs, sheets and programs."""
_ABOUT_ITSELF = frozenset({"metadata", "document control", "document information", "document details"})
_STRUCK = re.compile(r"~~[^~]{1,200}~~ ?")
_LINK = re.compile(
    r"!?\[([^\[\]]{1,200})\]\([^()\s]{1,500}(?:\s\"[^\"]{0,100}\")?\)|\[\[(?:[^\[\]|]{1,200}\|)?([^\[\]|]{1,200})\]\]"
)
_CALLOUT = re.compile(r"^(?:\[!\w{2,12}\][+-]?|!!!\s*\w{2,12}|:::\s*\w{2,12}|\{\w{2,12}\})\s*")
_LEAD = re.compile(r"^[^\w\[(!{:]+")
_LABELLED = re.compile(r"[A-Za-z][A-Za-z /_-]{1,30}\s*[:=]\s*\S")
_BETWEEN = re.compile(r"\s+[|·•]\s+|\t+| {3,}")
_UNDER_NAMES = re.compile(
    r"[\w ]{1,30}: ((?:\w+ )?status|superseded by|replaced by|supersedes|replaces); [\w ]{1,30}: (\S.*)", re.IGNORECASE
)
"""A row of a table whose columns have names: "Field: Status; Value: Obsolete"."""


def with_notices(document: Document) -> Document:
    """The document, with the status that its first lines state added to its metadata. Front matter takes precedence."""
    if PurePosixPath(document.source).suffix.lower() not in _READ:
        return document
    found = _standing(document)
    return document if found == Standing() else replace(document, metadata=_with(document.metadata, found))


def _with(said: Metadata, found: Standing) -> Metadata:
    if not said.supersedes:
        since = said.valid_from or found.supersedes_since
        said = replace(said, supersedes=found.supersedes[:MAX_SUPERSEDED], valid_from=since)
    if said.status is not None or said.superseded_by is not None:
        return said
    said = replace(said, superseded_by=found.by)
    if not found.is_outdated:
        return said
    if found.since is not None and found.since > date.today().isoformat():
        last = date.fromisoformat(found.since) - timedelta(days=1)
        return replace(said, valid_until=said.valid_until or last.isoformat())
    return replace(said, status="superseded")


def _standing(document: Document) -> Standing:
    """All statements combined. Two status lines mean that the text is a list of other documents: then neither
    counts."""
    statuses = tentative = 0
    outdated: list[Standing] = []
    old: list[str] = []
    since: str | None = None
    for found, is_status in _said(document):
        statuses += is_status
        if found is not None:
            old += found.supersedes
            since = since or found.supersedes_since
            tentative += found.is_tentative
            if found.is_outdated or found.by:
                outdated.append(found)
    if statuses > 1:
        return Standing()
    if tentative:
        old.clear()
    return Standing(
        is_outdated=any(one.is_outdated for one in outdated),
        by=next((one.by for one in outdated if one.by), None),
        supersedes=tuple(dict.fromkeys(old)),
        since=next((one.since for one in outdated if one.since), None),
        supersedes_since=since,
    )


def _said(document: Document) -> Iterator[tuple[Standing | None, bool]]:
    """What each relevant line states (None for nothing), and whether it is a status label."""
    for block, section in _top(document):
        linked = _links_of(document, block)
        written = document.text[block.start : min(block.end, block.start + TOP_CHARACTERS)]
        lines = [plain for line in written.splitlines() if (plain := _plain(line))]
        if not lines:
            continue
        if block.kind in ("table_row", "table_header"):
            pair = _pair(lines[0])
            yield (standing_of_label(pair, linked), is_status_label(pair)) if pair else (None, False)
        elif section == "status":
            yield from ((_of_status(line, linked), False) for line in lines)
        else:
            labels = [(standing_of_label(label, linked), is_status_label(label)) for label in _labels(lines)]
            yield from labels
            if not any(found or is_status for found, is_status in labels):
                yield _of_sentence(block, lines, linked), False


def _of_sentence(block: Block, lines: list[str], linked: Linked) -> Standing | None:
    return standing_of_notice(" ".join(lines), linked) if block.kind == "paragraph" else _replaces(lines[0], linked)


def _replaces(item: str, linked: Linked) -> Standing | None:
    """For a list item: only statements of what the document replaces. "Deprecated" in a list may be about anything."""
    found = standing_of_notice(item, linked)
    return found if found and found.supersedes else None


def _of_status(line: str, linked: Linked) -> Standing | None:
    """A line below the heading "Status", where the label is left out."""
    return standing_of_value(line, linked) or standing_of_label(line, linked) or _replaces(line, linked)


def _top(document: Document) -> Iterator[tuple[Block, str]]:
    """The blocks at the top of the document and those of sections about the document itself, each with its section: ""
    or "status"."""
    headings, section, start = 0, "", document.blocks[0].start
    for block in document.blocks[:TOP_BLOCKS]:
        if block.start - start > TOP_CHARACTERS or headings > TOP_HEADINGS:
            return
        if block.kind == "heading":
            headings += 1
            name = _plain(document.text[block.start : block.end].split("\n")[0]).lower().strip(" #:")
            section = "" if name != "status" and (headings == 1 or name in _ABOUT_ITSELF) else name
        elif section in ("", "status") and block.kind != "code":
            yield block, section


def _labels(lines: list[str]) -> Iterator[str]:
    """The leading pieces of the form "Name: value"; a line may hold several."""
    for line in lines:
        for piece in _BETWEEN.split(line):
            if not _LABELLED.match(piece):
                return
            yield piece


def _pair(row: str) -> str:
    """A table row of a label and a value as "label: value"; "" for any other row."""
    cells = [cell.strip() for cell in row.strip("| ").split("|")]
    if len(cells) == 1:
        named = _UNDER_NAMES.fullmatch(cells[0])
        return f"{named[1]}: {named[2]}" if named else cells[0]
    if len(cells) != 2 or not all(cells):
        return ""
    return f"{cells[0].rstrip(':')}: {cells[1]}"


def _plain(line: str) -> str:
    """A line without its markup: quotes, lists, emphasis, callouts, struck-out text, link targets."""
    line = _LINK.sub(lambda link: link[1] or link[2], _STRUCK.sub("", line[:MAX_PLAIN_CHARACTERS]))
    line = _LEAD.sub("", line.replace("**", "").replace("__", "").replace("*", "").replace("`", ""))
    return _LEAD.sub("", _CALLOUT.sub("", line)).strip().strip("_").strip()


def _links_of(document: Document, block: Block) -> Linked:
    return [(link.text, link.target) for link in document.links if block.start <= link.start < block.end][:20]
