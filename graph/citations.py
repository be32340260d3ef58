"""Citation marks: read in every shape models write them, checked against the evidence, written in one shape.

Shapes understood: `[1]`, `[1,3]`, `[1-3]`, `[1][2]`, `【1】`, `[^1]`, `[1†source]`, before or after the full stop,
doubled, or glued to the next sentence. A mark that no evidence answers to is removed, never shown.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tools.sentences import split_sentences

_NUMBERS = r"\^?\d{1,4}(?:\s*[,;–—-]\s*\^?\d{1,4})*"
_SOURCE_TAIL = r"\s*(?:†[^\]】\n]{0,80})?"
MARK = re.compile(
    rf"\s*(?:\[\s*(?:sources?\s*:?\s*)?({_NUMBERS}){_SOURCE_TAIL}\]|【\s*({_NUMBERS}){_SOURCE_TAIL}】)", re.IGNORECASE
)
_RANGE = re.compile(r"\^?(\d{1,4})(?:\s*[–—-]\s*\^?(\d{1,4}))?")
MAX_RANGE = 20
_WORDLESS = re.compile(r"^[\W_]*$")


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of a draft without its marks, and the evidence numbers it cites, in order of appearance."""

    text: str
    numbers: tuple[int, ...]


def without_marks(text: str) -> str:
    """The text with everything that reads as a mark taken out: documents can't forge citations."""
    return MARK.sub("", text)


def numbers_of(mark: str) -> tuple[int, ...]:
    """`"1, 3-5"` → (1, 3, 4, 5); a range backwards or longer than 20 counts its two ends only."""
    numbers: dict[int, None] = {}
    for first, last in _RANGE.findall(mark):
        low, high = int(first), int(last or first)
        span = range(low, high + 1) if 0 <= high - low < MAX_RANGE else (low, high)
        numbers.update(dict.fromkeys(span))
    return tuple(numbers)


def read_statements(draft: str, known: Collection[int]) -> list[Statement]:
    """Split a draft into sentences and give each the known marks written in or right behind it."""
    plain, marks = _lift_marks(draft)
    sentences = [(start, end) for start, end in split_sentences(plain) if not _WORDLESS.match(plain[start:end])]
    cited: list[dict[int, None]] = [{} for _ in sentences]
    for position, numbers in marks:
        owner = max((index for index, (start, _) in enumerate(sentences) if start < position), default=0)
        if sentences:
            cited[owner].update(dict.fromkeys(number for number in numbers if number in known))
    return [
        Statement(plain[start:end].strip(), tuple(numbers))
        for (start, end), numbers in zip(sentences, cited, strict=True)
    ]


def _lift_marks(draft: str) -> tuple[str, list[tuple[int, tuple[int, ...]]]]:
    """The draft without marks, and each mark's position in it."""
    plain: list[str] = []
    marks: list[tuple[int, tuple[int, ...]]] = []
    length = cursor = 0
    for match in MARK.finditer(draft):
        piece = draft[cursor : match.start()]
        plain.append(piece)
        length += len(piece)
        cursor = match.end()
        marks.append((length, numbers_of(match.group(1) or match.group(2))))
        if cursor < len(draft) and (draft[cursor].isalnum() and piece[-1:] not in ("", " ")):
            plain.append(" ")
            length += 1
    plain.append(draft[cursor:])
    return "".join(plain), marks


def renumber(used: Sequence[Sequence[int]]) -> dict[int, int]:
    """Evidence number → displayed marker, 1, 2, 3 … in order of first appearance."""
    order = dict.fromkeys(number for numbers in used for number in numbers)
    return {number: marker for marker, number in enumerate(order, start=1)}


def write_statement(text: str, markers: Sequence[int]) -> str:
    """A sentence with its marks in the one shape that readers see: `text [1][2]`."""
    return text + (" " + "".join(f"[{marker}]" for marker in markers) if markers else "")
