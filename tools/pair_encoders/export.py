"""Writes a trained encoder in the form that answers: ONNX in eight bits, beside its tokenizer."""

import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools.pair_encoders.onnx_runtime import side_by_side
from tools.pair_encoders.training import TrainableEncoder
from tools.quantisation import LEVELS_WITHOUT_OVERFLOW, in_eight_bits, with_small_tables

_OPSET = 17


def export(encoder: TrainableEncoder, folder: Path, sample: Sequence[tuple[str, str]]) -> None:
    """Write `model.onnx` and `tokenizer.json` into the folder; the sample's pairs show how large activations become.
    What is shipped runs everywhere, so that its weights have the levels with which no processor overflows."""
    import onnx

    folder.mkdir(parents=True, exist_ok=True)
    encoder.tokenizer.no_padding()
    with tempfile.TemporaryDirectory() as place:
        whole = Path(place) / "whole.onnx"
        _export(encoder, whole)
        read = [encoder.tokenizer.encode(*pair) for pair in sample]
        inputs = [side_by_side([one], encoder.inputs) for one in read]
        model = in_eight_bits(onnx.load(str(whole)), inputs, weight_levels=LEVELS_WITHOUT_OVERFLOW)
    onnx.save(with_small_tables(model), str(folder / "model.onnx"))
    encoder.tokenizer.no_truncation()
    encoder.tokenizer.save(str(folder / "tokenizer.json"), pretty=False)


def _export(encoder: TrainableEncoder, file: Path) -> None:
    import torch

    axes = {0: "pairs", 1: "tokens"}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _logits_of(encoder),
            tuple(torch.ones((2, 8), dtype=torch.long) for _ in encoder.inputs),
            str(file),
            input_names=list(encoder.inputs),
            output_names=["logits"],
            dynamic_axes=dict.fromkeys(encoder.inputs, axes) | {"logits": {0: "pairs"}},
            opset_version=_OPSET,
            dynamo=False,
        )


def _logits_of(encoder: TrainableEncoder) -> Any:
    import torch

    class Logits(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.network = encoder.network

        def forward(self, *inputs: Any) -> Any:
            return self.network(**dict(zip(encoder.inputs, inputs, strict=True))).logits

    return Logits().eval()
