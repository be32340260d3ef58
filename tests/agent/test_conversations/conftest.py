from collections.abc import Iterator

import pytest

from tests.agent.test_conversations.postgres_server import running_postgres, server_programs


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a real server's empty database; skips where no server is installed."""
    programs = server_programs()
    if programs is None:
        pytest.skip("no Postgres server is installed (apt-get install postgresql)")
    with running_postgres(programs) as url:
        yield url
