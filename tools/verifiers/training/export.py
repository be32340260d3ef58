"""Writes a trained encoder in the form that answers: ONNX with 8-bit weights, beside its tokenizer."""

import tempfile
import warnings
from pathlib import Path
from typing import Any

from tools.verifiers.pair_encoder import INPUTS
from tools.verifiers.training.encoder import TrainableEncoder

_OPSET = 17


def export(encoder: TrainableEncoder, folder: Path) -> None:
    """Write `model.onnx` and `tokenizer.json` into the folder."""
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic

    folder.mkdir(parents=True, exist_ok=True)
    axes = {0: "pairs", 1: "tokens"}
    with tempfile.TemporaryDirectory() as place, warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        whole = Path(place) / "whole.onnx"
        torch.onnx.export(
            _logits_of(encoder.network),
            tuple(torch.ones((2, 8), dtype=torch.long) for _ in INPUTS),
            str(whole),
            input_names=list(INPUTS),
            output_names=["logits"],
            dynamic_axes=dict.fromkeys(INPUTS, axes) | {"logits": {0: "pairs"}},
            opset_version=_OPSET,
            dynamo=False,
        )
        quantize_dynamic(whole, folder / "model.onnx", weight_type=QuantType.QInt8, per_channel=True)
    encoder.tokenizer.no_padding()
    encoder.tokenizer.no_truncation()
    encoder.tokenizer.save(str(folder / "tokenizer.json"), pretty=False)


def _logits_of(network: Any) -> Any:
    import torch

    class Logits(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, input_ids: Any, token_type_ids: Any, attention_mask: Any) -> Any:
            return self.network(
                input_ids=input_ids, token_type_ids=token_type_ids, attention_mask=attention_mask
            ).logits

    return Logits().eval()
