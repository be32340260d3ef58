"""An exported sentence-transformers model on onnxruntime: ready in 0.3 s where the library takes ten."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.embedders.description import ModelDescription
from tools.ports import FloatArray

MAX_THREADS = 2


class OnnxEmbedder:
    """Implements Embedder over `model.onnx` (see `tools.embedders.export`) and the model folder's own tokenizer.

    Longer texts are cut at the model's window. Safe to use from several tasks at once.
    """

    def __init__(
        self, model: Path, tokenizer: Path, description: ModelDescription, *, name: str, batch_size: int
    ) -> None:
        """Load the files; blocks for about 0.3 s. `batch_size` counts texts."""
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = max(1, min(MAX_THREADS, os.cpu_count() or 1))
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(description.max_tokens)
        self._description = description
        self._name = name
        self._batch_size = batch_size
        self._dimension = int(self._session.get_outputs()[0].shape[2])

    @property
    def name(self) -> str:
        return self._name

    @property
    def dimension(self) -> int:
        return self._dimension

    async def embed_queries(self, texts: Sequence[str]) -> FloatArray:
        return await self._embed([self._description.query_prompt + text for text in texts])

    async def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        return await self._embed([self._description.passage_prompt + text for text in texts])

    async def _embed(self, texts: list[str]) -> FloatArray:
        """Batches of similar length waste no padding; a thread a batch, so that a cancelled call ends soon."""
        vectors = np.zeros((len(texts), self._dimension), dtype=np.float32)
        if not texts:
            return vectors
        tokens = await asyncio.to_thread(self._tokenize, texts)
        order = sorted(range(len(texts)), key=lambda index: len(tokens[index]), reverse=True)
        for first in range(0, len(order), self._batch_size):
            batch = order[first : first + self._batch_size]
            vectors[batch] = await asyncio.to_thread(self._run, [tokens[index] for index in batch])
        return vectors

    def _tokenize(self, texts: list[str]) -> list[list[int]]:
        if self._description.lower_case:
            texts = [text.lower() for text in texts]
        return [encoding.ids for encoding in self._tokenizer.encode_batch(texts)]

    def _run(self, batch: list[list[int]]) -> FloatArray:
        lengths = np.array([len(ids) for ids in batch])
        ids = np.zeros((len(batch), int(lengths.max())), dtype=np.int64)
        mask: NDArray[np.int64] = (np.arange(ids.shape[1]) < lengths[:, None]).astype(np.int64)
        ids[mask.astype(bool)] = np.concatenate([np.asarray(tokens, dtype=np.int64) for tokens in batch])
        hidden: Any = self._session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
        if self._description.pooling == "cls":
            pooled = hidden[:, 0]
        else:
            pooled = np.einsum("btd,bt->bd", hidden, mask.astype(np.float32)) / lengths[:, None]
        return unit_rows(pooled)


def unit_rows(vectors: Any) -> FloatArray:
    """Rows scaled to length one; a zero row stays zero."""
    array = np.asarray(vectors, dtype=np.float32)
    norms = np.linalg.norm(array, axis=1, keepdims=True)
    scaled: FloatArray = (array / np.where(norms > 0, norms, 1)).astype(np.float32)
    return scaled
