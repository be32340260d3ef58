"""JSON that is read in this process costs no more than its bounds."""

import pytest

from tools.ingestion.bounded_json import NotReadable, read_json


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'"' + b"a" * 20_000 + b'"', "is longer than 0.0 MB"),
        (b"[" + b"[]," * 6_000 + b"[]]", "holds more than 5,000 values"),
        (b"[" * 4_000 + b"]" * 4_000, "nests too deep"),
        (b'{"a": ', "is not JSON"),
        (b"9" * 9_000, "is not JSON"),
        (b'"\xff"', "is not UTF-8 text"),
    ],
    ids=["long", "many", "deep", "cut off", "digits", "bytes"],
)
def test_what_could_cost_more_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(NotReadable, match=reason):
        read_json(data, max_bytes=20_000, max_values=5_000)


def test_what_keeps_to_the_bounds_is_read() -> None:
    assert read_json(b'\xef\xbb\xbf{"a": [1, "b, c"]}', max_bytes=100, max_values=5) == {"a": [1, "b, c"]}
