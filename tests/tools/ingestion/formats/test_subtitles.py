"""Transcripts of meetings: a line for each turn, with who speaks and when."""

import pytest

from tools.errors import UnreadableSource
from tools.ingestion.documents import Document, Limits
from tools.ingestion.formats.readers import read_document

MEETING = """WEBVTT

NOTE recorded by nobody

1
00:00:01.000 --> 00:00:04.000 align:start
<v Carla Mendez>Good morning! When do we open the hall?</v>

2
00:00:04.500 --> 00:00:07.000
<v Tom Osei>At seven,
I <i>think</i>.</v>

00:00:07.100 --> 00:00:09.000
<v Tom Osei>The caterer needs power &amp; water.</v>
"""


def read(text: str, source: str = "meeting.vtt") -> Document:
    return read_document(text.encode(), source, Limits())


def test_captions_of_one_speaker_are_one_turn() -> None:
    document = read(MEETING)
    assert document.text.split("\n\n") == [
        "[00:00:01] Carla Mendez: Good morning! When do we open the hall?",
        "[00:00:04] Tom Osei: At seven, I think. The caterer needs power & water.",
    ]
    assert document.title == "meeting"


def test_a_name_before_the_words_is_the_speaker_until_there_is_a_pause() -> None:
    text = (
        "1\n00:00:01,000 --> 00:00:02,500\nCarla: Hi.\n\n2\n00:00:02,600 --> 00:00:04,000\nWelcome!\n\n"
        "3\n00:01:04,000 --> 00:01:05,000\nNobody says who.\n"
    )
    assert read(text, "a.srt").text.split("\n\n") == ["[00:00:01] Carla: Hi. Welcome!", "Nobody says who."]


def test_without_speakers_a_pause_begins_a_paragraph_and_long_talk_is_cut() -> None:
    times = [f"00:{n // 60:02}:{n % 60:02}" for n in range(200)]
    cues = [f"{time}.000 --> {time}.900\nthe heron is a bird" for time in times]
    text = "\n\n".join(["WEBVTT", *cues, "00:10:00.000 --> 00:10:01.000\nIt flies."])
    paragraphs = read(text).text.split("\n\n")
    assert paragraphs[-1] == "It flies."
    assert max(map(len, paragraphs)) <= 2_000
    assert sum(paragraph.count("heron") for paragraph in paragraphs) == 200


@pytest.mark.parametrize(("text", "why"), [("hello", "holds no captions of VTT"), ("WEBVTT\n\n", "holds no text")])
def test_what_holds_no_captions_is_refused_by_name(text: str, why: str) -> None:
    with pytest.raises(UnreadableSource, match=rf"meeting\.vtt.*{why}"):
        read(text)
