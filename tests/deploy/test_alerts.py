"""The alert rules are valid, fire on what they are for, and ask for metrics that exist."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.metric_names import asked, told
from tests.deploy.places import DEPLOY, read_yaml

RULES: list[dict[str, Any]] = [rule for group in read_yaml("alerts.yml")["groups"] for rule in group["rules"]]
PROMISED = {  # alert → (what it compares, the founding threshold)
    "HoplineSlowAnswers": ("hopline_question_seconds_bucket", 2.0),
    "HoplineCostlyAnswers": ("hopline_cost_usd_total", 0.01),
    "HoplineUnsupportedClaims": ("hopline_claims_total", 0.08),
}


def promtool(*arguments: str, folder: Path = DEPLOY) -> "subprocess.CompletedProcess[str]":
    program = shutil.which("promtool")
    assert program, "promtool is missing: install Debian's package prometheus, as .ci/run does"
    return subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("arguments", [("check", "rules", "alerts.yml"), ("check", "config", "prometheus.yml")])
def test_prometheus_takes_the_files(arguments: tuple[str, ...]) -> None:
    checked = promtool(*arguments)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_each_alert_fires_when_it_should_and_not_before() -> None:
    tested = promtool("test", "rules", "alerts.test.yml")
    assert tested.returncode == 0, tested.stdout + tested.stderr


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_the_rule_tests_notice_a_rule_that_never_fires(rule: dict[str, Any], tmp_path: Path) -> None:
    for name in ("alerts.yml", "alerts.test.yml"):
        shutil.copy(DEPLOY / name, tmp_path)
    written = (tmp_path / "alerts.yml").read_text(encoding="utf-8")
    named = written.index(f"alert: {rule['alert']}\n")
    later = written.find("- alert:", named + 1)
    end = later if later > 0 else len(written)
    twisted = re.sub(r"(>=?|==) ([\d.]+)", r"> 1e9", written[named:end])
    assert twisted != written[named:end]
    (tmp_path / "alerts.yml").write_text(written[:named] + twisted + written[end:], encoding="utf-8")
    assert promtool("test", "rules", "alerts.test.yml", folder=tmp_path).returncode != 0


@pytest.mark.parametrize("name", PROMISED)
def test_the_promised_thresholds_are_the_ones_that_alert(name: str) -> None:
    [rule] = [rule for rule in RULES if rule["alert"] == name]
    metric, threshold = PROMISED[name]
    assert metric in rule["expr"]
    assert re.search(rf"> {threshold:g}\b", rule["expr"])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_alert_asks_for_metrics_that_exist_and_says_what_to_do(rule: dict[str, Any]) -> None:
    names = asked(rule["expr"])
    assert names
    assert names <= told()
    assert set(rule["annotations"]) == {"summary", "description"}
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    assert asked(" ".join(re.findall(r"\((hopline_\w+)\)", rule["annotations"]["description"]))) <= {
        name for told_name in told() for name in (told_name, told_name.removesuffix("_bucket"))
    }


def test_every_label_value_in_a_rule_is_one_that_a_worker_tells() -> None:
    expressions = " ".join(rule["expr"] for rule in RULES)
    known = {
        "status": {"answered", "partial", "declined", "failed", "stopped"},
        "support": {"supported", "partial", "unsupported"},
        "state": {"waiting", "working", "done", "dead", "gone"},
        "job": {"hopline"},
    }
    used = re.findall(r'(\w+)(?:=~|!=|=)"([^"]*)"', expressions)
    assert {label for label, _ in used} <= set(known)
    for label, values in used:
        assert set(values.split("|")) <= known[label]
