"""A tiny encoder of each kind learns a rule, is written in eight bits, and is read again as it was."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import BertProcessing, RobertaProcessing

from tools.pair_encoders.export import export
from tools.pair_encoders.onnx_runtime import PairEncoder, inputs_among, side_by_side
from tools.pair_encoders.training import Example, Plan, TrainableEncoder

WORDS = ("lift", "yard", "key", "roof", "gate", "pump", "lamp", "door")
SIZES: dict[str, Any] = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 64,
}


def _tokenizer(special: tuple[str, ...], processor: Callable[[Tokenizer], Any], folder: Path) -> int:
    vocabulary = {word: number for number, word in enumerate((*special, *WORDS))}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token=special[-1]))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = processor(tokenizer)
    tokenizer.save(str(folder / "tokenizer.json"))
    return len(vocabulary)


def bert(folder: Path) -> None:
    from transformers import BertConfig, BertForSequenceClassification

    special = ("[PAD]", "[CLS]", "[SEP]", "[UNK]")
    size = _tokenizer(special, lambda _: BertProcessing(("[SEP]", 2), ("[CLS]", 1)), folder)
    BertForSequenceClassification(BertConfig(vocab_size=size, **SIZES)).save_pretrained(folder)


def mpnet(folder: Path) -> None:
    from transformers import MPNetConfig, MPNetForSequenceClassification

    special = ("<s>", "<pad>", "</s>", "<unk>")
    size = _tokenizer(special, lambda _: RobertaProcessing(("</s>", 2), ("<s>", 0)), folder)
    MPNetForSequenceClassification(MPNetConfig(vocab_size=size, **SIZES)).save_pretrained(folder)


KINDS = {"bert": bert, "mpnet": mpnet}


@pytest.fixture(scope="module", params=KINDS)
def base(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(request.param)
    KINDS[request.param](folder)
    return folder


@pytest.fixture(scope="module")
def learnt(base: Path) -> TrainableEncoder:
    """Whether a text names the one word that is asked for."""
    draw = random.Random(3)
    rows = []
    for _ in range(1_600):
        text, asked = draw.sample(WORDS, 3), draw.choice(WORDS)
        rows.append(Example(" ".join(text), asked, (asked in text, asked not in text)))
    encoder = TrainableEncoder(base, classes=2)
    encoder.fit(rows, Plan(rate=3e-3, frozen_layers=0, bf16=False))
    return encoder


def test_without_bfloat16_in_the_processor_it_is_trained_in_32_bits(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cpu.get_capabilities", lambda: {"avx2": True, "amx_bf16": False})
    found = []
    for bf16 in (True, False):
        encoder = TrainableEncoder(base, classes=2)
        encoder.fit([Example("lift yard key", "yard", (True, False))] * 64, Plan(frozen_layers=0, bf16=bf16))
        found.append(encoder.logits([("lift yard key", "yard")], bf16=bf16).tolist())
    assert found[0] == found[1]


PAIRS = [("lift yard key", "yard"), ("lift yard key", "roof"), ("gate", "gate pump lamp door roof key yard lift")]


def test_what_is_read_again_says_what_was_learnt(learnt: TrainableEncoder, tmp_path: Path) -> None:
    export(learnt, tmp_path, PAIRS)
    whole, small = learnt.logits(PAIRS), PairEncoder(tmp_path).logits(PAIRS)
    assert small.shape == (3, 2)
    assert small == pytest.approx(whole, abs=0.4)
    assert (small[:2, 0] > small[:2, 1]).tolist() == (whole[:2, 0] > whole[:2, 1]).tolist()


def test_a_pair_says_the_same_whatever_it_is_filled_up_beside(learnt: TrainableEncoder, tmp_path: Path) -> None:
    export(learnt, tmp_path, PAIRS)
    encoder = PairEncoder(tmp_path)
    alone = np.concatenate([encoder.logits([pair]) for pair in PAIRS])
    assert encoder.logits(PAIRS) == pytest.approx(alone, abs=1e-4)


def test_the_lowest_layers_can_be_taken_alone(base: Path) -> None:
    encoder = TrainableEncoder(base, classes=2, layers=1)
    assert len(encoder.network.base_model.encoder.layer) == 1
    assert encoder.logits(PAIRS).shape == (3, 2)


def test_an_encoder_without_types_is_given_none() -> None:
    assert inputs_among(["attention_mask", "input_ids"]) == ("input_ids", "attention_mask")


def test_shorter_pairs_are_filled_up_with_what_is_not_attended_to() -> None:
    class Encoded:
        def __init__(self, *ids: int) -> None:
            self.ids, self.type_ids, self.attention_mask = list(ids), [0] * len(ids), [1] * len(ids)

    found = side_by_side([Encoded(5, 6, 7), Encoded(8)], ("input_ids", "attention_mask"))
    assert {name: rows.tolist() for name, rows in found.items()} == {
        "input_ids": [[5, 6, 7], [8, 0, 0]],
        "attention_mask": [[1, 1, 1], [1, 0, 0]],
    }
