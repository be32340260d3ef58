"""Weights and activations of eight bits for an exported model: matrix products in integers, 1.6 times as fast in
all on a CPU that has instructions for them.

`python -m tools.embedders.quantisation EXPORTED_FILE TOKENIZER_FILE TARGET_FILE` makes it and says how near it comes.
"""

import os
import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.embedders.description import UnsupportedModelError
from tools.ports import FloatArray
from tools.quantisation import LEVELS, LEVELS_WITHOUT_OVERFLOW, has_products, in_eight_bits

CPU_INFO = Path("/proc/cpuinfo")
PLAIN = "plain"
MIN_COSINE = 0.99
"""Of a sample's mean vectors: all-MiniLM-L6-v2 has .996 at the least, .994 on a PLAIN processor."""
SAMPLE_TEXTS, SAMPLE_TOKENS = 64, 64
_SEED = 7


def processor() -> str:
    """What of the processor the products of eight bits depend on: "vnni" where it has instructions for them, PLAIN
    where it is an x86 without, else, or where the system doesn't tell, what kind it is."""
    flags = None
    with suppress(OSError), CPU_INFO.open(encoding="utf-8", errors="replace") as lines:
        # The first core's are enough: the system takes long to tell of a hundred.
        flags = next((line.split() for line in lines if line.startswith("flags")), None)
    if flags is None:
        return platform.machine() or "unknown"
    return "vnni" if {"avx512_vnni", "avx_vnni"} & set(flags) else PLAIN


def quantise(exported: Path, tokenizer: Path, target: Path) -> FloatArray:
    """Write `target`, the exported model in eight bits; returns the cosines of its vectors to the exact ones, on texts
    of random words. Raises UnsupportedModelError, with the reason, when they differ too much."""
    import onnx

    sample = list(_sample(tokenizer))
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    model = onnx.load(str(exported))
    if not has_products(model):
        raise UnsupportedModelError("it has no products with weights that could be of eight bits")
    try:
        levels = LEVELS_WITHOUT_OVERFLOW if processor() == PLAIN else LEVELS
        onnx.save(in_eight_bits(model, sample, weight_levels=levels), str(draft))
        cosines = _cosines(exported, draft, sample)
        least = float(cosines.min())
        if not least > MIN_COSINE:
            raise UnsupportedModelError(f"on this processor its copy of eight bits differs (cosine {least:.3f})")
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return cosines


def _sample(tokenizer: Path) -> Iterator[dict[str, NDArray[np.int64]]]:
    """Inputs of random words of the model's own vocabulary: what a channel's range is depends little on the text."""
    from tokenizers import Tokenizer

    reader = Tokenizer.from_file(str(tokenizer))
    reader.no_padding()
    reader.enable_truncation(SAMPLE_TOKENS)
    chance = np.random.default_rng(_SEED)
    for _ in range(SAMPLE_TEXTS):
        words = chance.integers(0, reader.get_vocab_size(), SAMPLE_TOKENS)
        ids = np.asarray([reader.encode(reader.decode(words.tolist())).ids], dtype=np.int64)
        yield {"input_ids": ids, "attention_mask": np.ones_like(ids)}


def _cosines(exported: Path, quantised: Path, sample: Sequence[Mapping[str, Any]]) -> FloatArray:
    import onnxruntime

    exact, quick = (
        onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"]) for path in (exported, quantised)
    )
    cosines = []
    for inputs in sample:
        wanted, found = (session.run(None, dict(inputs))[0][0].mean(axis=0) for session in (exact, quick))
        cosines.append(wanted @ found / (np.linalg.norm(wanted) * np.linalg.norm(found)))
    return np.array(cosines, dtype=np.float32)


if __name__ == "__main__":
    compared = quantise(*map(Path, sys.argv[1:]))
    average, least = compared.mean(), compared.min()
    sys.stdout.write(f"cosines of {len(compared)} texts: {average:.4f} on average, {least:.4f} at the least\n")
