"""Any model that the sentence-transformers library can load, by name or path, run by the library itself."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools.embedders.onnx_runtime import unit_rows
from tools.errors import MissingModel
from tools.hub import reason_of
from tools.ports import FloatArray

SETTING = "HOPLINE_EMBEDDER"
OTHERWISE = "set it to a folder that holds a sentence-transformers model, to 'minilm', or to openai:MODEL"


class SentenceTransformerEmbedder:
    """Implements Embedder. Pooling, prompts and the window, where texts are cut, are the model's own."""

    def __init__(self, name_or_path: str, *, name: str, batch_size: int) -> None:
        """Load the model; blocks for ten seconds or so. A name that is not in the local cache is downloaded.

        Raises MissingModel when that can't be done.
        """
        local = Path(name_or_path).is_dir()
        if local:
            os.environ.setdefault("HF_HUB_OFFLINE", "1")
        from sentence_transformers import SentenceTransformer

        try:
            self._model: Any = SentenceTransformer(name_or_path, local_files_only=local)
        except (OSError, ValueError, ImportError) as error:
            raise MissingModel(
                f"{SETTING}: the model {name_or_path!r} can't be loaded ({reason_of(error)}); {OTHERWISE}."
            ) from error
        self._name = name
        self._batch_size = batch_size
        self._dimension = int(self._model.get_embedding_dimension())

    @property
    def name(self) -> str:
        return self._name

    @property
    def dimension(self) -> int:
        return self._dimension

    async def embed_queries(self, texts: Sequence[str]) -> FloatArray:
        return unit_rows(await asyncio.to_thread(self._encode, self._model.encode_query, list(texts)))

    async def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        return unit_rows(await asyncio.to_thread(self._encode, self._model.encode_document, list(texts)))

    def _encode(self, encode: Any, texts: list[str]) -> Any:
        if not texts:
            return unit_rows([[0.0] * self._dimension])[:0]
        return encode(texts, batch_size=self._batch_size, show_progress_bar=False, convert_to_numpy=True)
