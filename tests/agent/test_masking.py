"""What reaches a log holds no secrets and no personal data of a recognisable form."""

import logging

import pytest

from agent.masking import MASK, MaskingFormatter, masked


@pytest.mark.parametrize(
    "secret",
    [
        "sk-proj-abcdefghijklmnop1234",
        "xoxb-1234567890-abcdefgh",
        "xapp-1-A123-456-abcdef",
        "ghp_abcdefghijklmnopqrstuvwx",
        "AKIAABCDEFGHIJKLMNOP",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0abc.c2lnbmF0dXJl",
        "ada.brun+x@example.co.uk",
        "+49 30 1234567",
        "DE89 3704 0044 0532 0130 00",
        "4111 1111 1111 1111",
    ],
)
def test_a_secret_or_a_personal_datum_is_masked(secret: str) -> None:
    line = masked(f"the request of {secret} failed")
    assert secret not in line
    assert line == f"the request of {MASK} failed"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Authorization: Bearer abcdefghijkl", f"Authorization: Bearer {MASK}"),
        ("password='hunter2222'", f"password='{MASK}'"),
        ("postgres://ada:secret@db:5432/x", f"postgres://{MASK}@db:5432/x"),
    ],
)
def test_what_a_name_says_is_secret_is_masked_and_the_name_stays(line: str, shown: str) -> None:
    assert masked(line) == shown


@pytest.mark.parametrize(
    "line",
    [
        "passage 1234567890123 of roles.md",
        "The chain took 12.5 ms over 1,000 rows",
        "2026-11-24 10:15:00",
        "tokens: 512",
    ],
)
def test_an_ordinary_line_stays_as_it_is(line: str) -> None:
    assert masked(line) == line


def test_a_traceback_is_masked_too() -> None:
    try:
        raise ValueError("no such key: sk-abcdefghijklmnopqrst")
    except ValueError as error:
        record = logging.LogRecord("hopline", logging.ERROR, "x.py", 1, "failed for %s", ("a@b.org",), None)
        record.exc_info = (type(error), error, error.__traceback__)
    line = MaskingFormatter("%(message)s").format(record)
    assert "sk-abc" not in line
    assert "a@b.org" not in line
    assert "Traceback" in line
