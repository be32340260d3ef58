"""Answers that only the asker sees, through the address that Slack gave with the question: thirty minutes, five posts.

Such a post has no ts and can't be found again, so after a crash in the middle of sending it is sent again.
"""

from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.webhook.async_client import AsyncWebhookClient

from integrations.slack.blocks import SlackMessage
from tools.errors import PermanentError, TransientError

MAX_POSTS = 4
_TIMEOUT_SECONDS = 10


class AddressExpired(PermanentError):
    """Slack takes nothing more for this question: more than half an hour has passed, or five posts were made."""


class SlackUnavailable(TransientError):
    pass


async def respond(response_url: str, messages: list[SlackMessage]) -> None:
    client = AsyncWebhookClient(
        response_url,
        timeout=_TIMEOUT_SECONDS,
        retry_handlers=[
            AsyncConnectionErrorRetryHandler(max_retry_count=2),
            AsyncRateLimitErrorRetryHandler(max_retry_count=5),
            AsyncServerErrorRetryHandler(max_retry_count=2),
        ],
    )
    for message in messages[:MAX_POSTS]:
        response = await client.send(
            text=message.text, blocks=message.blocks, response_type="ephemeral", replace_original=False
        )
        if response.status_code >= 500 or response.status_code == 429:
            raise SlackUnavailable(f"Slack did not take an answer ({response.status_code}).")
        if response.status_code != 200:
            raise AddressExpired(f"Slack refused an answer ({response.status_code}: {response.body}).")
