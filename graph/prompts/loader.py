"""Prompts are the `.md` files beside this module; `$name` stands for a variable.

Values are inserted as they are, never read as templates. A file may hold the system's part and the user's, apart by a
line `<!-- user -->`.
"""

import hashlib
from functools import cache
from pathlib import Path
from string import Template

from tools.ports import Message

FOLDER = Path(__file__).parent
USER_PART = "<!-- user -->"


def load_prompt(name: str, **variables: str) -> str:
    """The text of `name`.md with its variables filled in; raises ValueError for a missing or an unused one."""
    return "\n\n".join(message.content for message in load_messages(name, **variables))


def load_messages(name: str, **variables: str) -> list[Message]:
    """The same as one system message, and one of the user where the file has that part. Reads a file: call it in a
    thread."""
    text = _text_of(name)
    wanted, given = set(Template(text).get_identifiers()), set(variables)
    if missing := wanted - given:
        raise ValueError(f"prompt {name}.md needs a value for {', '.join(sorted(missing))}")
    if unused := given - wanted:
        raise ValueError(f"prompt {name}.md has no place for {', '.join(sorted(unused))}")
    system, _, user = text.partition(f"\n{USER_PART}\n")
    messages = [Message("system", Template(system.strip()).substitute(variables))]
    if user.strip():
        messages.append(Message("user", Template(user.strip()).substitute(variables)))
    return messages


def prompt_hashes() -> dict[str, str]:
    """The first twelve hexadecimal digits of every prompt file's SHA-256, for the records of a run."""
    return {path.stem: hashlib.sha256(path.read_bytes()).hexdigest()[:12] for path in sorted(FOLDER.glob("*.md"))}


@cache
def _text_of(name: str) -> str:
    path = FOLDER / f"{name}.md"
    if path.parent != FOLDER or not path.is_file():
        known = ", ".join(sorted(found.stem for found in FOLDER.glob("*.md")))
        raise ValueError(f"there is no prompt {name!r}; there are {known}")
    return path.read_text(encoding="utf-8")
