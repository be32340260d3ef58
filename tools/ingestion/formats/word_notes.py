"""Footnotes and endnotes of a DOCX. They are separate parts; the body holds only their marks."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docx.opc.part import Part
    from docx.opc.rel import Relationships
    from docx.oxml.xmlchemy import BaseOxmlElement

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_NOTE_OF = {f"{_W}{kind}Reference": f"{_W}{kind}" for kind in ("footnote", "endnote")}
MARKS = frozenset(_NOTE_OF)


@dataclass(frozen=True, slots=True)
class Note:
    """The element with the note's paragraphs, and the targets of its links."""

    element: "BaseOxmlElement"
    targets: "Relationships"


class Notes:
    """Returns each note once, for its first mark. Word writes one mark a note; more may be an attack."""

    def __init__(self, body: "Part") -> None:
        self._waiting: dict[tuple[str, str], Note] = {}
        for kind in ("/footnotes", "/endnotes"):
            named = (each for each in body.rels.values() if each.reltype.endswith(kind) and not each.is_external)
            if (relation := next(named, None)) is not None:
                self._enter(relation.target_part)

    def of(self, mark: "BaseOxmlElement") -> Note | None:
        return self._waiting.pop((_NOTE_OF[mark.tag], _id(mark)), None)

    def _enter(self, part: "Part") -> None:
        from docx.oxml import parse_xml

        for element in parse_xml(part.blob):
            self._waiting[(element.tag, _id(element))] = Note(element, part.rels)


def _id(element: Any) -> str:
    return str(element.get(f"{_W}id"))
