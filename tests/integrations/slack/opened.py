"""The door, opened against the local Slack with timings for tests."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from agent.settings import Settings
from integrations.slack.answering import Answerer
from integrations.slack.app import Door, connected
from integrations.slack.channels import ChannelRules
from integrations.slack.groups import NO_GROUPS, Groups
from integrations.slack.timing import Timing
from tests.integrations.slack.local_slack import APP_TOKEN, BOT_TOKEN, LocalSlack

QUICK = Timing(
    lease=4.0,
    pulse=0.3,
    poll=0.2,
    call=1.0,
    first_sign=0.1,
    stream_update=0.05,
    channel_update=0.1,
    post_interval=0.0,
    before_lookup=0.05,
    retry=(0.05, 0.05),
    patience=(0.1,) * 20,
    grace=2.0,
)


async def eventually(is_so: Callable[[], Awaitable[object]], seconds: float = 5.0) -> None:
    """Poll until the condition holds, where nothing announces it."""
    async with asyncio.timeout(seconds):
        while not await is_so():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.02)


ROOMY = {
    "slack_user_per_minute": 10_000,
    "slack_user_per_day": 10_000,
    "slack_channel_per_minute": 10_000,
    "slack_channel_per_day": 10_000,
}


def settings_for(slack: LocalSlack, **changed: object) -> Settings:
    values: dict[str, Any] = {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_APP_TOKEN": APP_TOKEN,
        "SLACK_API_URL": slack.url,
        "home": Path("home"),
        **ROOMY,
        **changed,
    }
    return Settings.model_validate(values)


def opened(
    slack: LocalSlack,
    assistant: Answerer,
    groups: Groups = NO_GROUPS,
    *,
    channels: ChannelRules | None = None,
    timing: Timing = QUICK,
    **changed: object,
) -> AbstractAsyncContextManager[Door]:
    return connected(settings_for(slack, **changed), assistant, groups=groups, channels=channels, timing=timing)
