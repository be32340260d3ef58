"""Any OpenAI-compatible embeddings endpoint."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from tools.chat.retries import retry_after_seconds
from tools.embedders.at_once import at_once
from tools.embedders.onnx_runtime import unit_rows
from tools.errors import BadReply, EmbedderUnavailable, HoplineError, InvalidSetting, ModelRefused
from tools.ports import FloatArray
from tools.redaction import quoted, secrets_in, without_credentials

MAX_REQUESTS_AT_ONCE = 4
FIRST_WAIT_SECONDS = 0.5
MAX_WAIT_SECONDS = 20.0
_RETRIED_STATUS = frozenset({408, 409, 429})


class OpenAIEmbedder:
    """Implements Embedder over `POST {base_url}/embeddings`; open it with `await OpenAIEmbedder.open(...)`.

    Requests raise EmbedderUnavailable after `attempts` tries (429, 5xx, time-outs), InvalidSetting for a refused key,
    ModelRefused for other refusals and BadReply when the vectors don't fit what was asked for.
    """

    def __init__(
        self, client: Any, model: str, dimension: int, *, batch_size: int, attempts: int, secrets: Sequence[str] = ()
    ) -> None:
        self._client, self._secrets = client, secrets
        self._endpoint = f"the embedding endpoint {without_credentials(str(client.base_url))}"
        self._model = model
        self._dimension = dimension
        self._batch_size = batch_size
        self._attempts = attempts

    @classmethod
    async def open(
        cls,
        model: str,
        *,
        base_url: str | None,
        api_key: str | None,
        batch_size: int = 16,
        timeout_seconds: float = 60.0,
        attempts: int = 4,
    ) -> "OpenAIEmbedder":
        """Connect, and ask for one vector to learn the dimension."""
        if not model:
            raise InvalidSetting("HOPLINE_EMBEDDER: openai: needs a model name, as in openai:text-embedding-3-small.")
        if not api_key and not base_url:
            raise InvalidSetting(f"OPENAI_API_KEY: the embedding model {model!r} needs a key, or OPENAI_BASE_URL.")
        client = await asyncio.to_thread(_client, base_url, api_key, timeout_seconds)
        secrets = secrets_in(base_url, api_key)
        embedder = cls(client, model, 0, batch_size=batch_size, attempts=attempts, secrets=secrets)
        try:
            embedder._dimension = len((await embedder._request(["dimension"]))[0])
        except BaseException:
            await client.close()
            raise
        return embedder

    @property
    def name(self) -> str:
        return f"openai:{self._model}"

    @property
    def dimension(self) -> int:
        return self._dimension

    async def embed_queries(self, texts: Sequence[str]) -> FloatArray:
        return await self.embed_passages(texts)

    async def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        """Batches of similar length, a few at once, each tried again on its own."""
        vectors = np.zeros((len(texts), self._dimension), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]), reverse=True)
        batches = [order[first : first + self._batch_size] for first in range(0, len(order), self._batch_size)]
        found = await at_once(
            MAX_REQUESTS_AT_ONCE,
            [partial(self._request, [texts[index] for index in batch]) for batch in batches],
        )
        for batch, rows in zip(batches, found, strict=True):
            vectors[batch] = rows
        return vectors

    async def close(self) -> None:
        await self._client.close()

    async def _request(self, texts: list[str]) -> FloatArray:
        backoff = wait_random_exponential(multiplier=FIRST_WAIT_SECONDS, max=MAX_WAIT_SECONDS)

        def wait(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            asked = error.retry_after_seconds if isinstance(error, EmbedderUnavailable) else None
            return backoff(state) if asked is None else asked + min(backoff(state), 1.0)

        retrying = AsyncRetrying(
            retry=retry_if_exception_type(EmbedderUnavailable),
            wait=wait,
            stop=stop_after_attempt(self._attempts),
            reraise=True,
        )
        return await retrying(self._once, texts)

    async def _once(self, texts: list[str]) -> FloatArray:
        import openai

        try:
            # An empty input is refused by most servers; a space is the nearest thing to it.
            reply = await self._client.embeddings.create(
                model=self._model, input=[text or " " for text in texts], encoding_format="float"
            )
        except openai.APIStatusError as error:
            raise self._refused(error) from None  # its own text may hold the key
        except openai.APIConnectionError as error:
            said = quoted(str(error), self._secrets)
            raise EmbedderUnavailable(f"{_sentence(self._endpoint)} did not answer: {said}") from None
        except (openai.APIError, ValueError, TypeError) as error:
            said = quoted(str(error), self._secrets)
            raise BadReply(f"The embedding endpoint's reply can't be read: {said}") from None
        return self._vectors(reply, len(texts))

    def _refused(self, error: Any) -> HoplineError:
        status, where = error.status_code, self._endpoint
        said = quoted(str(error.message), self._secrets)
        if status in _RETRIED_STATUS or status >= 500:
            return EmbedderUnavailable(
                f"{_sentence(where)} answered {status}: {said}",
                retry_after_seconds=retry_after_seconds(error.response.headers),
            )
        if status in (401, 403):
            return InvalidSetting(f"OPENAI_API_KEY: {where} refused the key ({status}): {said}")
        return ModelRefused(f"{_sentence(where)} refused the model {self._model!r} ({status}): {said}")

    def _vectors(self, reply: Any, count: int) -> FloatArray:
        if isinstance(reply, str):
            raise BadReply(
                f"What was asked for the embedding model {self._model!r} did not answer as an embeddings endpoint does;"
                " check OPENAI_BASE_URL, which usually ends in /v1."
            )
        try:
            rows = [item.embedding for item in sorted(reply.data, key=lambda item: item.index)]
            vectors = unit_rows(np.array(rows, dtype=np.float32).reshape(count, self._dimension or -1))
        except (AttributeError, TypeError, ValueError) as error:
            raise BadReply(
                f"The embedding model {self._model!r} returned no {count} vectors of one size ({error})."
            ) from error
        if not vectors.size or not np.isfinite(vectors).all():
            raise BadReply(f"The embedding model {self._model!r} returned vectors that are empty or not finite.")
        return vectors


def _sentence(clause: str) -> str:
    return f"{clause[0].upper()}{clause[1:]}"


def _client(base_url: str | None, api_key: str | None, timeout_seconds: float) -> Any:
    from openai import AsyncOpenAI

    return AsyncOpenAI(base_url=base_url, api_key=api_key or "none", timeout=timeout_seconds, max_retries=0)
