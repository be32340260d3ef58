"""Every test starts from a clean environment, in a folder of its own, and may not block the event loop."""

import inspect
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from blockbuster import blockbuster_ctx

OUR_PACKAGES = ["agent", "graph", "tools", "integrations", "evals"]
_FOREIGN_PREFIXES = ("HOPLINE_", "OPENAI_", "SLACK_", "LANGSMITH_", "LANGCHAIN_")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No setting of the machine reaches a test, and nothing a test stores reaches the machine; returns the home."""
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
