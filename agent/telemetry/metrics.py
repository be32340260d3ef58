"""What Prometheus reads. One set a process, in the client library's own registry, beside its process metrics.

Label values come from fixed sets (nodes, ports, statuses, error types) or from settings (models): never from a
question, a user or a document.
"""

from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.registry import REGISTRY

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0, 120.0)
"""2.0 is a bound, since the threshold for p95 is 2 s: no estimate by interpolation can be on the wrong side of it."""

TENTHS = tuple(n / 10 for n in range(1, 11))
HOPS = tuple(float(n) for n in range(1, 11))


class Metrics:
    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self.registry = registry

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"hopline_{name}", text, labels, registry=registry)

        def histogram(name: str, text: str, *labels: str, buckets: tuple[float, ...] = SECONDS) -> Histogram:
            return Histogram(f"hopline_{name}", text, labels, registry=registry, buckets=buckets)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"hopline_{name}", text, labels, registry=registry)

        self.questions = counter(
            "questions", "Questions that ended: answered, partial, declined, failed or stopped", "status", "mode"
        )
        self.question_seconds = histogram("question_seconds", "From the question to its answer", "mode")
        self.in_flight = gauge("questions_in_flight", "Questions under way in this process")
        self.node_seconds = histogram("node_seconds", "One run of a node of the graph", "node")
        self.hops = histogram("question_hops", "Hops that a question took", buckets=HOPS)
        self.claims = counter("claims", "Claims of finished drafts by the verifier's verdict", "support")
        self.confidence = histogram("confidence", "Calibrated confidence of answers", "status", buckets=TENTHS)
        self.port_seconds = histogram("port_seconds", "One call of a port", "port", "operation")
        self.port_errors = counter("port_errors", "Calls of a port that failed", "port", "error")
        self.tokens = counter("model_tokens", "Tokens by model", "model", "direction")
        self.cost = counter("cost_usd", "What model calls cost, in USD", "model")
        self.model_calls = counter("model_calls", "Model calls", "model")
        self.queue = gauge("queue_jobs", "Questions in the shared queue; every worker tells the same number", "state")
        self.ready = gauge("ready", "1 when the part answered its last readiness check", "part")
        self.trouble = counter("telemetry_errors", "Telemetry that could not be recorded or was dropped", "part")


@cache
def process_metrics() -> Metrics:
    """The one set in the registry of the process: a metric can be registered there only once."""
    return Metrics()
