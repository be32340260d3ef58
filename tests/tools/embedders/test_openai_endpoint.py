"""The embeddings endpoint over a real socket: batched, tried again, its refusals in our words."""

import json
import time
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.openai_server import Behaviour, Hangs, OpenAIServer, Refuses, SendsRaw
from tools.embedders.openai_endpoint import OpenAIEmbedder
from tools.errors import BadReply, EmbedderUnavailable, HoplineError, InvalidSetting, ModelRefused


def embeddings(rows: list[list[float]]) -> SendsRaw:
    data = [{"object": "embedding", "index": index, "embedding": row} for index, row in enumerate(rows)]
    body = {"object": "list", "data": data[::-1], "model": "m", "usage": {"prompt_tokens": 1, "total_tokens": 1}}
    return SendsRaw(json.dumps(body), "application/json")


def by_length(request: dict[str, Any]) -> Behaviour:
    """A vector tells its text's length: (length, 1, 0)."""
    return embeddings([[float(len(text)), 1.0, 0.0] for text in request["input"]])


async def opened(server: OpenAIServer, **options: Any) -> OpenAIEmbedder:
    settings = {"base_url": server.url, "api_key": "secret", "batch_size": 4, "timeout_seconds": 5.0, **options}
    return await OpenAIEmbedder.open("embed-1", **settings)


async def test_the_dimension_is_asked_for_and_the_name_tells_the_model(openai_server: OpenAIServer) -> None:
    openai_server.handler = by_length
    embedder = await opened(openai_server)
    assert (embedder.name, embedder.dimension) == ("openai:embed-1", 3)
    assert openai_server.requests[0].path.endswith("/embeddings")
    assert openai_server.requests[0].headers["authorization"] == "Bearer secret"
    await embedder.close()


async def test_vectors_come_in_the_order_of_the_texts_in_batches_at_unit_length(openai_server: OpenAIServer) -> None:
    openai_server.handler = by_length
    embedder = await opened(openai_server)
    texts = ["x" * n for n in (5, 1, 9, 0, 3, 7, 2, 8, 4, 6)]
    vectors = await embedder.embed_passages(texts)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0)
    # An empty text is sent as a space, for servers refuse an empty one.
    assert (vectors[:, 0] / vectors[:, 1]).tolist() == pytest.approx([max(len(text), 1) for text in texts], rel=1e-5)
    assert sorted(len(request.body["input"]) for request in openai_server.requests[1:]) == [2, 4, 4]
    assert (await embedder.embed_queries([])).shape == (0, 3)
    await embedder.close()


@pytest.mark.parametrize("status", [408, 429, 500, 503])
async def test_a_passing_refusal_is_tried_again_after_the_asked_wait(openai_server: OpenAIServer, status: int) -> None:
    openai_server.handler = by_length
    embedder = await opened(openai_server)
    openai_server.script.append(Refuses(status, headers={"Retry-After": "0"}))
    assert (await embedder.embed_queries(["abc"])).shape == (1, 3)
    assert len(openai_server.requests) == 3
    await embedder.close()


async def test_retry_after_is_honoured(openai_server: OpenAIServer) -> None:
    openai_server.handler = by_length
    embedder = await opened(openai_server)
    openai_server.script.append(Refuses(429, headers={"Retry-After": "0.4"}))
    started = time.monotonic()
    await embedder.embed_queries(["abc"])
    assert time.monotonic() - started >= 0.4
    await embedder.close()


async def test_an_endpoint_that_keeps_failing_is_unavailable(openai_server: OpenAIServer) -> None:
    openai_server.script += [Refuses(503, "overloaded", headers={"Retry-After": "0"})] * 2
    with pytest.raises(EmbedderUnavailable, match=r"503: .*overloaded"):
        await opened(openai_server, attempts=2)
    assert len(openai_server.requests) == 2


async def test_a_hanging_endpoint_runs_into_the_deadline(openai_server: OpenAIServer) -> None:
    openai_server.script.append(Hangs())
    started = time.monotonic()
    with pytest.raises(EmbedderUnavailable, match="did not answer"):
        await opened(openai_server, timeout_seconds=0.3, attempts=1)
    assert time.monotonic() - started < 5


async def test_a_wrong_key_names_its_variable_and_is_not_tried_again(openai_server: OpenAIServer) -> None:
    openai_server.key = "right"
    with pytest.raises(InvalidSetting, match=r"OPENAI_API_KEY: .*refused the key"):
        await opened(openai_server, api_key="wrong")
    assert len(openai_server.requests) == 1


@pytest.mark.parametrize("status", [400, 401, 429, 500])
async def test_a_key_that_the_endpoint_echoes_is_not_shown(openai_server: OpenAIServer, status: int) -> None:
    key = "company-key/0123456789"
    said = f"bad key {key}, and not sk-abcdefgh0123 either"
    openai_server.script.append(Refuses(status, said, headers={"Retry-After": "0"}))
    with pytest.raises(HoplineError, match=r"bad \*\*\*") as caught:
        await opened(
            openai_server, api_key=key, base_url=openai_server.url.replace("//", "//ada:pass4321@"), attempts=1
        )
    shown = "".join(traceback.format_exception(caught.value))
    assert not any(secret in shown for secret in (key, "0123456789", "sk-abc", "pass4321"))


@pytest.mark.parametrize("status", [400, 404])
async def test_an_unknown_model_is_refused_by_name(openai_server: OpenAIServer, status: int) -> None:
    openai_server.script.append(Refuses(status, "no such model"))
    with pytest.raises(ModelRefused, match=r"'embed-1'.*no such model"):
        await opened(openai_server)


def _short(request: dict[str, Any]) -> Behaviour:
    return embeddings([[1.0, 2.0, 3.0]] * (len(request["input"]) - 1))


def _ragged(request: dict[str, Any]) -> Behaviour:
    return embeddings([[1.0] * (2 + index) for index in range(len(request["input"]))])


def _other_size(request: dict[str, Any]) -> Behaviour:
    return embeddings([[1.0, 2.0]] * len(request["input"]))


def _page(request: dict[str, Any]) -> Behaviour:
    return SendsRaw("<html>log in</html>")


def _half(request: dict[str, Any]) -> Behaviour:
    return SendsRaw('{"data": [', "application/json")


def _not_a_number(request: dict[str, Any]) -> Behaviour:
    row = {"object": "embedding", "index": 0, "embedding": [1.0, float("nan"), 0.0]}
    return SendsRaw(json.dumps({"object": "list", "data": [row] * len(request["input"])}), "application/json")


@pytest.mark.parametrize("reply", [_short, _ragged, _other_size, _page, _half, _not_a_number])
async def test_a_reply_that_does_not_fit_is_a_bad_reply(
    openai_server: OpenAIServer, reply: Callable[[dict[str, Any]], Behaviour]
) -> None:
    openai_server.handler = by_length
    embedder = await opened(openai_server)
    openai_server.handler = reply
    with pytest.raises(BadReply):
        await embedder.embed_passages(["a", "bb"])
    await embedder.close()


async def test_a_page_of_html_says_where_to_look(openai_server: OpenAIServer) -> None:
    openai_server.handler = _page
    with pytest.raises(BadReply, match="did not answer as an embeddings endpoint does; check OPENAI_BASE_URL"):
        await opened(openai_server)


async def test_neither_key_nor_address_says_what_to_set() -> None:
    with pytest.raises(InvalidSetting, match="OPENAI_API_KEY"):
        await OpenAIEmbedder.open("embed-1", base_url=None, api_key=None)
    with pytest.raises(InvalidSetting, match="needs a model name"):
        await OpenAIEmbedder.open("", base_url="http://127.0.0.1:9/v1", api_key=None)


async def test_an_endpoint_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(EmbedderUnavailable, match=r"127\.0\.0\.1:9"):
        await OpenAIEmbedder.open("embed-1", base_url="http://127.0.0.1:9/v1", api_key=None, attempts=1)
