from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.agent.telemetry.watched import Watched
from tests.openai_server import openai_server

__all__ = ["openai_server"]


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    opened = await Watched.opened(tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
async def watched_with_content(tmp_path: Path) -> AsyncIterator[Watched]:
    opened = await Watched.opened(tmp_path, content=True)
    yield opened
    await opened.close()
