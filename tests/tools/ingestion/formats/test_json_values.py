import pytest

from tools.errors import UnreadableSource
from tools.ingestion.formats.json_values import read_json


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"[" * 100_000 + b"]" * 100_000, "nests too deep"),
        (b'{"a": ', "is not JSON"),
        (b"9" * 9_000, "is not JSON"),
        (b'"\xff"', "is not UTF-8 text"),
    ],
    ids=["deep", "cut off", "digits", "bytes"],
)
def test_what_is_no_json_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableSource, match=f"a.json: {reason}"):
        read_json(data, "a.json")


def test_a_byte_order_mark_is_no_part_of_it() -> None:
    assert read_json(b'\xef\xbb\xbf{"a": [1, "b, c"]}', "a.json") == {"a": [1, "b, c"]}
