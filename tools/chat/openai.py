"""Any OpenAI-compatible chat endpoint, through langchain-openai.

One adapter for hosted and local models: it asks for enforced JSON, usage and log-probabilities and does without
where an endpoint refuses them; transient failures are tried again inside one deadline.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr

from tools.chat.calling import MAX_CONNECT_SECONDS, CalledModel, Connection
from tools.chat.replies import response_format_of, schema_instruction

OPENAI_URL = "https://api.openai.com/v1"
NO_KEY = "none"
REPLY_FORMATS = ("bounded_schema", "json_schema", "json_object", "instructions")
STREAM_EXTRAS = (("usage", "logprobs"), ("usage",), ())


class OpenAIChatModel(CalledModel):
    """`tools.ports.ChatModel` at an OpenAI-compatible URL. `extra_body` goes along with every request."""

    default_url = OPENAI_URL
    key_setting = "OPENAI_API_KEY"

    def __init__(self, model: str, *, extra_body: Mapping[str, Any] | None = None, **options: Any) -> None:
        super().__init__(model, **options)
        self._extra_body = dict(extra_body or {})

    @property
    def _is_openai(self) -> bool:
        return urlsplit(self._base_url).hostname == urlsplit(OPENAI_URL).hostname

    def _asking_for(self, schema: type[BaseModel], way: Any, max_tokens: int) -> tuple[str | None, Mapping[str, Any]]:
        if way in ("bounded_schema", "json_schema"):
            written = response_format_of(schema, bounded=way == "bounded_schema")
            return None, self._options(max_tokens, {"response_format": written})
        extra = {"response_format": {"type": "json_object"}} if way == "json_object" else {}
        return schema_instruction(schema), self._options(max_tokens, extra)

    def _limits(self, max_tokens: int, extras: Any) -> Mapping[str, Any]:
        return self._options(max_tokens, {})

    def _streaming(self, extras: Any) -> Mapping[str, Any]:
        return {"stream_usage": "usage" in extras} | ({"logprobs": True} if "logprobs" in extras else {})

    def _options(self, max_tokens: int, extra: Mapping[str, Any]) -> dict[str, Any]:
        """`extra` travels beside the client's own arguments: as one of them, response_format makes it parse the
        reply and raise. Only OpenAI itself wants the newer name of max_tokens; the compatible know the old one."""
        body = self._extra_body | dict(extra)
        if self._is_openai:
            return {"max_tokens": max_tokens} | ({"extra_body": body} if body else {})
        return {"extra_body": body | {"max_tokens": max_tokens}}

    def _connect(self) -> Connection:
        import openai
        from langchain_openai import ChatOpenAI

        from tools.chat.bounded import bounded_client
        from tools.chat.fallbacks import Fallbacks
        from tools.chat.refusals import OPENAI, Endpoint

        timeout = openai.Timeout(self._timeout_seconds, connect=min(self._timeout_seconds, MAX_CONNECT_SECONDS))
        # The vendor's default client is shared by all event loops of the process and breaks when one closes.
        http_client = self._given_client or bounded_client(openai, timeout)
        chat = ChatOpenAI(
            model=self._model,
            api_key=self._api_key or SecretStr(NO_KEY),
            base_url=self._base_url,
            timeout=timeout,
            stream_chunk_timeout=None,  # it swallows cancellations, and with them our own limit
            max_retries=0,
            temperature=self._temperature,
            use_responses_api=False,
            http_async_client=http_client,
        )
        key = self._api_key.get_secret_value() if self._api_key else None
        endpoint = Endpoint(self._model, self._base_url, key, OPENAI)
        formats = REPLY_FORMATS[1:] if self._is_openai else REPLY_FORMATS
        return Connection(chat, http_client, endpoint, Fallbacks(formats), Fallbacks(STREAM_EXTRAS))
