"""What a sentence-transformers folder says about its model: the part that can run without the library."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

Pooling = Literal["mean", "cls"]

_LEGACY_POOLING = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
_DOCUMENT_PROMPTS = ("document", "passage", "corpus")


class UnsupportedModelError(Exception):
    """The model needs the library itself; the message is the reason, as a clause."""


@dataclass(frozen=True, slots=True)
class ModelDescription:
    """A Transformer followed by mean or CLS pooling. `max_tokens` counts special tokens too."""

    pooling: Pooling
    max_tokens: int
    lower_case: bool
    query_prompt: str
    passage_prompt: str


def describe(folder: Path) -> ModelDescription:
    """Read the folder's settings; raises UnsupportedModelError for more than Transformer and Pooling."""
    modules = _read(folder / "modules.json")
    kinds = [str(module["type"]).rsplit(".", 1)[-1] for module in modules] if isinstance(modules, list) else []
    if kinds[:2] != ["Transformer", "Pooling"] or kinds[2:] not in ([], ["Normalize"]):
        raise UnsupportedModelError(f"its modules are {', '.join(kinds) or 'not listed'}")
    if modules[0].get("path"):
        raise UnsupportedModelError("its transformer is in a folder of its own")
    if not (folder / "tokenizer.json").is_file():
        raise UnsupportedModelError("it has no tokenizer.json")
    transformer = _read(folder / "sentence_bert_config.json") or {}
    settings = _read(folder / "config_sentence_transformers.json") or {}
    query, passage = _prompts(settings)
    return ModelDescription(
        pooling=_pooling(_read(folder / str(modules[1]["path"]) / "config.json") or {}),
        max_tokens=_max_tokens(folder, transformer),
        lower_case=bool(transformer.get("do_lower_case")),
        query_prompt=query,
        passage_prompt=passage,
    )


def _pooling(config: dict[str, Any]) -> Pooling:
    modes = config.get("pooling_mode")
    if modes is None:
        modes = [mode for key, mode in _LEGACY_POOLING.items() if config.get(key)]
    modes = [modes] if isinstance(modes, str) else modes
    if modes not in (["mean"], ["cls"]):
        raise UnsupportedModelError(f"its pooling is {' + '.join(modes) or 'not given'}")
    if config.get("include_prompt") is False:
        raise UnsupportedModelError("its pooling leaves the prompt out")
    return cast(Pooling, modes[0])


def _max_tokens(folder: Path, transformer: dict[str, Any]) -> int:
    limits = [
        transformer.get("max_seq_length"),
        (_read(folder / "tokenizer_config.json") or {}).get("model_max_length"),
        (_read(folder / "config.json") or {}).get("max_position_embeddings"),
    ]
    if isinstance(limits[0], int):
        return limits[0]
    return min((limit for limit in limits[1:] if isinstance(limit, int)), default=512)


def _prompts(settings: dict[str, Any]) -> tuple[str, str]:
    prompts = settings.get("prompts") or {}
    default = prompts.get(settings.get("default_prompt_name")) or ""
    passage = next((prompts[name] for name in _DOCUMENT_PROMPTS if prompts.get(name)), default)
    return prompts.get("query") or default, passage


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise UnsupportedModelError(f"its {path.name} is not JSON: {error}") from error
