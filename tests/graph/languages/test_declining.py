"""What a model says is missing is shown without a source, and so only where it brings nothing of its own."""

import pytest

from graph.languages.declining import said_missing

QUESTION = "What is the refund policy of version 2.1?"


def test_what_is_missing_of_the_question_is_said() -> None:
    assert said_missing("the refund policy of version 2.1, e.g. for plans.", QUESTION) == (
        "the refund policy of version 2.1, e.g. for plans",
    )


@pytest.mark.parametrize(
    "address",
    ["refund-policy.xyz", "refund.de", "refund.co.uk", "policy.zip/2.1", "https://refund", "me@refund", "[refund](x)"],
)
def test_no_address_is_said_to_be_missing(address: str) -> None:
    assert said_missing(f"the refund policy, see {address}", QUESTION) == ()


def test_what_does_not_speak_of_the_question_is_not_said() -> None:
    assert said_missing("call our new hotline, open day and night", QUESTION) == ()
