"""How often each cache had what was asked of it, as Prometheus counters."""

from prometheus_client import Counter

HITS = Counter("hopline_cache_hits", "Lookups that a cache could serve", ["cache"])
MISSES = Counter("hopline_cache_misses", "Lookups that a cache could not serve", ["cache"])
FAILURES = Counter(
    "hopline_cache_failures",
    "Lookups and writes that Redis did not answer, and values that can't be read",
    ["cache"],
)


def count(cache: str, *, hits: int = 0, misses: int = 0) -> None:
    if hits:
        HITS.labels(cache).inc(hits)
    if misses:
        MISSES.labels(cache).inc(misses)
