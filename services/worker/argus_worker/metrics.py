"""Prometheus metrics of the worker, added up over its processes."""

import os
import tempfile

from argus_records import latency

from argus_worker.scoring import Scored


def prepare() -> None:
    """Before the processes fork: one folder in which each keeps its numbers."""
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="argus-worker-metrics-"))


def serve(port: int) -> None:
    """Serve the sum on ``port``; 0 serves nothing."""
    if not port:
        return
    from prometheus_client import CollectorRegistry, start_http_server
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    start_http_server(port, registry=registry)


class _Metrics:
    def __init__(self) -> None:
        # Imported here: the library settles for one or several processes when it is loaded.
        from prometheus_client import Counter, Histogram

        self.decided = Counter("argus_decided_total", "Transactions decided", ["verdict"])
        self.latency = Histogram(
            "argus_received_to_decided_seconds", "From received to decided", buckets=latency.BOUNDS
        )
        self.batch = Histogram(
            "argus_batch_transactions",
            "Transactions of one batch",
            buckets=[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 4096, 16384],
        )
        self.seconds = Histogram(
            "argus_batch_seconds",
            "From claim to commit of one batch",
            buckets=[0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5],
        )
        self.rule_hits = Counter("argus_rule_hits_total", "Transactions that a rule hit", ["rule"])
        self.rule_errors = Counter("argus_rule_errors_total", "Transactions on which a rule raised", ["rule"])
        self.without_model = Counter("argus_decided_without_model_total", "Transactions decided by rules alone")


_metrics: _Metrics | None = None


def count(scored: Scored, seconds: float) -> None:
    """Count one recorded batch."""
    global _metrics
    if _metrics is None:
        _metrics = _Metrics()
    batch = scored.batch
    for verdict in ("approve", "review", "block"):
        number = sum(decision.verdict == verdict for decision in batch.decisions)
        if number:
            _metrics.decided.labels(verdict).inc(number)
    for value in scored.stored.latencies:
        _metrics.latency.observe(value)
    _metrics.batch.observe(len(batch.decisions))
    _metrics.seconds.observe(seconds)
    for rule, number in scored.rule_hits.items():
        _metrics.rule_hits.labels(rule).inc(number)
    for rule, number in scored.rule_errors.items():
        _metrics.rule_errors.labels(rule).inc(number)
    if batch.model_version is None:
        _metrics.without_model.inc(len(batch.decisions))
