"""Reads JSON from outside. It may nest deeply or need a hundred times its size in memory: only read it in a worker."""

import json
from typing import Any

from tools.errors import UnreadableSource


def read_json(data: bytes, source: str) -> Any:
    """Raises UnreadableSource."""
    try:
        return json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UnreadableSource(source, "is not UTF-8 text") from None
    except RecursionError:
        raise UnreadableSource(source, "nests too deep") from None
    except ValueError:  # also for numbers of thousands of digits
        raise UnreadableSource(source, "is not JSON") from None
