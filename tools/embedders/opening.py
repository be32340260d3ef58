"""Which embedder a setting means: `minilm`, `openai:MODEL`, or a sentence-transformers name or path.

`:int8` after a local model runs it on weights of eight bits: about twice as fast, with vectors that are a little
different, so that it is a model of its own to the store.
"""

import asyncio
import logging
from pathlib import Path

from tools.embedders.description import UnsupportedModelError, describe
from tools.embedders.export import export_apart
from tools.embedders.onnx_runtime import OnnxEmbedder
from tools.embedders.quantisation import quantise
from tools.embedders.sentence_transformer import OTHERWISE, SETTING, SentenceTransformerEmbedder
from tools.embedders.weights import BUNDLED, BUNDLED_NAME, bundled_folder, hub_name, local_folder, model_digest
from tools.errors import MissingModel
from tools.hub import check_known
from tools.ports import Embedder

ENDPOINT = "openai:"
EIGHT_BITS = ":int8"
_NAME_DIGITS = 12

log = logging.getLogger("hopline.embedders")


async def open_embedder(
    spec: str,
    cache: Path,
    *,
    batch_size: int = 16,
    openai_api_key: str | None = None,
    openai_base_url: str | None = None,
    timeout_seconds: float = 60.0,
    attempts: int = 4,
) -> Embedder:
    """Open the embedder that `HOPLINE_EMBEDDER` names; `cache` keeps exported models and digests.

    The first use of a local model exports it to ONNX (some seconds, once). Raises MissingModel, saying what to install
    or set; for an endpoint InvalidSetting (no key), EmbedderUnavailable or ModelRefused: its dimension is asked for.
    """
    if spec.startswith(ENDPOINT):
        from tools.embedders.openai_endpoint import OpenAIEmbedder

        return await OpenAIEmbedder.open(
            spec.removeprefix(ENDPOINT),
            base_url=openai_base_url,
            api_key=openai_api_key,
            batch_size=batch_size,
            timeout_seconds=timeout_seconds,
            attempts=attempts,
        )
    return await asyncio.to_thread(_open_local, spec, cache, batch_size)


def _open_local(spec: str, cache: Path, batch_size: int) -> Embedder:
    is_quantised = spec.endswith(EIGHT_BITS)
    spec = spec.removesuffix(EIGHT_BITS)
    folder = bundled_folder(cache) if spec == BUNDLED else local_folder(spec)
    if is_quantised:
        return _open_quantised(spec, folder, cache, batch_size)
    if folder is None:
        check_known(hub_name(spec), SETTING, OTHERWISE, written=spec)
        return SentenceTransformerEmbedder(spec, name=spec, batch_size=batch_size)
    digest = model_digest(folder, cache)
    # A model edited in place must not pass for the one that built the store: its digest is part of its name.
    name = BUNDLED_NAME if spec == BUNDLED else f"{Path(spec).name}@{digest[:_NAME_DIGITS]}"
    try:
        return _open_exported(folder, cache / "embedders" / digest / "model.onnx", name, batch_size)
    except UnsupportedModelError as reason:
        log.warning("%s runs on sentence-transformers, which starts slower: %s", spec, reason)
        return SentenceTransformerEmbedder(str(folder), name=name, batch_size=batch_size)


def _open_quantised(spec: str, folder: Path | None, cache: Path, batch_size: int) -> Embedder:
    reason = "it is not on this machine"
    if folder is not None:
        digest = model_digest(folder, cache)
        exported = cache / "embedders" / digest / "model.onnx"
        name = BUNDLED_NAME if spec == BUNDLED else f"{Path(spec).name}@{digest[:_NAME_DIGITS]}"
        try:
            description = describe(folder)
            _export(folder, exported, name)
            quantised = quantise(exported)
            return OnnxEmbedder(
                quantised, folder / "tokenizer.json", description, name=f"{name}{EIGHT_BITS}", batch_size=batch_size
            )
        except UnsupportedModelError as error:
            reason = str(error)
    raise MissingModel(f"HOPLINE_EMBEDDER: {spec}{EIGHT_BITS} can't be had ({reason}); leave {EIGHT_BITS} out.")


def _open_exported(folder: Path, exported: Path, name: str, batch_size: int) -> OnnxEmbedder:
    description = describe(folder)
    _export(folder, exported, name)
    return OnnxEmbedder(exported, folder / "tokenizer.json", description, name=name, batch_size=batch_size)


def _export(folder: Path, exported: Path, name: str) -> None:
    """Once a model: what can't be exported isn't tried again at each start (delete the note to have it tried)."""
    note = exported.with_name("not-exportable.txt")
    if exported.is_file():
        return
    if note.is_file():
        raise UnsupportedModelError(note.read_text(encoding="utf-8"))
    log.info("exporting %s to %s, once", name, exported)
    try:
        export_apart(folder, exported)
    except UnsupportedModelError as reason:
        exported.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(str(reason), encoding="utf-8")
        raise
