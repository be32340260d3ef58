"""Peak memory of this process and its descendants: an embedded store runs in a process of its own."""

import os
import resource
import sys
from pathlib import Path

_BYTES_OF_MAXRSS = 1 if sys.platform == "darwin" else 1024


def peak_megabytes() -> float:
    """Peak resident memory in MB (10⁶ bytes), summed over this process and its living descendants.

    Descendants are left out where there is no `/proc`.
    """
    own = os.getpid()
    kilobytes = [_peak_kilobytes(pid) for pid in (own, *descendants(own))]
    if kilobytes[0] is None:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _BYTES_OF_MAXRSS / 1e6
    return sum(value for value in kilobytes if value is not None) * 1024 / 1e6


def peak_of(pid: int) -> float:
    """The peak of one process alone; 0 where the system does not tell."""
    return (_peak_kilobytes(pid) or 0) * 1024 / 1e6


def descendants(pid: int) -> list[int]:
    found: list[int] = []
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = [int(child) for child in file.read_text().split()]
        except OSError:  # the thread has ended
            continue
        for child in children:
            found += [child, *descendants(child)]
    return found


def processor_seconds() -> float:
    """User and system time of this process, its ended children and its living descendants."""
    times = os.times()
    total = times.user + times.system + times.children_user + times.children_system
    ticks = os.sysconf("SC_CLK_TCK")
    for pid in descendants(os.getpid()):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(map(int, fields[11:15])) / ticks
    return total


def _peak_kilobytes(pid: int) -> int | None:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), None)
