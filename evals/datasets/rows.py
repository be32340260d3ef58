"""Reads JSON rows; a wrong or truncated one is reported with file and line."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from tools.errors import InvalidDataset

Shape = TypeVar("Shape", bound=BaseModel)
_SPACE = " \t\r\n"


class RowShape(BaseModel):
    """Base of the row models. Unknown keys are annotation and are dropped; a number is accepted as text."""

    model_config = ConfigDict(extra="ignore", frozen=True, coerce_numbers_to_str=True, populate_by_name=True)


@dataclass(frozen=True, slots=True)
class Place:
    """The position of a row; `line` counts from 1."""

    file: Path
    line: int

    def error(self, problem: str) -> InvalidDataset:
        return InvalidDataset(f"{self.file}:{self.line}: {problem}")


@dataclass(frozen=True, slots=True)
class Row:
    place: Place
    value: object

    def as_shape(self, shape: type[Shape]) -> Shape:
        """The row as a model. Raises InvalidDataset naming file, line and field."""
        try:
            return shape.model_validate(self.value)
        except ValidationError as error:
            raise self.place.error(_problem(error)) from None


def read_rows(path: Path) -> Iterator[Row]:
    """Rows of a JSON Lines file or of one JSON array; the first character tells which."""
    return read_array(path) if first_character(path) == "[" else read_lines(path)


def first_character(path: Path) -> str:
    with _opened(path) as file:
        for line in file:
            stripped = line.decode("utf-8-sig", errors="replace").strip()
            if stripped:
                return stripped[0]
    raise InvalidDataset(f"{path}: the file is empty.")


def read_text_lines(path: Path) -> Iterator[tuple[Place, str]]:
    """Lines without line ends, and their positions; blank ones are skipped."""
    with _opened(path) as file:
        for number, line in enumerate(file, start=1):
            place = Place(path, number)
            text = _decoded(line, place).strip()
            if text:
                yield place, text


def read_lines(path: Path) -> Iterator[Row]:
    """Rows of a JSON Lines file; blank lines are skipped."""
    for place, text in read_text_lines(path):
        try:
            value = json.loads(text)
        except json.JSONDecodeError as error:
            raise place.error(f"not a complete JSON row ({error.msg}, column {error.colno})") from None
        except (ValueError, RecursionError) as error:
            raise place.error(f"not a row that can be read ({error})") from None
        yield _checked(Row(place, value), text)


def read_array(path: Path) -> Iterator[Row]:
    """Rows of one JSON array, decoded one by one so that an error can name the row."""
    with _opened(path) as file:
        text = _decoded(file.read(), Place(path, 1))
    decoder = json.JSONDecoder()
    position, line, number = text.index("[") + 1, 1, 0
    counted = 0
    while True:
        position = _skip(text, position, _SPACE)
        line, counted = line + text.count("\n", counted, position), position
        place = Place(path, line)
        if position >= len(text):
            raise place.error(f"the list is not closed after row {number}; the file is truncated")
        if text[position] == "]":
            return
        number, start = number + 1, position
        try:
            value, position = decoder.raw_decode(text, position)
        except json.JSONDecodeError as error:
            raise place.error(f"row {number} is not complete JSON ({error.msg}, line {error.lineno})") from None
        except (ValueError, RecursionError) as error:
            raise place.error(f"row {number} can't be read ({error})") from None
        yield _checked(Row(place, value), text[start:position])
        position = _skip(text, position, _SPACE)
        if text[position : position + 1] == ",":
            position += 1
        elif text[position : position + 1] not in ("]", ""):
            raise place.error(f"row {number} is followed by {text[position]!r} where a comma or ] belongs")


def _checked(row: Row, text: str) -> Row:
    """JSON can spell half a character (a lone surrogate), which can't be encoded later."""
    if "\\ud" in text.casefold():
        try:
            json.dumps(row.value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise row.place.error("it contains half a character (a lone surrogate)") from None
    return row


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise InvalidDataset(f"{path}: can't be read ({error.strerror}).") from None


def _decoded(raw: bytes, place: Place) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = place.line + raw.count(b"\n", 0, error.start)
        raise Place(place.file, line).error("not UTF-8 text") from None


def _skip(text: str, position: int, characters: str) -> int:
    while position < len(text) and text[position] in characters:
        position += 1
    return position


def _problem(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    message = str(first["msg"]).removeprefix("Value error, ")
    return f"{where}: {message}" if where else message
