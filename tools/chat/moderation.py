"""The endpoint's own moderation as a screen for finished answers (OpenAI's `/moderations`); off unless asked for."""

from openai import AsyncOpenAI, OpenAIError

from tools.errors import ModelUnavailable

MODEL = "omni-moderation-latest"


class OpenAIModeration:
    """`tools.ports.Screener` by a classifier that judges meaning, not words: "how do I report fraud?" passes."""

    def __init__(self, *, api_key: str, base_url: str | None = None, timeout_seconds: float = 20.0) -> None:
        self._client = AsyncOpenAI(api_key=api_key, base_url=base_url, timeout=timeout_seconds, max_retries=1)

    async def flagged(self, text: str) -> tuple[str, ...]:
        try:
            reply = await self._client.moderations.create(model=MODEL, input=text)
        except OpenAIError as error:
            raise ModelUnavailable(f"the moderation endpoint did not answer ({type(error).__name__})") from error
        found = [result.categories.model_dump() for result in reply.results if result.flagged]
        return tuple(dict.fromkeys(name for one in found for name, hit in one.items() if hit)) or ("flagged",) * bool(
            found
        )

    async def close(self) -> None:
        await self._client.close()
