"""Which embedder a setting means: `minilm`, `openai:MODEL`, or a sentence-transformers name or path.

`:int8` after a local model runs it in eight bits, 1.6 times as fast where the processor has instructions for it,
`:float32` in its own arithmetic. The bundled model runs in eight bits where its vectors come out nearly the same.
It is the same model to the store and to the cache of embeddings either way, so that both can move between machines.
"""

import asyncio
import logging
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

from tools.embedders.apart import MAKING_SECONDS, MakingCutOff, run_apart
from tools.embedders.description import UnsupportedModelError, describe
from tools.embedders.onnx_runtime import OnnxEmbedder
from tools.embedders.quantisation import processor
from tools.embedders.sentence_transformer import OTHERWISE, SETTING, SentenceTransformerEmbedder
from tools.embedders.weights import BUNDLED, BUNDLED_NAME, bundled_folder, hub_name, local_folder, model_digest
from tools.errors import MissingModel
from tools.hub import check_known
from tools.ports import Embedder

ENDPOINT = "openai:"
EIGHT_BITS, OWN_ARITHMETIC = ":int8", ":float32"
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


def model_and_arithmetic(spec: str) -> tuple[str, str]:
    """A local model's name or path, and the suffix that says how it runs, empty where it is left open."""
    arithmetic = next((suffix for suffix in (EIGHT_BITS, OWN_ARITHMETIC) if spec.endswith(suffix)), "")
    return spec.removesuffix(arithmetic), arithmetic


def _open_local(spec: str, cache: Path, batch_size: int) -> Embedder:
    written = spec
    spec, arithmetic = model_and_arithmetic(spec)
    folder = bundled_folder(cache) if spec == BUNDLED else local_folder(spec)
    if folder is None:
        if arithmetic == EIGHT_BITS:
            raise _missing(written, "it is not on this machine")
        check_known(hub_name(spec), SETTING, OTHERWISE, written=spec)
        return SentenceTransformerEmbedder(spec, name=spec, batch_size=batch_size)
    digest = model_digest(folder, cache)
    # A model edited in place must not pass for the one that built the store: its digest is part of its name.
    name = BUNDLED_NAME if spec == BUNDLED else f"{Path(spec).name}@{digest[:_NAME_DIGITS]}"
    tokenizer = folder / "tokenizer.json"
    try:
        description = describe(folder)
        exported = _made(cache / "embedders" / digest / "model.onnx", "export", folder)
        open_file = partial(
            OnnxEmbedder, tokenizer=tokenizer, description=description, name=name, batch_size=batch_size
        )
        if arithmetic == EIGHT_BITS or (spec == BUNDLED and arithmetic != OWN_ARITHMETIC):
            quick = _in_eight_bits(exported, tokenizer, is_wanted=arithmetic == EIGHT_BITS)
            if quick is not None:
                return open_file(quick, threads=1)
        return open_file(exported)
    except UnsupportedModelError as reason:
        if arithmetic == EIGHT_BITS:
            raise _missing(written, str(reason)) from reason
        log.warning("%s runs on sentence-transformers, which starts slower: %s", spec, reason)
        return SentenceTransformerEmbedder(str(folder), name=name, batch_size=batch_size)


def _missing(written: str, reason: str) -> MissingModel:
    return MissingModel(f"HOPLINE_EMBEDDER: {written} can't be had ({reason}); leave {EIGHT_BITS} out.")


def _in_eight_bits(exported: Path, tokenizer: Path, *, is_wanted: bool) -> Path | None:
    """The model in eight bits, or None when it can't be had and nobody insists. A file is for one kind of processor: on
    another the products may overflow, so that it is made and compared there again."""
    target = exported.with_name(f"model-eight-bits-{processor()}.onnx")
    was_tried = _note_beside(target, "quantisation").is_file()
    try:
        return _made(target, "quantisation", exported, tokenizer)
    except UnsupportedModelError as reason:
        if is_wanted:
            raise
        level = logging.INFO if was_tried else logging.WARNING
        log.log(level, "%s runs in its own arithmetic, which is slower: %s", exported, reason)
        return None


def _made(target: Path, doing: str, *sources: Path) -> Path:
    """The file, made by the module of that name, once a model: what can't be made isn't tried again at each start
    (delete the note beside it to have it tried)."""
    note = _note_beside(target, doing)
    _remove_drafts(target)
    if target.is_file():
        return target
    if note.is_file():
        raise UnsupportedModelError(note.read_text(encoding="utf-8"))
    log.info("%s of %s to %s, once", doing, sources[0], target)
    try:
        run_apart(f"tools.embedders.{doing}", *sources, target, doing=doing)
    except MakingCutOff:
        raise
    except UnsupportedModelError as reason:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            note.write_text(str(reason), encoding="utf-8")
        except OSError as error:
            log.warning("%s can't be written (%s): the %s is tried again at each start", note, error, doing)
        raise
    return target


def _remove_drafts(target: Path) -> None:
    """Those of processes that were killed: none that is still at work has one for so long."""
    for draft in target.parent.glob(f".{target.name}.*"):
        with suppress(OSError):  # another process removes it, too, or the cache can't be written
            if time.time() - draft.stat().st_mtime > MAKING_SECONDS:
                draft.unlink()


def _note_beside(target: Path, doing: str) -> Path:
    return target.with_suffix(f".no-{doing}.txt")
