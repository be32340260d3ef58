"""What an endpoint counts is believed as far as it can be true."""

import math

import pytest
from langchain_core.messages import AIMessage

from tools.chat.tally import Tally


@pytest.mark.parametrize(("told", "counted"), [(30, 30), (50, 40), (-5, 0)])
def test_no_more_comes_from_the_cache_than_was_read_and_no_less_than_nothing(told: int, counted: int) -> None:
    tally = Tally([], None)
    details = {"cache_read": told}
    count = {"input_tokens": 40, "output_tokens": 4, "total_tokens": 44, "input_token_details": details}
    tally.add(AIMessage("Turku.", usage_metadata=count))
    assert tally.usage.cached_input_tokens == counted


def test_a_token_that_could_not_be_has_no_part_in_the_mean() -> None:
    tally = Tally([], None)
    tokens = [{"logprob": -0.5}, {"logprob": -math.inf}, {"logprob": None}]
    tally.add(AIMessage("Turku.", response_metadata={"logprobs": {"content": tokens}}))
    assert tally.final().mean_logprob == -0.5
