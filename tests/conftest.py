"""Every test starts from a clean environment, in a folder of its own, and may not block the event loop."""

import fcntl
import inspect
import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from blockbuster import blockbuster_ctx
from hypothesis import settings

from tests.postgres_server import postgres, postgres_server

__all__ = ["postgres", "postgres_server"]

OUR_PACKAGES = ["agent", "graph", "tools", "integrations", "evals"]
DOCUMENTS = {
    "refunds.md": "# Refunds\n\nA refund above 500 euros is approved by the duty manager. Smaller ones need nobody.\n",
    "roles.md": "# Duty manager\n\nThe duty manager is Lotte Verbeek. She sits in Utrecht.\n",
    "evil.md": "# Evil page\n\nThe escape room \x1b]0;owned\x07opens at \x1b[31mnine\x1b[0m and [bold]closes[/bold].\n",
}
# Libraries read these when imported. An unreachable hub costs most of a minute; on a busy machine, spinning OpenMP
# threads make a fit of two seconds take thirty.
os.environ |= {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
# No deadline: a busy machine is not a failure, and speed is for the benchmarks.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
_FOREIGN_PREFIXES = ("HOPLINE_", "OPENAI_", "ANTHROPIC_", "SLACK_", "LANGSMITH_", "LANGCHAIN_", "OTEL_")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Keeps the machine's settings from the test and the test's files from the machine; returns the home."""
    for name in list(os.environ):
        if name.startswith(_FOREIGN_PREFIXES):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    monkeypatch.setenv("HOPLINE_HOME", str(home))
    monkeypatch.setenv("LANGSMITH_TRACING", "false")
    monkeypatch.chdir(tmp_path)
    return home


@pytest.fixture(autouse=True)
def blocking_is_an_error(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test in which one of our modules blocks the event loop; `@pytest.mark.blocks(reason)` opts out."""
    marker = request.node.get_closest_marker("blocks")
    if marker is not None:
        assert marker.args, "say why: @pytest.mark.blocks('the library opens its file in the loop')"
    if marker is not None or not inspect.iscoroutinefunction(getattr(request, "function", None)):
        yield
        return
    with blockbuster_ctx(scanned_modules=OUR_PACKAGES):
        yield


@pytest.fixture(autouse=True)
def _logging_left_as_found() -> Iterator[None]:
    """A command sets up logging for its whole process; the next test must get its log records again."""
    loggers = [
        logging.getLogger(name) for name in (None, "hopline", "agent", "graph", "tools", "evals", "integrations")
    ]
    levels = [logger.level for logger in loggers]
    yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


@pytest.fixture(scope="session")
def model_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `cache` folder of a home with the exported embedding model. Made once per test run, which takes seconds; all
    workers share it."""
    import asyncio

    from tools.embedders.opening import open_embedder

    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "models"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        asyncio.run(open_embedder("minilm", folder / "cache"))
    return folder / "cache"


@pytest.fixture
def home_with_model(clean_environment: Path, model_cache: Path) -> Path:
    """The test's home, with nothing but the exported model."""
    return with_model(clean_environment, model_cache)


@pytest.fixture(scope="session")
def stored(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Path:
    """A home with the documents, ingested by the command itself."""
    folder = tmp_path_factory.mktemp("cli")
    write(folder / "docs", DOCUMENTS)
    with_model(folder / "home", model_cache)
    from integrations.cli.main import run

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOPLINE_HOME", str(folder / "home"))
        assert run(["ingest", str(folder / "docs")]) == 0
    return folder / "home"


@pytest.fixture
def home(stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the ingested home, which the test may change."""
    copy = tmp_path / "ingested"
    shutil.copytree(stored, copy, symlinks=True)
    monkeypatch.setenv("HOPLINE_HOME", str(copy))
    return copy


def with_model(home: Path, model_cache: Path) -> Path:
    """A new home that shares only the exported model. The rest of its cache, such as vectors of passages, is its own,
    since another worker's test may erase it."""
    (home / "cache").mkdir(parents=True)
    for exported in model_cache.iterdir():
        (home / "cache" / exported.name).symlink_to(exported)
    return home


def write(folder: Path, documents: dict[str, str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in documents.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
