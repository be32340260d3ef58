"""A fine-tuned encoder on onnxruntime: two texts in, a logit for each class out."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.ports import FloatArray

_INPUTS = ("input_ids", "token_type_ids", "attention_mask")
MAX_TOKENS = 256
MAX_THREADS = 2
BATCH_PAIRS = 4
"""Of similar length: what fills up shorter ones costs as much as text does."""


class PairEncoder:
    """`model.onnx` and `tokenizer.json` of one folder; safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        """Load both; blocks for about 0.2 s."""
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = max(1, min(MAX_THREADS, os.cpu_count() or 1))
        options.log_severity_level = 3
        # Threads that wait by spinning take the processor from whoever else answers.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self.classes = int(self._session.get_outputs()[0].shape[-1])
        self._inputs = inputs_among([one.name for one in self._session.get_inputs()])
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS, strategy="longest_first")

    def logits(self, pairs: Sequence[tuple[str, str]]) -> FloatArray:
        """Shape (n, classes), in the order it was trained with. Of a pair that is too long the longer text is cut."""
        encoded = self._tokenizer.encode_batch(list(pairs))
        order = sorted(range(len(pairs)), key=lambda at: len(encoded[at].ids))
        found = np.zeros((len(pairs), self.classes), dtype=np.float32)
        for start in range(0, len(order), BATCH_PAIRS):
            batch = order[start : start + BATCH_PAIRS]
            inputs = side_by_side([encoded[at] for at in batch], self._inputs)
            found[batch] = self._session.run(None, inputs)[0]
        return found


def inputs_among(names: Iterable[str]) -> tuple[str, ...]:
    """Those that an encoder has, in their order: not each tells its two texts apart by type."""
    held = frozenset(names)
    return tuple(name for name in _INPUTS if name in held)


def side_by_side(encoded: Sequence[Any], names: Sequence[str]) -> dict[str, NDArray[np.int64]]:
    """Encoded pairs as an encoder's inputs of these names, each of shape (pairs, tokens). Shorter ones are filled up
    behind; the mask leaves that out, whatever stands there."""
    width = max(len(one.ids) for one in encoded)
    columns = {
        "input_ids": [one.ids for one in encoded],
        "token_type_ids": [one.type_ids for one in encoded],
        "attention_mask": [one.attention_mask for one in encoded],
    }
    return {
        name: np.array([[*row, *[0] * (width - len(row))] for row in columns[name]], dtype=np.int64) for name in names
    }
