"""What was just read is not read again, and nothing else is forgotten or mixed up."""

from collections.abc import Sequence

import numpy as np
import pytest

from tools.pair_encoders import remembering
from tools.pair_encoders.remembering import RememberingEncoder
from tools.ports import FloatArray

PAIRS = [("Three years.", "How long"), ("In Utrecht.", "Where"), ("Ada Brun.", "Who"), ("Never.", "When"), ("", "")]


class Counting:
    """Two logits a pair that tell it from the others; `read` are how many pairs each call brought."""

    classes = 2

    def __init__(self) -> None:
        self.read: list[int] = []

    def logits(self, pairs: Sequence[tuple[str, str]]) -> FloatArray:
        self.read.append(len(pairs))
        return np.array([[len(first), len(second)] for first, second in pairs], dtype=np.float32)


def test_what_was_just_read_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembering, "REMEMBERED", 3)
    counting = Counting()
    encoder, alone = RememberingEncoder(counting), Counting()
    for asked in (PAIRS[:2] + PAIRS[:1], PAIRS[1:3], PAIRS[2:3]):
        assert np.array_equal(encoder.logits(asked), alone.logits(asked))
    assert counting.read == [2, 1]
    encoder.logits(PAIRS[3:])
    encoder.logits(PAIRS[:1])
    assert counting.read == [2, 1, 2, 1], "only the latest are remembered"


def test_no_pairs_have_no_logits() -> None:
    counting = Counting()
    assert RememberingEncoder(counting).logits([]).shape == (0, 2)
    assert not counting.read


def test_half_of_a_character_is_read_like_any_other() -> None:
    assert RememberingEncoder(Counting()).logits([("\ud800", "?")]).shape == (1, 2)
