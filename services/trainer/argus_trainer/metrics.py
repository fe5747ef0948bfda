"""Prometheus metrics of the trainer: how its last training ended."""

from typing import Final

from argus_records import __version__
from prometheus_client import CollectorRegistry, Counter, Gauge, disable_created_metrics, start_http_server

# When a counter was made says nothing that Prometheus does not see, and would double the series.
disable_created_metrics()
OUTCOMES: Final = (
    "promoted",
    "registered",
    "refused",
    "too_few_transactions",
    "registry_down",
    "ledger_down",
    "already_running",
    "stopped",
    "failed",
)
SUCCESSES: Final = {"promoted", "registered"}
# Its own registry, so that it can be made anew.
REGISTRY: Final = CollectorRegistry()
_RUNS: Final = Counter(
    "argus_trainer_runs_total", "Trainings since the start, by outcome", ["outcome"], registry=REGISTRY
)
_OUTCOME: Final = Gauge(
    "argus_trainer_last_outcome", "1 for the outcome of the last training", ["outcome"], registry=REGISTRY
)
_FINISHED: Final = Gauge(
    "argus_trainer_last_finished_timestamp_seconds", "When the last training ended", registry=REGISTRY
)
_SUCCEEDED: Final = Gauge(
    "argus_trainer_last_success_timestamp_seconds",
    "When a training last ended with a version that passed its checks; 0 before the first since the start",
    registry=REGISTRY,
)
_SECONDS: Final = Gauge("argus_trainer_last_duration_seconds", "How long the last training took", registry=REGISTRY)
_TRANSACTIONS: Final = Gauge(
    "argus_trainer_last_transactions", "Transactions in the window of the last training", registry=REGISTRY
)
_CHAMPION: Final = Gauge(
    "argus_trainer_champion_version",
    "Version that carried the alias after the last training",
    registry=REGISTRY,
)
_BUILD: Final = Gauge("argus_build_info", "1; which build runs", ["version", "code_version"], registry=REGISTRY)


def serve(port: int, *, code_version: str) -> None:
    """Serve the metrics on ``port``; 0 serves nothing."""
    _BUILD.labels(__version__, code_version).set(1)
    if port:
        start_http_server(port, registry=REGISTRY)


def finished(*, outcome: str, at: float, seconds: float) -> None:
    """Note the end of a training."""
    for name in OUTCOMES:
        _OUTCOME.labels(name).set(name == outcome)
    _RUNS.labels(outcome).inc()
    _FINISHED.set(at)
    if outcome in SUCCESSES:
        _SUCCEEDED.set(at)
    _SECONDS.set(seconds)


def used(transactions: int) -> None:
    """Note how many transactions the window holds."""
    _TRANSACTIONS.set(transactions)


def champion(version: str | None) -> None:
    """Note which version carries the alias now."""
    if version is not None and version.isdigit():
        _CHAMPION.set(int(version))
