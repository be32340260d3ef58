import shutil

import pytest

from evals.bench import outages


@pytest.mark.slow
@pytest.mark.timeout(600)  # four dependencies, each away and watched, after an ingestion
def test_every_dependency_may_be_killed_under_load_and_no_question_is_lost() -> None:
    assert shutil.which("redis-server"), "apt-get install redis-server"
    assert outages.main(["--in-flight", "6", "--down", "1", "--back", "10"]) == 0
