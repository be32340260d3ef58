"""JSON from anybody, to be read in a worker: it can nest deep, or be worth a hundred times its bytes in objects."""

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
    except ValueError:  # numbers of thousands of digits too
        raise UnreadableSource(source, "is not JSON") from None
