"""The graph as LangGraph's own tools open it: by the path in `langgraph.json`."""

import importlib.util
import inspect
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from langgraph.pregel import Pregel
from langgraph_cli.config import validate_config_file

from tools.errors import InvalidSetting

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATION = ROOT / "langgraph.json"


@pytest.fixture
async def app(home: Path) -> AsyncIterator[Any]:
    """The module, imported by file path as LangGraph does."""
    path, _ = json.loads(CONFIGURATION.read_text(encoding="utf-8"))["graphs"]["hopline"].split(":")
    spec = importlib.util.spec_from_file_location("graph_of_langgraph_json", ROOT / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    await module.close()


def test_the_configuration_is_valid_for_langgraph(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert set(validate_config_file(CONFIGURATION)["graphs"]) == {"hopline"}


async def test_the_graph_answers_under_the_rights_of_its_context(app: Any) -> None:
    _, factory = json.loads(CONFIGURATION.read_text(encoding="utf-8"))["graphs"]["hopline"].split(":")
    make = getattr(app, factory)
    assert inspect.iscoroutinefunction(make)
    assert not inspect.signature(make).parameters
    graph = await make()
    assert isinstance(graph, Pregel)
    asked = {"question": "Who approves a refund above 500 euros?"}
    reply = await graph.ainvoke(asked, context={"groups": ["finance"]})
    assert "duty manager" in reply["answer"]
    assert await make() is graph
    nothing = await graph.ainvoke(asked, context={"tenant": "another"})
    assert nothing["status"] == "declined"


async def test_a_required_audit_log_is_not_gone_past(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOPLINE_AUDIT", "required")
    with pytest.raises(InvalidSetting, match="without the audit log"):
        await app.hopline()
    monkeypatch.setenv("HOPLINE_AUDIT", "on")
    assert isinstance(await app.hopline(), Pregel)
