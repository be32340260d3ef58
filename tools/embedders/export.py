"""Export a transformer to ONNX, once: `python -m tools.embedders.export MODEL_FOLDER TARGET_FILE`.

sentence-transformers isn't needed for it: pooling happens outside the exported graph.
"""

import os
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from tools.embedders.description import UnsupportedModelError

MIN_COSINE = 0.9999
_OPSET = 17
_SAMPLES = (
    "When was the director of the film born?",
    "Ångström, naïve café: 東京 🙂",
    "The policy of 2019 was superseded. " * 30,
    "x",
)


def export(model: Path, target: Path) -> None:
    """Trace the model, compare both on a few sentences, and put the file in place under its name at once."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    warnings.simplefilter("ignore")
    network = AutoModel.from_pretrained(model, local_files_only=True, attn_implementation="eager").eval()
    tokens = AutoTokenizer.from_pretrained(model, local_files_only=True)(
        list(_SAMPLES), padding=True, truncation=True, max_length=64, return_tensors="pt"
    )
    inputs = (tokens["input_ids"], tokens["attention_mask"])
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    axes = {0: "batch", 1: "tokens"}
    try:
        with torch.no_grad():
            expected = network(input_ids=inputs[0], attention_mask=inputs[1]).last_hidden_state.numpy()
            torch.onnx.export(
                _hidden_states_of(network),
                inputs,
                str(draft),
                input_names=["input_ids", "attention_mask"],
                output_names=["hidden"],
                dynamic_axes={"input_ids": axes, "attention_mask": axes, "hidden": axes},
                opset_version=_OPSET,
                dynamo=False,
            )
        _compare(draft, [part.numpy() for part in inputs], expected)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _hidden_states_of(network: Any) -> Any:
    import torch

    class HiddenStates(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            return self.network(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state

    return HiddenStates().eval()


def _compare(exported: Path, inputs: list[Any], expected: Any) -> None:
    """Every real token's vector must agree, sample by sample as well: shapes other than the traced one count."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(exported), providers=["CPUExecutionProvider"])
    ids, mask = inputs
    for row in range(len(ids)):
        length = int(mask[row].sum())
        one = {"input_ids": ids[row : row + 1, :length], "attention_mask": mask[row : row + 1, :length]}
        found, wanted = session.run(None, one)[0][0], expected[row, :length]
        norms = np.linalg.norm(found, axis=1) * np.linalg.norm(wanted, axis=1)
        cosine = float(((found * wanted).sum(axis=1) / norms).min())
        if not cosine > MIN_COSINE:
            raise UnsupportedModelError(f"the exported copy differs from the model (cosine {cosine:.6f})")


if __name__ == "__main__":
    export(Path(sys.argv[1]), Path(sys.argv[2]))
