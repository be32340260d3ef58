"""Log lines that know which question they belong to; as text for people, or as one JSON object a line for machines."""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Literal

from agent.masking import MaskingFormatter, masked

_BOUND: ContextVar[Mapping[str, str]] = ContextVar("hopline_log_fields", default=MappingProxyType({}))


@contextmanager
def bound(**fields: str) -> Iterator[None]:
    """Every line logged inside carries these fields, whatever logs it: `bound(run_id="…")`.

    Not around a `yield` of an async generator: its parts may run in tasks of different contexts.
    """
    token = _BOUND.set({**_BOUND.get(), **fields})
    try:
        yield
    finally:
        _BOUND.reset(token)


def bind(**fields: str) -> None:
    """The same for the rest of the running task."""
    _BOUND.set({**_BOUND.get(), **fields})


def bound_fields() -> Mapping[str, str]:
    return _BOUND.get()


class TextFormatter(MaskingFormatter):
    """`WARNING hopline.language: … [run_id=…]`, masked."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the method of logging.Formatter
        fields = " ".join(f"{name}={value}" for name, value in bound_fields().items())
        line = super().formatMessage(record)
        return f"{line} [{fields}]" if fields else line


class JsonFormatter(logging.Formatter):
    """One object a line: time, level, logger, message, the bound fields, and the traceback as `error`. Values are
    masked one by one: a pattern that crossed a quotation mark would break the line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": masked(record.getMessage()),
            **{name: masked(value) for name, value in bound_fields().items()},
        }
        if record.exc_info:
            line["error"] = masked(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def formatter_of(log_format: Literal["text", "json"]) -> logging.Formatter:
    return JsonFormatter() if log_format == "json" else TextFormatter()
