"""The process that parses: `python -m tools.ingestion.parsing.worker_process`, started by `workers.py`.

Tasks come in as pickles from the parent process. Replies go out as JSON, so that a worker taken over by a hostile file
can't make the parent run anything.
"""

import json
import os
import pickle
import resource
import struct
import sys
from typing import IO, Any

from tools.errors import UnreadableSource
from tools.ingestion.documents import UnclearRights
from tools.ingestion.parsing.tasks import Task

LENGTH = struct.Struct("<Q")
# A worker parses many files; once it has used half of its memory, it is replaced.
_RETIRING_SHARE = 0.5


def main() -> int:
    """Arguments: memory in bytes, seconds for one task."""
    memory_bytes, seconds = int(sys.argv[1]), int(sys.argv[2])
    tasks, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    _turn_away_from_the_pipes()
    _limit(resource.RLIMIT_AS, memory_bytes)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)  # a parser writes no files
    replies.write(b"ready\n")
    replies.flush()
    while True:
        head = tasks.read(LENGTH.size)
        if len(head) < LENGTH.size:
            return 0
        reply = _reply_to(tasks, LENGTH.unpack(head)[0], memory_bytes, seconds)
        peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        reply["retires"] = bool(reply.pop("spent", False)) or peak_bytes > memory_bytes * _RETIRING_SHARE
        data = json.dumps(reply).encode()
        replies.write(LENGTH.pack(len(data)) + data)
        replies.flush()
        if reply["retires"]:
            return 0


def _reply_to(tasks: IO[bytes], length: int, memory_bytes: int, seconds: int) -> dict[str, Any]:
    _limit_processor_time(seconds)
    too_large = {"refused": f"needs more than {memory_bytes / 1e6:,.0f} MB of memory to be read", "spent": True}
    try:
        task: Task[Any] = pickle.loads(tasks.read(length))  # noqa: S301 - from the process that started this one
        return {"found": task.found()}
    except UnclearRights as error:
        return {"refused": error.reason, "unclear_rights": True}
    except UnreadableSource as error:
        return {"refused": error.reason}
    except MemoryError:
        return too_large
    except RecursionError:
        return {"refused": "nests too deep to be read"}
    except Exception as error:  # noqa: BLE001 - a parser's bug costs this file only, and is reported by name
        if isinstance(error.__context__, MemoryError):
            return too_large
        return {"refused": f"can't be read: its parser failed ({type(error).__name__}: {str(error)[:200]})"}


def _turn_away_from_the_pipes() -> None:
    """Redirect standard output, so that what a library prints can't get between the replies."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.close(nothing)


def _limit(what: int, value: int) -> None:
    _, hard = resource.getrlimit(what)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(what, (value, value))


def _limit_processor_time(seconds: int) -> None:
    """For this task. Normally the parent ends a task that takes too long; this works even if the parent is gone."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = int(spent.ru_utime + spent.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


if __name__ == "__main__":
    sys.exit(main())
