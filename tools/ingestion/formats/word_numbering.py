"""The numbers of list items in a DOCX. The file only says which list a paragraph belongs to; Word counts on display."""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tools.ingestion.formats.item_marks import INDENT, item_mark

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from docx.oxml.xmlchemy import BaseOxmlElement

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_LEVELS = 9
_MAX_STYLES = 50
"""How many styles based on one another to follow."""

_NUMBER = re.compile(r"\d{1,4}")
_PLAIN = re.compile(r"%\d[.)]?")
"""Number formats that are plain numbers, "1.", unlike "1.1" or "Step 1:"."""


@dataclass(frozen=True, slots=True)
class _Level:
    """`start` is 0 if its items have no numbers, or others than 1, 2, 3."""

    start: int = 0


@dataclass(slots=True)
class _Counted:
    """The numbers counted so far in a list, by level."""

    levels: dict[int, _Level]
    reached: dict[int, int] = field(default_factory=dict)

    def next_of(self, level: int) -> int:
        self.reached = {deeper: number for deeper, number in self.reached.items() if deeper <= level}
        start = self.levels.get(level, _Level()).start
        self.reached[level] = self.reached[level] + 1 if level in self.reached else start
        return self.reached[level] if start else 0


class Numbering:
    """Returns the mark of each list item, in document order."""

    def __init__(self, document: "WordDocument") -> None:
        self._styles = {style.get(f"{_W}styleId"): style for style in document.styles.element.iter(f"{_W}style")}
        self._lists = _lists(document)

    def mark_of(self, paragraph: "BaseOxmlElement") -> str | None:
        """The item's mark, "2. " or "- ", indented by its level; None for a paragraph that is no list item."""
        found = self._list_of(paragraph)
        if found is None:
            return None
        counted, level = found
        return INDENT * level + item_mark(counted.next_of(level))

    def _list_of(self, paragraph: "BaseOxmlElement") -> tuple[_Counted, int] | None:
        """The list and level of a paragraph, given by itself or by its style."""
        element: Any = paragraph
        for _ in range(_MAX_STYLES):
            said = element.find(f"{_W}pPr/{_W}numPr")
            if said is not None and (name := _value(said, "numId")) is not None:
                counted = self._lists.get(name)
                return (counted, min(_number(_value(said, "ilvl"), 0), _LEVELS - 1)) if counted else None
            tag = f"{_W}pPr/{_W}pStyle" if element is paragraph else f"{_W}basedOn"
            based = element.find(tag)
            element = self._styles.get(based.get(f"{_W}val")) if based is not None else None
            if element is None:
                return None
        return None


def _lists(document: "WordDocument") -> dict[str, _Counted]:
    """Lists by number. Lists with the same definition continue counting, unless one restarts."""
    from docx.opc.constants import RELATIONSHIP_TYPE

    try:
        root = document.part.part_related_by(RELATIONSHIP_TYPE.NUMBERING).element  # type: ignore[attr-defined]
    except KeyError:
        return {}
    defined: dict[str | None, _Counted] = {}
    for definition in root.iter(f"{_W}abstractNum"):
        levels = {_number(level.get(f"{_W}ilvl"), 0): _level(level) for level in definition.iter(f"{_W}lvl")}
        defined[definition.get(f"{_W}abstractNumId")] = _Counted(levels)
    lists: dict[str, _Counted] = {}
    for one in root.iter(f"{_W}num"):
        base = defined.get(_value(one, "abstractNumId"))
        if base is not None:
            anew = {
                _number(level.get(f"{_W}ilvl"), 0): _Level(_number(_value(level, "startOverride"), 1))
                for level in one.iter(f"{_W}lvlOverride")
                if _value(level, "startOverride") is not None
            }
            counts = {at: level for at, level in anew.items() if base.levels.get(at, _Level()).start}
            lists[str(one.get(f"{_W}numId"))] = _Counted(base.levels | counts) if counts else base
    return lists


def _level(level: Any) -> _Level:
    shown = _value(level, "lvlText") or ""
    is_plain = _value(level, "numFmt") == "decimal" and _PLAIN.fullmatch(shown.strip()) is not None
    return _Level(max(1, _number(_value(level, "start"), 1))) if is_plain else _Level()


def _value(element: Any, name: str) -> str | None:
    found = element.find(f"{_W}{name}")
    return None if found is None else found.get(f"{_W}val")


def _number(written: str | None, otherwise: int) -> int:
    return int(written) if written and _NUMBER.fullmatch(written) else otherwise
