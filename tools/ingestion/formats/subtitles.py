"""Reads WebVTT and SubRip with webvtt-py: the transcripts of meetings and recordings, a line for each turn.

A turn stands as messengers export one, `[00:03:12] Carla: …`, so that whoever reads a conversation reads it, too.
"""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import unescape
from typing import Any

from tools.errors import UnreadableSource
from tools.ingestion.documents import Document, Limits, Metadata
from tools.ingestion.formats.charsets import decode
from tools.ingestion.formats.extraction import Extraction

PAUSE_SECONDS = 3.0
"""From which on captions without a speaker begin a new paragraph."""

MAX_TURN_CHARACTERS = 2_000
"""Of captions in one turn or paragraph; a lecture may be a single one."""

_NAMED = re.compile(r"\s*([^\W\d_][^\n:<>\[\]]{0,60}):\s+(?=\S)")
_MILLISECONDS = re.compile(r"[.,]\d{1,3}$")


@dataclass(frozen=True, slots=True)
class _Said:
    """One caption, or several of the same turn. Times are in seconds; `at` is the first as it is written."""

    speaker: str
    text: str
    at: str
    begins: float
    ends: float

    def goes_on_in(self, after: "_Said") -> bool:
        is_near = after.speaker != "" or after.begins - self.ends < PAUSE_SECONDS
        return self.speaker == after.speaker and is_near and len(self.text) + len(after.text) < MAX_TURN_CHARACTERS

    def with_more(self, after: "_Said") -> "_Said":
        return replace(self, text=f"{self.text} {after.text}", ends=after.ends)


class SubtitleReader:
    suffixes = (".vtt", ".srt")

    def read(self, data: bytes, source: str, limits: Limits) -> Document:
        captions = _captions(decode(data, source), source)
        if len(captions) > limits.max_blocks:
            raise UnreadableSource(source, f"holds more than {limits.max_blocks:,} captions")
        extraction = Extraction(source, limits)
        for turn in _turns([said for caption in captions if (said := _said(caption)).text]):
            extraction.add("paragraph", f"[{turn.at}] {turn.speaker}: {turn.text}" if turn.speaker else turn.text)
        return extraction.document(Metadata())


def _captions(text: str, source: str) -> Sequence[Any]:
    import webvtt
    from webvtt.errors import MalformedCaptionError, MalformedFileError

    kind = "srt" if source.lower().endswith(".srt") else "vtt"
    try:
        return list(webvtt.from_buffer(io.StringIO(text), format=kind).captions)
    except (MalformedCaptionError, MalformedFileError) as error:
        raise UnreadableSource(
            source, f"holds no captions of {kind.upper()} ({error or type(error).__name__})"
        ) from error


def _said(caption: Any) -> _Said:
    """A caption with who speaks: in a voice tag, or as "Carla: " before the words."""
    text, speaker = " ".join(unescape(caption.text).split()), " ".join(unescape(caption.voice or "").split())
    if not speaker and (named := _NAMED.match(text)):
        speaker, text = named[1].strip(), text[named.end() :]
    at = _MILLISECONDS.sub("", caption.start)
    return _Said(speaker, text, at, caption.start_in_seconds, caption.end_in_seconds)


def _turns(captions: Sequence[_Said]) -> Iterator[_Said]:
    """What is said in several captions, together. One without a name goes on with the turn before."""
    turn: _Said | None = None
    for said in captions:
        if turn and not said.speaker and said.begins - turn.ends < PAUSE_SECONDS:
            said = replace(said, speaker=turn.speaker)
        if turn and turn.goes_on_in(said):
            turn = turn.with_more(said)
            continue
        if turn:
            yield turn
        turn = said
    if turn:
        yield turn
