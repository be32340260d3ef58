"""Whether HOPLINE_HOME can be what it is for: a folder, there or to be made, that can be written."""

import os
from dataclasses import dataclass
from pathlib import Path

from agent.settings import Settings
from tools.errors import InvalidSetting

READ_ONLY = "can't be written"


@dataclass(frozen=True, slots=True)
class Fault:
    """`what` is a clause about the home, `advice` a sentence."""

    what: str
    advice: str


def check_home(settings: Settings) -> None:
    """Raises InvalidSetting. Where all that is kept is on servers, nothing needs to be written to the home."""
    fault = fault_of(settings.home)
    if fault is None or (fault.what == READ_ONLY and settings.milvus_uri and settings.database):
        return
    raise InvalidSetting(f"HOPLINE_HOME: {settings.home.absolute()} {fault.what}. {fault.advice}")


def fault_of(home: Path) -> Fault | None:
    """Looks, and makes nothing."""
    try:
        if home.is_dir():
            is_writable = os.access(home, os.W_OK | os.X_OK)
            return None if is_writable else Fault(READ_ONLY, "Make it writable, or set it to a folder that is.")
        if home.exists():
            return Fault("is a file", "Set it to a folder, or move the file away.")
        if home.is_symlink():
            return Fault("is a link to nothing", "Make the folder that it points to, or set it to another one.")
        return _fault_of_making(home.absolute())
    except OSError as error:
        return Fault(f"can't be looked at ({error.strerror})", "Set it to a folder that can be read and written.")


def _fault_of_making(home: Path) -> Fault | None:
    nearest = next(parent for parent in home.parents if os.path.lexists(parent))
    if not nearest.is_dir():
        return Fault(f"can't be made: {nearest} is not a folder", "Set it to a place below a folder.")
    if not os.access(nearest, os.W_OK | os.X_OK):
        return Fault(f"can't be made: {nearest} {READ_ONLY}", "Make that writable, or set it to another place.")
    return None
