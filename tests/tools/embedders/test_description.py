"""What a model folder says is understood, or named as a reason to leave it to the library."""

from pathlib import Path
from typing import Any

import pytest

from tests.tools.embedders.tiny_model import MAX_TOKENS, write_folder
from tools.embedders.description import ModelDescription, UnsupportedModelError, describe

TRANSFORMER = {"path": "", "type": "sentence_transformers.base.modules.transformer.Transformer"}
POOLING = {"path": "1_Pooling", "type": "sentence_transformers.sentence_transformer.modules.pooling.Pooling"}


def test_a_plain_model_is_understood(tmp_path: Path) -> None:
    assert describe(write_folder(tmp_path / "m")) == ModelDescription("mean", MAX_TOKENS, False, "", "")


@pytest.mark.parametrize(
    ("pooling", "mode"),
    [
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, "cls"),
        ({"pooling_mode": "cls"}, "cls"),
        ({"pooling_mode": ["mean"], "include_prompt": True}, "mean"),
    ],
)
def test_old_and_new_spellings_of_pooling_are_read(tmp_path: Path, pooling: dict[str, Any], mode: str) -> None:
    assert describe(write_folder(tmp_path / "m", pooling=pooling)).pooling == mode


def test_module_names_of_newer_libraries_are_read(tmp_path: Path) -> None:
    assert describe(write_folder(tmp_path / "m", modules=[TRANSFORMER, POOLING])).pooling == "mean"


def test_prompts_are_taken_over(tmp_path: Path) -> None:
    prompts = {"prompts": {"query": "query: ", "passage": "passage: "}, "default_prompt_name": None}
    described = describe(write_folder(tmp_path / "m", config_sentence_transformers=prompts))
    assert (described.query_prompt, described.passage_prompt) == ("query: ", "passage: ")


def test_a_default_prompt_goes_before_everything(tmp_path: Path) -> None:
    prompts = {"prompts": {"all": "text: "}, "default_prompt_name": "all"}
    described = describe(write_folder(tmp_path / "m", config_sentence_transformers=prompts))
    assert (described.query_prompt, described.passage_prompt) == ("text: ", "text: ")


def test_without_a_window_of_its_own_the_tokenizers_or_the_networks_counts(tmp_path: Path) -> None:
    folder = write_folder(
        tmp_path / "m",
        sentence_bert_config={},
        tokenizer_config={"model_max_length": 384},
        config={"max_position_embeddings": 514},
    )
    assert describe(folder).max_tokens == 384


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"modules": [TRANSFORMER, POOLING, {"path": "2_Dense", "type": "x.Dense"}]}, "Transformer, Pooling, Dense"),
        ({"modules": [{"path": "", "type": "x.StaticEmbedding"}]}, "StaticEmbedding"),
        ({"modules": [TRANSFORMER | {"path": "0_Transformer"}, POOLING]}, "folder of its own"),
        ({"pooling": {"pooling_mode_max_tokens": True}}, "pooling is max"),
        ({"pooling": {"pooling_mode": ["mean", "cls"]}}, r"mean \+ cls"),
        ({"pooling": {"pooling_mode": "mean", "include_prompt": False}}, "leaves the prompt out"),
    ],
)
def test_what_goes_beyond_is_named(tmp_path: Path, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(UnsupportedModelError, match=reason):
        describe(write_folder(tmp_path / "m", **changes))


def test_a_folder_without_settings_or_with_broken_ones_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedModelError, match="modules are not listed"):
        describe(tmp_path)
    folder = write_folder(tmp_path / "m")
    (folder / "tokenizer.json").unlink()
    with pytest.raises(UnsupportedModelError, match=r"no tokenizer\.json"):
        describe(folder)
    (folder / "modules.json").write_text("{")
    with pytest.raises(UnsupportedModelError, match=r"modules\.json is not JSON"):
        describe(folder)
