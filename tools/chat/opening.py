"""Which vendor stands behind a model's name."""

from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from tools.chat.pricing import Price
from tools.errors import InvalidSetting
from tools.ports import ChatModel

ANTHROPIC = "anthropic:"
OPENAI = "openai:"


@dataclass(frozen=True, slots=True)
class Access:
    """How an endpoint is reached; no key, no access. `base_url` None: the vendor's own."""

    api_key: SecretStr | None = None
    base_url: str | None = None


def open_chat(
    model: str,
    *,
    openai: Access,
    anthropic: Access,
    price: Price | None = None,
    timeout_seconds: float = 60.0,
    attempts: int = 4,
) -> ChatModel:
    """`anthropic:MODEL` at Anthropic, `openai:MODEL` or a bare `MODEL` at the OpenAI-compatible endpoint.

    Other colons belong to the name (`llama3.2:3b`). Imports no vendor's library. Raises InvalidSetting without a key.
    """
    name = bare_name(model)
    options: dict[str, Any] = {"price": price, "timeout_seconds": timeout_seconds, "attempts": attempts}
    if is_anthropic(model):
        from tools.chat.anthropic import AnthropicChatModel

        key = _key(anthropic, model, "ANTHROPIC_API_KEY")
        return AnthropicChatModel(name, api_key=key, base_url=anthropic.base_url, **options)
    from tools.chat.openai import OpenAIChatModel

    key = _key(openai, model, "OPENAI_API_KEY")
    return OpenAIChatModel(name, api_key=key, base_url=openai.base_url, **options)


def is_anthropic(model: str) -> bool:
    return model.startswith(ANTHROPIC)


def bare_name(model: str) -> str:
    """The name that the endpoint knows it by."""
    name = model.removeprefix(ANTHROPIC) if is_anthropic(model) else model.removeprefix(OPENAI)
    if not name.strip():
        raise InvalidSetting(f"HOPLINE_MODEL: {model!r} names no model; write anthropic:MODEL.")
    return name


def _key(access: Access, model: str, setting: str) -> SecretStr:
    if access.api_key is None:
        raise InvalidSetting(
            f"HOPLINE_MODEL is set ({model}) but {setting} is not: set the key (any word for a local server), or unset "
            "HOPLINE_MODEL for extractive answers."
        )
    return access.api_key
