"""A sentence-transformers folder of a dozen words, and an "exported" network for it that needs no torch."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "red", "green", "blue", "query", ":"]
DIMENSION = 6
MAX_TOKENS = 12


def word_vectors() -> Any:
    return np.random.default_rng(7).normal(size=(len(WORDS), DIMENSION)).astype(np.float32)


def write_folder(folder: Path, *, pooling: dict[str, Any] | None = None, **extra: Any) -> Path:
    """Write all settings files; `extra` maps a file's stem to what it says instead."""
    files: dict[str, Any] = {
        "modules": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ],
        "sentence_bert_config": {"max_seq_length": MAX_TOKENS, "do_lower_case": False},
        "config": {"max_position_embeddings": 512},
        **extra,
    }
    (folder / "1_Pooling").mkdir(parents=True)
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling or {"pooling_mode_mean_tokens": True}))
    (folder / "model.safetensors").write_bytes(b"weights")
    _tokenizer().save(str(folder / "tokenizer.json"))
    return folder


def write_network(path: Path) -> Path:
    """Hidden state of a token = its word's vector: pooled vectors can be computed by hand."""
    path.parent.mkdir(parents=True, exist_ok=True)
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
        for name in ("input_ids", "attention_mask")
    ]
    output = helper.make_tensor_value_info("hidden", TensorProto.FLOAT, ["batch", "tokens", DIMENSION])
    node = helper.make_node("Gather", ["vectors", "input_ids"], ["hidden"])
    table = numpy_helper.from_array(word_vectors(), "vectors")
    graph = helper.make_graph([node], "words", inputs, [output], initializer=[table])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), str(path))
    return path


def _tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(WordLevel({word: index for index, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    tokenizer.enable_truncation(128)
    tokenizer.enable_padding(length=128)
    return tokenizer
