"""The metrics that a worker really exports, and those that an expression asks for."""

import re

from prometheus_client import REGISTRY, CollectorRegistry, generate_latest

import agent.serving.caches.counting  # noqa: F401 - registers the counters of the caches
from agent.telemetry.metrics import Metrics

PROCESS = {"process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds"}
"""From the client library's own collector, on Linux."""

OF_PROMETHEUS = {"up", "ALERTS"}
_NAME = re.compile(r"\b(hopline_\w+|process_\w+|python_\w+|up|ALERTS)\b(?=\s*[{\[)]|$|\s)")
_TYPE = re.compile(r"^# TYPE (\w+) (\w+)$", re.MULTILINE)
_SUFFIXES = {"histogram": ("_bucket", "_count", "_sum"), "counter": ("",), "gauge": ("",)}


def told() -> set[str]:
    of_the_caches = generate_latest(REGISTRY).decode()
    text = generate_latest(Metrics(CollectorRegistry()).registry).decode() + of_the_caches
    ours = {f"{name}{suffix}" for name, kind in _TYPE.findall(text) for suffix in _SUFFIXES[kind]}
    return ours | PROCESS | OF_PROMETHEUS


def asked(expression: str) -> set[str]:
    return set(_NAME.findall(re.sub(r'"[^"]*"', '""', expression)))
