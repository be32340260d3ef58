"""The `.env` file, checked before it is read: what can't be understood must not leave a setting out without a word."""

import io
from pathlib import Path

from dotenv.parser import parse_stream

from tools.errors import InvalidSetting

ENCODING = "utf-8-sig"


def names_in(file: Path, prefix: str) -> set[str]:
    """The variables that the file names; none when there is no file. Raises InvalidSetting for a line that can't be
    understood, for a variable of our `prefix` without a value, and for what is no file of UTF-8 text."""
    names: set[str] = set()
    for binding in parse_stream(io.StringIO(_text_of(file))):
        line = binding.original.line + _blank_lines_before(binding.original.string)
        if binding.error:
            raise InvalidSetting(
                f"{file}:{line}: can't be understood: write NAME=value, and close each quotation mark."
            )
        if binding.key is None:
            continue
        if binding.value is None and binding.key.upper().startswith(prefix):
            raise InvalidSetting(f"{file}:{line}: {binding.key} has no value: write {binding.key}=value.")
        names.add(binding.key)
    return names


def _text_of(file: Path) -> str:
    if not file.is_symlink() and not file.exists():
        return ""
    if file.exists() and not file.is_file():
        raise InvalidSetting(
            f"{file}: is not a regular file: settings are lines NAME=value in a text file of that name."
        )
    try:
        return file.read_text(encoding=ENCODING)
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise InvalidSetting(f"{file}:{line}: is not UTF-8 text: save the file as UTF-8.") from None
    except OSError as error:
        raise InvalidSetting(f"{file}: can't be read ({error.strerror}).") from None


def _blank_lines_before(binding: str) -> int:
    """A binding's text begins where the one before it ended."""
    return binding[: len(binding) - len(binding.lstrip())].count("\n")
