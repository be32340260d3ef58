"""The dashboard is what Grafana reads, and every panel of it asks for metrics that exist."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.metric_names import asked, told
from tests.deploy.places import DEPLOY, read_yaml
from tests.deploy.test_alerts import promtool

DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana" / "hopline.json").read_text(encoding="utf-8"))
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
DRAWN = [panel for panel in PANELS if panel["type"] != "row"]
WIDTH = 24


def test_the_dashboard_has_what_grafana_asks_of_one() -> None:
    assert DASHBOARD["uid"] == "hopline"
    assert DASHBOARD["schemaVersion"] >= 36
    assert {"title", "time", "templating", "panels", "annotations"} <= set(DASHBOARD)
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    assert len({panel["title"] for panel in PANELS}) == len(PANELS)


def test_no_panel_lies_on_another_or_outside() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in PANELS:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= WIDTH
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells


@pytest.mark.parametrize("panel", DRAWN, ids=lambda panel: panel["title"])
def test_every_panel_asks_for_metrics_that_exist(panel: dict[str, Any]) -> None:
    assert panel["type"] in {"stat", "timeseries", "heatmap"}
    assert panel["targets"]
    for target in panel["targets"]:
        names = asked(target["expr"])
        assert names
        assert names <= told(), target["expr"]
        assert target["datasource"]["uid"] == "${datasource}"
        assert target["expr"].count("(") == target["expr"].count(")")


def test_the_expressions_are_ones_that_prometheus_can_read(tmp_path: Path) -> None:
    """As recording rules, since promtool has no check for a lone expression."""
    expressions = [
        target["expr"].replace("$__rate_interval", "5m").replace("$instance", ".*")
        for panel in DRAWN
        for target in panel["targets"]
    ]
    rules = [{"record": f"panel:{number}", "expr": expression} for number, expression in enumerate(expressions)]
    file = tmp_path / "panels.yml"
    file.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}), encoding="utf-8")
    checked = promtool("check", "rules", str(file))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"{len(rules)} rules found" in checked.stdout


def test_what_the_founding_requirements_name_is_on_it() -> None:
    everything = {name for panel in DRAWN for target in panel["targets"] for name in asked(target["expr"])}
    assert {
        "hopline_node_seconds_bucket",
        "hopline_question_seconds_bucket",
        "hopline_question_hops_bucket",
        "hopline_questions_total",
        "hopline_claims_total",
        "hopline_confidence_bucket",
        "hopline_cost_usd_total",
        "hopline_model_tokens_total",
        "hopline_queue_jobs",
        "hopline_questions_in_flight",
        "hopline_cache_hits_total",
        "hopline_port_errors_total",
    } <= everything


def test_grafana_finds_the_dashboard_and_its_prometheus() -> None:
    [provider] = read_yaml("grafana/provisioning.yaml")["providers"]
    mounts = read_yaml("compose.yaml")["services"]["grafana"]["volumes"]
    assert f"./grafana/hopline.json:{provider['options']['path']}/hopline.json:ro" in mounts
    [source] = read_yaml("grafana/datasource.yaml")["datasources"]
    assert source["url"] == "http://prometheus:9090"
