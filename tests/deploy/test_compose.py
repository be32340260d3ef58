"""What can be known of the compose file and the image without an engine: every name in them stands for something."""

import asyncio
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from agent.settings import PREFIX, Settings, variable_of
from integrations.cli.commands import app
from integrations.health import serving_health
from integrations.slack.timing import Timing
from tests.agent.telemetry.watched import Watched
from tests.deploy.places import DEPLOY, ROOT, read_yaml

COMPOSE: dict[str, Any] = read_yaml("compose.yaml")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
EXAMPLE = {
    line.partition("=")[0]
    for line in (DEPLOY / "example.env").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
}
KNOWN = {variable_of(field) for field in Settings.model_fields}
KEYS = {
    "image", "build", "command", "entrypoint", "environment", "env_file", "restart", "deploy", "stop_grace_period",
    "depends_on", "profiles", "healthcheck", "volumes", "ports",
}  # fmt: skip
LONGEST_ANSWER_SECONDS = 60


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_made_of_keys_that_compose_knows(name: str) -> None:
    service = SERVICES[name]
    assert set(service) <= KEYS
    assert service["image"] == "hopline" or re.fullmatch(r"[\w./-]+:[\w.-]*\d[\w.-]*", service["image"]), "not pinned"
    assert service.get("healthcheck") or service["image"] == "hopline"
    for port in service.get("ports", []):
        assert port.startswith("127.0.0.1:")


def test_who_waits_for_health_waits_for_a_service_that_tells_it() -> None:
    for service in SERVICES.values():
        needed = service.get("depends_on", {})
        assert set(needed) <= set(SERVICES)
        for other in needed if isinstance(needed, dict) else ():
            assert "test" in SERVICES[other]["healthcheck"]


def test_every_volume_is_declared_and_every_mounted_file_is_there() -> None:
    mounts = [mount for service in SERVICES.values() for mount in service.get("volumes", [])]
    for mount in mounts:
        source = mount.partition(":")[0]
        if source.startswith("./"):
            assert (DEPLOY / source).is_file(), source
        elif not source.startswith("$"):
            assert source in COMPOSE["volumes"], source


HOPLINES = [name for name, service in SERVICES.items() if service["image"] == "hopline"]


@pytest.mark.parametrize("name", HOPLINES)
def test_the_folder_of_files_that_settings_name_is_mounted(name: str) -> None:
    assert "${CONFIG:-./config}:/etc/hopline:ro" in SERVICES[name]["volumes"]


@pytest.mark.parametrize("name", HOPLINES)
def test_every_setting_of_a_worker_exists(name: str) -> None:
    given = set(SERVICES[name]["environment"])
    assert given <= KNOWN
    assert SERVICES[name]["environment"]["HOPLINE_MILVUS_URI"] == "http://milvus:19530"
    assert SERVICES[name]["environment"]["HOPLINE_DATABASE_URL"].endswith("@postgres:5432/hopline")


def test_every_variable_of_the_files_is_explained_in_the_example() -> None:
    written = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    used = set(re.findall(r"\$\{(\w+)", written)) - {"TORCH_INDEX"}
    assert used <= EXAMPLE
    assert {name for name in EXAMPLE - used if not name.startswith(("SLACK_", "OPENAI_", PREFIX))} == set()
    assert {name for name in EXAMPLE if name.startswith(("SLACK_", "OPENAI_", PREFIX))} <= KNOWN


def test_the_commands_are_ones_that_hopline_has() -> None:
    commands = {command.name for command in app.registered_commands}
    assert SERVICES["worker"]["command"] == ["slack"]
    assert SERVICES["ingest"]["entrypoint"] == ["hopline", "ingest"]
    assert json.loads(_instruction("CMD", last=True)) == ["slack"]
    assert {"slack", "ingest"} <= commands


def test_a_worker_has_time_to_end_what_it_began() -> None:
    assert SERVICES["worker"]["stop_grace_period"] == f"{LONGEST_ANSWER_SECONDS}s"
    assert Timing().grace < LONGEST_ANSWER_SECONDS


def test_prometheus_scrapes_the_port_that_workers_tell() -> None:
    [hopline, _] = read_yaml("prometheus.yml")["scrape_configs"]
    [found] = hopline["dns_sd_configs"]
    assert found["names"] == ["worker"]
    assert found["port"] == int(_environment()["HOPLINE_METRICS_PORT"])
    assert hopline["job_name"] == "hopline"


def test_the_image_is_made_of_files_that_exist_and_settings_that_exist() -> None:
    sources = [
        name for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE) for name in line.split()[:-1]
    ]
    assert sources
    allowed = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8")
    for source in sources:
        assert (ROOT / source).exists(), source
        assert f"!{source}" in allowed or source.startswith("requirements"), source
    assert {name for name in _environment() if name.startswith(PREFIX)} <= KNOWN
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    [wanted] = re.findall(r'"\.\[([\w,]+)\]"', DOCKERFILE)
    assert set(wanted.split(",")) <= set(extras)


async def test_the_health_check_is_a_program_that_tells_ready_from_not(tmp_path: Path) -> None:
    [program] = re.findall(r'"-c", "(import urllib[^"]+)"', DOCKERFILE)
    watched = await Watched.opened(tmp_path)
    async with serving_health(await watched.assistant(metrics_port=0)) as url:
        here = program.replace("http://127.0.0.1:9464", url)
        assert here != program
        assert await _ran(here) == 0

        async def broken() -> None:
            raise OSError("gone")

    assistant = await watched.assistant(metrics_port=0)
    assistant.readiness.also("store", broken)
    async with serving_health(assistant) as url:
        assert await _ran(program.replace("http://127.0.0.1:9464", url)) != 0
    await watched.close()


async def _ran(program: str) -> int:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stderr=subprocess.DEVNULL)
    return await process.wait()


def _instruction(name: str, *, last: bool = False) -> str:
    found = re.findall(rf"^{name} (.*)$", DOCKERFILE, re.MULTILINE)
    return str(found[-1 if last else 0])


def _environment() -> dict[str, str]:
    return dict(re.findall(r"(HOPLINE_\w+)=(\S+)", DOCKERFILE))
