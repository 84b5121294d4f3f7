"""Prometheus metrics. With several workers each writes files of its own, and any of them answers for all.

That needs `PROMETHEUS_MULTIPROC_DIR` in the environment before the process starts; `bmp serve` sets it and empties
the folder (TRAPS). Labels are operation ids and statuses, never paths: their number is bounded.
"""

from __future__ import annotations

import os

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

REQUESTS = Counter("bmp_requests", "Requests by operation and status.", ("operation", "status"))
SECONDS = Histogram("bmp_request_seconds", "Seconds from the first byte to the last.", ("operation",), buckets=_BUCKETS)
CONNECTIONS = Gauge("bmp_database_connections", "Database connections in use.", multiprocess_mode="livesum")
CHANGES_WAITING = Gauge(
    "bmp_changes_waiting", "Committed changes without a place in the feed.", multiprocess_mode="livemostrecent"
)
CHANGES_LAG = Gauge(
    "bmp_changes_lag_seconds", "Age of the oldest change without a place.", multiprocess_mode="livemostrecent"
)
STREAMS = Gauge("bmp_streams", "Streams of server-sent events that are open.", multiprocess_mode="livesum")
JOBS_QUEUED = Gauge("bmp_jobs_queued", "Jobs in the queue.", multiprocess_mode="livemostrecent")
JOBS_LAG = Gauge(
    "bmp_jobs_lag_seconds", "Seconds that the oldest job that is due has waited.", multiprocess_mode="livemostrecent"
)
AGAIN = Counter("bmp_transactions_repeated", "Transactions that were tried again.", ("reason",))

WEBHOOKS = {
    "disabled": Counter("bmp_webhooks_disabled", "Webhooks that the service gave up, by reason.", ("because",)),
    "stalled": Counter(
        "bmp_webhooks_stalled", "Failures of the service itself over one webhook, by what it was doing.", ("step",)
    ),
}

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_counted: dict[tuple[str, int], Counter] = {}
_timed: dict[str, Histogram] = {}


def observe(operation: str, status: int, seconds: float, connections: int) -> None:
    """Count one request."""
    count = _counted.get((operation, status))
    if count is None:
        count = _counted[operation, status] = REQUESTS.labels(operation, str(status))
        _timed[operation] = SECONDS.labels(operation)
    count.inc()
    _timed[operation].observe(seconds)
    CONNECTIONS.set(connections)


def count_webhook(what: str, how: str) -> None:
    """Count a webhook that was given up, or left alone for a while."""
    WEBHOOKS[what].labels(how).inc()


def exposition() -> bytes:
    """All metrics of all workers in Prometheus' text format."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return bytes(generate_latest(REGISTRY))
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call] # half typed library
    return bytes(generate_latest(registry))
