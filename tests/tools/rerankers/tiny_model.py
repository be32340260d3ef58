"""A cross-encoder of a dozen words in FlashRank's folder format: the passage's words vote, the query doesn't count."""

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

MODEL = "ms-marco-TinyBERT-L-2-v2"
MODEL_FILE = "flashrank-TinyBERT-L-2-v2.onnx"
VOTES = {"[PAD]": 0, "[UNK]": 0, "[CLS]": 0, "[SEP]": 0, "good": 2, "fine": 1, "poor": -1, "bad": -2, "awful": -200}
SPECIAL = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}


def write_tiny_model(folder: Path) -> Path:
    """Write `folder/MODEL` with all files that FlashRank reads; returns that folder."""
    model = folder / MODEL
    model.mkdir(parents=True)
    (model / "config.json").write_text(json.dumps({"pad_token_id": 0}))
    (model / "tokenizer_config.json").write_text(json.dumps({"model_max_length": 512, "pad_token": "[PAD]"}))
    (model / "special_tokens_map.json").write_text(json.dumps(SPECIAL))
    _tokenizer().save(str(model / "tokenizer.json"))
    onnx.save(_network(), str(model / MODEL_FILE))
    return model


def _tokenizer() -> Tokenizer:
    vocabulary = {word: index for index, word in enumerate(VOTES)}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = Lowercase()
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return tokenizer


def _network() -> onnx.ModelProto:
    votes = numpy_helper.from_array(np.array(list(VOTES.values()), dtype=np.float32), "votes")
    axis = numpy_helper.from_array(np.array([1], dtype=np.int64), "axis")
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
        for name in ("input_ids", "attention_mask", "token_type_ids")
    ]
    nodes = [
        helper.make_node("Gather", ["votes", "input_ids"], ["all_votes"]),
        helper.make_node("Mul", ["attention_mask", "token_type_ids"], ["in_passage"]),
        helper.make_node("Cast", ["in_passage"], ["weights"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["all_votes", "weights"], ["passage_votes"]),
        helper.make_node("ReduceSum", ["passage_votes", "axis"], ["logits"], keepdims=1),
    ]
    output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 1])
    graph = helper.make_graph(nodes, "votes", inputs, [output], initializer=[votes, axis])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
