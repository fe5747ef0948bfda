"""Prometheus metrics that the web service counts: all definitions, and the functions that count.

What it is asked for and does not count stands in argus_web.ops.exposition.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

# When a counter was made says nothing that Prometheus does not see, and would double the series.
disable_created_metrics()
SUBMITTED = Counter("argus_transactions_received", "Transactions submitted, by what became of them", ["outcome"])
LABELS = Counter("argus_labels_received", "Labels submitted, by what became of them", ["outcome"])
REFUSED = Counter("argus_requests_refused", "API requests refused, by endpoint and reason", ["endpoint", "reason"])
SECONDS = Histogram(
    "argus_request_seconds",
    "Time to answer an API request",
    ["endpoint"],
    buckets=[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
)
HINTS = Counter("argus_hints", "Hints to the workers, by what became of them", ["outcome"])
LIMITS_ALONE = Counter("argus_rate_limits_alone", "Rate limits taken from this process's own count, Redis being away")
TOGETHER = Histogram(
    "argus_commit_transactions",
    "Single submissions that shared a commit",
    buckets=[1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
)
DOORS_REFUSED = Counter("argus_doors_refused", "People who were told that a door is not theirs, by door", ["door"])
WAITING = Gauge("argus_requests_waiting", "Requests that wait for a decision", multiprocess_mode="livesum")
VIEWERS = Gauge("argus_live_viewers", "Open live overviews", multiprocess_mode="livesum")

# There from the start: a series that is born with its first event has no increase to be alerted by.
for _outcome in ("accepted", "duplicate", "conflict", "rejected"):
    SUBMITTED.labels(_outcome)


def received(outcome: str, number: int = 1) -> None:
    """Count submitted transactions: accepted, duplicate, conflict or rejected."""
    if number:
        SUBMITTED.labels(outcome).inc(number)


def labelled(outcome: str, number: int) -> None:
    """Count submitted labels: accepted, duplicate or rejected."""
    if number:
        LABELS.labels(outcome).inc(number)


def refused(endpoint: str, reason: str) -> None:
    """Count a refused request."""
    REFUSED.labels(endpoint, reason).inc()


def door_refused(door: str) -> None:
    """Count a person who was shown that they may not pass."""
    DOORS_REFUSED.labels(door).inc()


def hinted(outcome: str) -> None:
    """Count a hint: sent, waiting (one was on its way), skipped or failed."""
    HINTS.labels(outcome).inc()


def committed_together(number: int) -> None:
    """Note the size of a shared commit."""
    TOGETHER.observe(number)


def watching(viewers: int) -> None:
    """Note how many live viewers this process has."""
    VIEWERS.set(viewers)


@contextmanager
def timed(endpoint: str) -> Iterator[None]:
    """Measure an API request."""
    started = time.perf_counter()
    try:
        yield
    finally:
        SECONDS.labels(endpoint).observe(time.perf_counter() - started)
