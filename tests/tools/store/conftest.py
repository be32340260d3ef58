from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.tools.store.passages import IDENTITY
from tools.store.address import Address
from tools.store.milvus import MilvusStore


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def store(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[MilvusStore]:
    """One real Milvus Lite file a test module; every test uses tenants or sources of its own."""
    folder = tmp_path_factory.mktemp("store")
    opened = await MilvusStore.open(Address(folder / "store.db", timeout_seconds=100), "tests", IDENTITY, create=True)
    yield opened
    await opened.close()
