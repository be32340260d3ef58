"""The endpoint's own moderation as a screen for finished answers (OpenAI's `/moderations`); off unless asked for."""

from openai import AsyncOpenAI, OpenAIError
from pydantic import BaseModel, Field, ValidationError

from tools.errors import ModelUnavailable

MODEL = "omni-moderation-latest"
UNNAMED = "something it does not name"


class _Verdict(BaseModel):
    flagged: bool
    categories: dict[str, bool | None] = {}


class _Verdicts(BaseModel):
    """Read strictly: the client takes whatever comes, and a page of a proxy is no all-clear."""

    results: list[_Verdict] = Field(min_length=1)


class OpenAIModeration:
    """`tools.ports.Screener` by a classifier that judges meaning, not words: "how do I report fraud?" passes."""

    def __init__(self, *, api_key: str, base_url: str | None = None, timeout_seconds: float = 20.0) -> None:
        self._client = AsyncOpenAI(api_key=api_key, base_url=base_url, timeout=timeout_seconds, max_retries=1)

    async def flagged(self, text: str) -> tuple[str, ...]:
        try:
            reply = await self._client.moderations.with_raw_response.create(model=MODEL, input=text)
            verdicts = _Verdicts.model_validate_json(reply.content)
        except OpenAIError as error:
            raise ModelUnavailable(f"the moderation endpoint did not answer ({type(error).__name__})") from error
        except ValidationError as error:
            raise ModelUnavailable("the moderation endpoint's reply can't be read") from error
        flagged = [verdict for verdict in verdicts.results if verdict.flagged]
        found = dict.fromkeys(name for verdict in flagged for name, hit in verdict.categories.items() if hit)
        return tuple(found) or (UNNAMED,) * bool(flagged)

    async def close(self) -> None:
        await self._client.close()
