"""JSON from anybody, read in this process: judged by its punctuation before an object of it is made.

Parsers of whole formats run in workers; rows and exports are read here by the hundred thousand, and what JSON can do
to a process is known: nest deep, which the parser notices, or be worth a hundred times its bytes in objects.
"""

import json
from typing import Any

MAX_VALUES = 1_000_000  # about 100 MB of objects at the worst


class NotReadable(ValueError):
    """The message is one lower-case clause."""


def read_json(data: bytes, *, max_bytes: int, max_values: int = MAX_VALUES) -> Any:
    """Raises NotReadable: too long, of too many values, nested too deep, not UTF-8 or not JSON."""
    if len(data) > max_bytes:
        raise NotReadable(f"is longer than {max_bytes / 1e6:,.1f} MB")
    # Every value but the first stands behind one of these; those inside of texts are counted too.
    if data.count(b",") + data.count(b"[") + data.count(b"{") > max_values:
        raise NotReadable(f"holds more than {max_values:,} values")
    try:
        return json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise NotReadable("is not UTF-8 text") from None
    except RecursionError:
        raise NotReadable("nests too deep") from None
    except ValueError:  # numbers of thousands of digits too
        raise NotReadable("is not JSON") from None
