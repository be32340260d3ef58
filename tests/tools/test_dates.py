"""One date, however it is written, reads as one; what only looks like a date stays."""

import pytest

from tools.dates import in_one_notation


@pytest.mark.parametrize(
    "written",
    ["2024-09-03", "3 September 2024", "September 3, 2024", "Sept. 3rd, 2024", "3rd of Sep 2024", "Sep 3 2024"],
)
def test_a_full_date_is_read_the_same_in_every_notation(written: str) -> None:
    assert in_one_notation(f"Opened: {written}; by Ada") == "Opened: 3 September 2024; by Ada"


@pytest.mark.parametrize("text", ["2024-09-03-7", "ID-2024-09-03", "2024-13-03", "May 2024", "Mayor 3, 2024", "3 to 5"])
def test_what_is_no_full_date_stays(text: str) -> None:
    assert in_one_notation(text) == text
