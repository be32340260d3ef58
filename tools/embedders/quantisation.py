"""Weights of eight bits for an exported model: matrix products in integers, about twice as fast on a CPU."""

import os
from pathlib import Path


def quantise(exported: Path) -> Path:
    """`model-int8.onnx` beside the exported model, made on the first call (some seconds).

    A scale a column: with one a matrix, vectors turned by up to 34 degrees instead of 16 (cosines of .83 and .96).
    """
    quantised = exported.with_name("model-int8.onnx")
    if not quantised.is_file():
        from onnxruntime.quantization import QuantType, quantize_dynamic

        draft = quantised.with_name(f".{quantised.name}.{os.getpid()}")
        quantize_dynamic(str(exported), str(draft), weight_type=QuantType.QInt8, per_channel=True)
        draft.replace(quantised)
    return quantised
