from collections.abc import AsyncIterator

import pytest

from tests.integrations.slack.local_slack import LocalSlack, running_slack


@pytest.fixture
async def slack(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LocalSlack]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)  # the SDK would send even loopback requests there
    async with running_slack() as local:
        yield local
