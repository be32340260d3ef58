"""A cross-encoder by path: which of its labels means support is read from its own configuration."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tools.errors import MissingModel
from tools.ports import ClaimToCheck
from tools.verifiers.opening import open_verifier
from tools.verifiers.sentence_transformer import CrossEncoderVerifier

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "ada", "leads", "finance", "who")
CLAIM = ClaimToCheck("Ada leads Finance.", ("Ada leads Finance.",))


def write_model(folder: Path, labels: tuple[str, ...], bias: tuple[float, ...]) -> Path:
    """A network that says `bias` of everything, in the library's own format."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(WORDS), encoding="utf-8")
    config: Any = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=8,
        id2label=dict(enumerate(labels)),
        label2id={label: place for place, label in enumerate(labels)},
    )
    network: Any = BertForSequenceClassification(config)
    with torch.no_grad():
        network.classifier.weight.zero_()
        network.classifier.bias.copy_(torch.tensor(bias))
    network.save_pretrained(folder)
    BertTokenizerFast(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
    return folder


@pytest.mark.parametrize(
    ("labels", "bias", "support"),
    [
        (("contradiction", "ENTAILMENT", "neutral"), (0.0, 5.0, 0.0), "supported"),
        (("contradiction", "entailment", "neutral"), (5.0, 0.0, 0.0), "unsupported"),
        (("not_entailment", "entailment"), (3.0, -3.0), "unsupported"),
        (("supported", "unsupported"), (3.0, -3.0), "supported"),
        (("hallucinated", "consistent"), (0.2, -0.2), "partial"),
        (("LABEL_0",), (4.0,), "supported"),
        (("LABEL_0",), (-4.0,), "unsupported"),
    ],
)
def test_the_label_that_means_support_decides(
    tmp_path: Path, labels: tuple[str, ...], bias: tuple[float, ...], support: str
) -> None:
    verifier = open_verifier(str(write_model(tmp_path / "model", labels, bias)))
    verdicts = asyncio.run(verifier.verify([CLAIM, ClaimToCheck("Ada leads.", ()), CLAIM]))
    assert [verdict.support for verdict in verdicts] == [support, "unsupported", support]
    assert verdicts[1].score == 0.0
    assert verifier.name.startswith("cross-encoder:")


def test_labels_that_say_nothing_are_refused(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model", ("LABEL_0", "LABEL_1"), (0.0, 0.0))
    with pytest.raises(MissingModel, match="id2label"):
        CrossEncoderVerifier(str(folder))


def test_a_folder_without_a_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(MissingModel, match="'builtin' or 'lexical'"):
        CrossEncoderVerifier(str(tmp_path))


def test_a_name_that_no_hub_gives_says_what_to_do() -> None:
    with pytest.raises(MissingModel, match="set the variable to its folder"):
        CrossEncoderVerifier("nobody/no-such-cross-encoder")
