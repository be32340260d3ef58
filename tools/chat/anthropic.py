"""Anthropic's Messages API, and servers that speak it, through langchain-anthropic; the optional extra `anthropic`.

A reply that must fit a schema is asked for as the arguments of a tool; where a model or a server refuses that, as an
enforced JSON format, and at last in words. What is refused once is not asked for again.
"""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, SecretStr

from tools.chat.calling import MAX_CONNECT_SECONDS, CalledModel, Connection
from tools.chat.replies import LIMITS, json_schema_of, schema_instruction, without
from tools.chat.tally import estimated_tokens
from tools.errors import InvalidSetting
from tools.ports import Message

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, BaseMessage

ANTHROPIC_URL = "https://api.anthropic.com"
NO_KEY = "none"
REPLY_FORMATS = ("tool", "json_schema", "instructions")
LEAST_CACHED_TOKENS = 1_024
"""No Claude model caches a shorter prefix: marking one would be for nothing. Some want up to four times as much."""


class AnthropicChatModel(CalledModel):
    """`tools.ports.ChatModel` at Anthropic. It gives no log-probabilities, so a stream's `mean_logprob` is None."""

    default_url = ANTHROPIC_URL
    key_setting = "ANTHROPIC_API_KEY"

    def _asking_for(self, schema: type[BaseModel], way: Any, max_tokens: int) -> tuple[str | None, Mapping[str, Any]]:
        form, steady = way
        options = dict(self._limits(max_tokens, steady))
        written = without(LIMITS, json_schema_of(schema))
        if form == "tool":
            tool = {"name": schema.__name__, "description": "Give the reply.", "input_schema": _bare(written)}
            return None, options | {"tools": [tool], "tool_choice": {"type": "tool", "name": schema.__name__}}
        if form == "json_schema":
            return None, options | {"output_config": {"format": {"type": "json_schema", "schema": _bare(written)}}}
        return schema_instruction(schema), options

    def _limits(self, max_tokens: int, extras: Any) -> Mapping[str, Any]:
        """`extras`: whether to ask for this model's temperature; newer models refuse any."""
        return {"max_tokens": max_tokens} | ({"temperature": self._temperature} if extras else {})

    def _object_in(self, reply: "AIMessage") -> str | None:
        return json.dumps(reply.tool_calls[0]["args"], ensure_ascii=False) if reply.tool_calls else None

    def _vendor_messages(self, messages: Sequence[Message]) -> "list[BaseMessage]":
        """A system prompt long enough to be cached is marked for it: it comes first and is the same in every call."""
        from langchain_core.messages import SystemMessage

        made = super()._vendor_messages(messages)
        if made and isinstance(made[0], SystemMessage) and _worth_caching(messages[0]):
            marked = {"type": "text", "text": messages[0].content, "cache_control": {"type": "ephemeral"}}
            made[0] = SystemMessage(content=[marked])
        return made

    def _connect(self) -> Connection:
        try:
            import anthropic
            from langchain_anthropic import ChatAnthropic
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] not in {"anthropic", "langchain_anthropic"}:
                raise
            raise InvalidSetting(
                f"HOPLINE_MODEL: {self._model} needs optional packages; install them with "
                "pip install 'hopline[anthropic]'."
            ) from error
        from tools.chat.bounded import bounded_client
        from tools.chat.fallbacks import Fallbacks
        from tools.chat.refusals import ANTHROPIC, Endpoint

        timeout = anthropic.Timeout(self._timeout_seconds, connect=min(self._timeout_seconds, MAX_CONNECT_SECONDS))
        http_client = self._given_client or bounded_client(anthropic, timeout)
        key = self._api_key or SecretStr(NO_KEY)
        chat = ChatAnthropic(model=self._model, api_key=key, base_url=self._base_url, max_retries=0)
        # LangChain caches one HTTP client for all event loops of the process, which breaks when one closes.
        chat.__dict__["_async_client"] = anthropic.AsyncAnthropic(
            api_key=key.get_secret_value(),
            base_url=self._base_url,
            max_retries=0,
            timeout=timeout,
            http_client=http_client,
        )
        steady = [False] if self._temperature is None or not _takes_temperature(chat) else [True, False]
        formats = [(form, each) for form in REPLY_FORMATS for each in steady]
        endpoint = Endpoint(self._model, self._base_url, key.get_secret_value(), ANTHROPIC)
        return Connection(chat, http_client, endpoint, Fallbacks(formats), Fallbacks(steady))


def _takes_temperature(chat: Any) -> bool:
    """What the library's table of models says; a model it doesn't know is asked."""
    return bool((chat.profile or {}).get("temperature", True))


def _worth_caching(message: Message) -> bool:
    return estimated_tokens(len(message.content)) >= LEAST_CACHED_TOKENS


def _bare(written: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in written.items() if key not in ("title", "description")}
