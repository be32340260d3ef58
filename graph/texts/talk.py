"""Who says what in a chat or a transcript, and which question a turn replies to."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice

from graph.questions.asked_names import people_in
from graph.texts.words import content_words

_SPEAKER = re.compile(r"\s*([A-Z][\w.'’-]{0,30}(?: [A-Z][\w.'’-]{0,30}){0,2}):\s+(?=\S)")
_CLOCK = r"\d{1,2}[:.]\d{2}(?::\d{2})?(?:\s?[AaPp]\.?[Mm]\.?)?(?: UTC)?"
_DAY = r"(?:\d{4}-\d{2}-\d{2}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4})"
_STAMP = rf"(?:{_DAY}[T,]?\s{{0,2}})?{_CLOCK}"
_STAMPED_SPEAKER = re.compile(
    rf"[ \t\u200e]*(?:[\[(](?P<within>{_STAMP})[\])][ \t]{{0,2}}(?:-[ \t])?|(?P<plain>{_STAMP})[ \t](?:-[ \t])?)"
    r"[@*_<]{0,2}(?P<after>(?:~\s)?(?:[^\W\d_][^\n:*<>()\[\]]{0,60}|\+\d[\d\s-]{5,20}))[*_>]{0,2}:[*_]{0,2}[ \t]+(?=\S)"
    rf"|[ \t]*[*_]{{2}}(?P<before>[^\W\d_][^\n:*<>()\[\]]{{0,80}})[*_]{{2}}[ \t]\((?P<behind>{_STAMP})\):[ \t]+(?=\S)"
)
"""As messengers export their chats: "[09:12] Noor: …", "12/03/2026, 09:12 - Noor: …", "**Noor** (2026-03-12 09:12): …",
in which nobody else than a speaker can stand."""

_NAME = r"[A-ZÀ-ÖØ-Þ][\w.'’-]{0,30}(?: [A-ZÀ-ÖØ-Þ][\w.'’-]{0,30}){0,3}"
_LINE_ABOVE = re.compile(
    rf"[ \t]*(?:(?P<name>{_NAME})[ \t]{{1,4}}[\[(]?(?P<at>{_STAMP})[\])]?"
    rf"|[\[(](?P<first>{_STAMP})[\])][ \t]{{1,4}}(?P<then>{_NAME}))\s*$"
)
"""As a chat is copied from its window: "Noor Haddad  9:12 AM" or "[09:12] Noor Haddad" above what is said."""

_AT_A_TIME = re.compile(r"(?:Time|Date|When):\s+(?P<at>\d[^\n]{0,30})")
_USER_NAME = re.compile(r"(?:[A-Z][a-z'’-]{1,20}){2,3}")
_TALKS = re.compile(r"[!?]|\b(?:I|[Mm]e|[Mm]y)\b")
_NOBODY = frozenset(
    """a answer answers caution critical date debug error example examples fatal from important info note notes q
    question questions reminder step subject summary time tip tips to trace update warn warning""".split()  # noqa: SIM905
)
"""Labels that stand on many lines of a text, and are nobody's."""

_ENDS_TALK = re.compile(r"\s*(?:#{1,6}\s|\||---|[A-Z][\w ]{0,40}: )")
_ASKED = re.compile(r"[?？؟][\s\"'”’»)\]*_:;-]{0,8}$")
_ROW = re.compile(r"\s*[^:;.\n]{1,60}: [^;\n]*;\s*[^:;.\n]{1,60}: ")
"""As rows of tables are read: two columns are named, and nobody speaks."""

_OPENS_TOPIC = re.compile(
    r"\W*(?:(?:also|and|so|but|oh|hey|by the way),? )?"
    r"(?:have you|did you|do you (?:know|remember)|ha(?:ve|s) any|anyone|anybody|remember|guess|you know|ever)\b",
    re.IGNORECASE,
)
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_QUESTION = re.compile(r"[^.!?…\n]{2,300}\?(?![^\s\"'”’»)\]*_])")

MAX_LINES = 2_000
"""Of a passage that are looked through for speakers."""

MIN_TALKING = 2
MIN_LINES_ABOVE = 2
MAX_TOGETHER = 400
"""Characters of a turn that are read together."""

MAX_ASKED_IN = 1_000
"""Characters of a turn in which questions are looked for, its last ones."""

MAX_BETWEEN = 4
"""Turns from a question to a reply, in a group that answers it one after the other."""

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Turn:
    """What one person says before another does. Its line begins at `start`, their words at `said_from`; all are offsets
    into the text. `at` is when, as the text writes it."""

    speaker: str
    start: int
    said_from: int
    end: int
    at: str = ""


@lru_cache(maxsize=1_024)
def is_chat(text: str) -> bool:
    """Whether people talk to each other. Minutes only say who said what."""
    return _is_talk(text, turns_in(text))


def _is_talk(text: str, turns: Sequence[Turn]) -> bool:
    """Whether at least two turns ask, call out or say "I"."""
    talking = (turn for turn in turns if _TALKS.search(text, turn.said_from, turn.end))
    return sum(1 for _ in islice(talking, MIN_TALKING)) == MIN_TALKING


@lru_cache(maxsize=1_024)
def turns_in(text: str) -> tuple[Turn, ...]:
    """The turns of a conversation, in order; none if the text is something else. A turn goes on until the next one, a
    heading, a table or another label; where only names tell turns apart, also until a blank line. Lines with a time are
    turns only where people talk to each other."""
    speakers = speakers_in(text)
    turns: list[Turn] = []
    begin, at, is_open, is_stamped = 0, "", False, False
    lines = text.split("\n", MAX_LINES)[:MAX_LINES]
    above = _lines_above(lines)
    for place, line in enumerate(lines):
        end = begin + len(line)
        if (label := above.get(place)) or (label := _label_of(line[:200], speakers)):
            name, said_from, own = label
            turns.append(Turn(name, begin, begin + said_from, end, own or at))
            is_open, is_stamped = True, bool(own or at)
        elif time := _AT_A_TIME.match(line):
            is_open, at = False, time["at"].strip()
        elif is_open and line.strip():
            is_open = _ENDS_TALK.match(line[:100]) is None
            if is_open:
                turns[-1] = replace(turns[-1], end=end)
        else:
            is_open = is_open and is_stamped
        begin = end + 1
    if not _is_talk(text, turns):  # a log has times and names, too
        turns = [turn for turn in turns if _SPEAKER.match(text, turn.start)]
    return tuple(turns)


def turn_at(text: str, offset: int) -> Turn | None:
    """The turn that the offset lies in."""
    turns = turns_in(text)
    at = _place_of(turns, offset)
    return turns[at] if at >= 0 and offset < turns[at].end else None


def question_before(text: str, offset: int) -> str:
    """The question that what is said at the offset may reply to: the last one that somebody else asked, at most
    `MAX_BETWEEN` turns before. "How long is it?" comes behind the one before it, in place of "And you?" stands that
    one, whoever asked it. Empty if there is none."""
    turns = turns_in(text)
    at = _place_of(turns, offset)
    if at < 1 or offset >= turns[at].end or not is_chat(text):
        return ""
    speaker: str | None = turns[at].speaker
    telling: list[str] = []
    for turn in reversed(turns[max(0, at - MAX_BETWEEN) : at]):
        said_from = max(turn.said_from, turn.end - MAX_ASKED_IN)
        asked = _QUESTION.findall(text, said_from, turn.end) if turn.speaker != speaker else []
        for question in reversed(asked):
            words = len(content_words(question))
            if words > 1 or (words and not _OPENS_TOPIC.match(question)):
                telling.insert(0, " ".join(question.split()))
            if words > 1:
                return " ".join(telling)
            speaker = None
    return " ".join(telling)


def asked_in_turn(text: str, offset: int) -> tuple[str, ...]:
    """The questions that stand before the offset in its own turn."""
    turn = turn_at(text, offset)
    return tuple(_QUESTION.findall(text, max(turn.said_from, offset - MAX_ASKED_IN), offset)) if turn else ()


def _place_of(turns: Sequence[Turn], offset: int) -> int:
    """Of the last turn that begins before the offset; -1 if there is none."""
    return bisect_right(turns, offset, key=lambda turn: turn.start) - 1


def in_one_go(text: str, sentences: Iterable[Span]) -> list[Span]:
    """The sentences, those of one turn joined: a chat's answer is seldom one sentence, and "Sure!" says nothing by
    itself. Joined are at most `MAX_TOGETHER` characters. A question is put to others and says nothing by itself, but
    "Have you tried the oven?" tells what its speaker goes on about."""
    joined: list[Span] = []
    for start, end in sentences:
        if joined and _goes_on(text, joined[-1], (start, end)):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _goes_on(text: str, before: Span, after: Span) -> bool:
    """Whether both are told by the same person in the same turn, with nothing between them."""
    if after[1] - before[0] > MAX_TOGETHER or text[before[1] : after[0]].strip():
        return False
    turn = turn_at(text, before[0])
    if turn is None or after[1] > turn.end or not is_chat(text):
        return False
    if _is_asked(text, after):
        return False
    said_from = max(before[0], turn.said_from)
    return not _is_asked(text, before) or _OPENS_TOPIC.match(text, said_from) is not None


def _is_asked(text: str, sentence: Span) -> bool:
    start, end = sentence
    return _ASKED.search(text[max(start, end - 16) : end]) is not None


def name_of_speaker(label: str) -> str:
    """A speaker's name as people write it: `AdaLovelace` in two words."""
    return _HUMP.sub(" ", label)


@lru_cache(maxsize=512)
def speakers_in(text: str) -> frozenset[str]:
    """The labels of its lines that are people: at least two lines have one, and it is written as a person's name, or
    stands on several lines. "Alice" once is one where others are, where two lines ask, call out or say "I", or where it
    says at what time. A passage may also hold the one turn of a user name that was cut from the others."""
    lines = [line for line in text.split("\n", MAX_LINES)[:MAX_LINES] if line.strip() and not _ROW.match(line)]
    turns = [(label[1], line) for line in lines if (label := _SPEAKER.match(line[:100]))]
    labels = Counter(label for label, _ in turns if label.casefold() not in _NOBODY)
    if len(turns) < 2:
        is_cut = len(lines) == 1 or any(_TALKS.search(line) for _, line in turns)
        return frozenset(label for label in labels if is_cut and _USER_NAME.fullmatch(label))
    sure = frozenset(label for label, times in labels.items() if times > 1 or _is_name(label))
    is_talk = bool(sure) or any(_AT_A_TIME.match(line) for line in lines)
    if is_talk or sum(_TALKS.search(line) is not None for _, line in turns) > 1:
        return sure | frozenset(label for label in labels if " " not in label)
    return sure


def _lines_above(lines: Sequence[str]) -> dict[int, tuple[str, int, str]]:
    """The lines that only say who speaks and when, by their places, as `_label_of` has them: at least two with words
    below them; only a passage's last may have none, of a timetable's all but the last."""
    found = {place: label for place, line in enumerate(lines) if (label := _LINE_ABOVE.match(line[:120]))}
    telling = [place for place in found if place + 1 not in found and "".join(lines[place + 1 : place + 2]).strip()]
    if len(telling) < max(MIN_LINES_ABOVE, len(found) - 1):
        return {}
    return {
        place: (
            found[place]["name"] or found[place]["then"],
            len(lines[place]),
            found[place]["at"] or found[place]["first"],
        )
        for place in telling
    }


def is_line_above(text: str, start: int, end: int) -> bool:
    """Whether this is a line that only says who speaks and when."""
    turn = turn_at(text, start)
    return turn is not None and turn.start <= start and end <= turn.said_from and "\n" not in text[start:end]


def _label_of(head: str, speakers: frozenset[str]) -> tuple[str, int, str] | None:
    """For the beginning of a line: who speaks, where their words begin, and at what time, if it says that."""
    if (label := _SPEAKER.match(head)) and label[1] in speakers and not _ROW.match(head):
        return label[1], label.end(), ""
    if label := _STAMPED_SPEAKER.match(head):
        at = label["within"] or label["plain"] or label["behind"]
        name = (label["after"] or label["before"]).strip()
        return None if name.casefold() in _NOBODY else (name, label.end(), at)
    return None


def _is_name(label: str) -> bool:
    return _USER_NAME.fullmatch(label) is not None or people_in(label) == (label,)
