"""The allowed values of a setting in words, for error messages."""

from typing import Any, Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo


def allowed_values(field: FieldInfo) -> str | None:
    """The words that follow "must be" in a message; None if the type and its bounds don't say everything."""
    kinds = [kind for kind in get_args(field.annotation) if kind is not type(None)]
    kind: Any = kinds[0] if len(kinds) == 1 and get_origin(field.annotation) is not Literal else field.annotation
    if kind is bool:
        return "true or false"
    if get_origin(kind) is Literal:
        *most, last = (repr(value) for value in get_args(kind))
        return f"{', '.join(most)} or {last}"
    if kind in (int, float):
        return _number("a whole number" if kind is int else "a number", field)
    least, most_long = _bound(field, "min_length"), _bound(field, "max_length")
    if kind in (str, SecretStr) and least is not None:
        return f"{least} to {most_long} characters" if most_long is not None else f"{least} characters or more"
    return None


def _number(noun: str, field: FieldInfo) -> str:
    least, above, most = (_bound(field, name) for name in ("ge", "gt", "le"))
    if least is not None and most is not None:
        return f"{noun} from {_plain(least)} to {_plain(most)}"
    low = (
        f" of {_plain(least)} or more" if least is not None else f" above {_plain(above)}" if above is not None else ""
    )
    high = f", {_plain(most)} at most" if most is not None else ""
    return f"{noun}{low}{high}"


def _bound(field: FieldInfo, name: str) -> Any:
    return next((value for known in field.metadata if (value := getattr(known, name, None)) is not None), None)


def _plain(bound: float) -> str:
    return str(int(bound)) if bound == int(bound) else str(bound)
