"""A pair encoder that is asked one call at a time and doesn't read again what it has just read."""

import hashlib
import threading
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from tools.ports import FloatArray

REMEMBERED = 512
"""Pairs of the latest calls. A claim is verified when its sentence is written and again with the whole draft; the chain
that was chosen is read once more as the answer."""


class Encoder(Protocol):
    classes: int

    def logits(self, pairs: Sequence[tuple[str, str]], /) -> FloatArray: ...


class RememberingEncoder:
    """Safe to use from several threads: one batch at a time, several would only share the same processors."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._turn = threading.Lock()
        self._known: dict[bytes, FloatArray] = {}

    def logits(self, pairs: Sequence[tuple[str, str]]) -> FloatArray:
        """Shape (n, classes), as the encoder's own; of equal pairs one is read."""
        keys = list(map(_key, pairs))
        with self._turn:
            unread = {key: pair for key, pair in zip(keys, pairs, strict=True) if key not in self._known}
            if unread:
                self._known |= dict(zip(unread, self._encoder.logits(list(unread.values())), strict=True))
            found = [self._known[key] for key in keys]
            for key in list(self._known)[: max(0, len(self._known) - REMEMBERED)]:
                del self._known[key]
        return np.array(found, dtype=np.float32).reshape(len(pairs), self._encoder.classes)


def _key(pair: tuple[str, str]) -> bytes:
    """What is remembered of a pair holds nothing that could be read."""
    return hashlib.blake2b("\0".join(pair).encode("utf-8", "replace"), digest_size=16).digest()
