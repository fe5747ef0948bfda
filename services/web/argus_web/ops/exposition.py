"""What /metrics serves: what the processes of this container count, and the figures that are asked for."""

import os
from collections.abc import Iterator

from argus_records import __version__
from django.conf import settings
from prometheus_client import REGISTRY, CollectorRegistry, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from argus_web.ops import figures


class Exposition(Collector):
    """All metrics. The figures are those of the moment, made here: no process's file keeps an old one."""

    def collect(self) -> Iterator[Metric]:
        """Never fails: what cannot be had is left out, and ``argus_database_up`` or ``argus_redis_up`` says so."""
        registry = REGISTRY
        if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
            registry = CollectorRegistry()
            MultiProcessCollector(registry)
        yield from registry.collect()
        yield from Figures().collect()


class Figures(Collector):
    """What is asked for, not counted."""

    def collect(self) -> Iterator[Metric]:
        """One family after the other."""
        for kept in (figures.ledger, figures.workers, figures.size, figures.stability):
            kept.begin()
        yield from _ledger(figures.ledger.get())
        yield from _workers(figures.workers.get())
        size = figures.size.get()
        if size is not None:
            yield _gauge("argus_database_bytes", "Size of the ledger's database with its indexes", size)
        stability = figures.stability.get()
        if stability is not None:
            yield _gauge(
                "argus_score_stability_index",
                "How far the scores of the last 7 days are spread otherwise than those of the 7 days before",
                stability,
            )
        if settings.DATABASE_CAPACITY_GIB:
            yield _gauge(
                "argus_database_capacity_bytes",
                "How large the database may become, as ARGUS_DATABASE_CAPACITY_GIB says",
                settings.DATABASE_CAPACITY_GIB * 2**30,
            )
        disk = figures.disk()
        if disk is not None:
            available = GaugeMetricFamily(
                "argus_disk_available_bytes", "Free space of the file system of ARGUS_DISK_PATH", labels=["path"]
            )
            available.add_metric([disk.path], disk.available)
            yield available
            total = GaugeMetricFamily(
                "argus_disk_size_bytes", "Size of the file system of ARGUS_DISK_PATH", labels=["path"]
            )
            total.add_metric([disk.path], disk.size)
            yield total
        yield _gauge(
            "argus_model_max_age_seconds",
            "How old the model in force may become, as ARGUS_MODEL_MAX_AGE_HOURS says",
            settings.MODEL_MAX_AGE_HOURS * 3600,
        )
        build = GaugeMetricFamily("argus_build_info", "1; which build runs", labels=["version", "code_version"])
        build.add_metric([__version__, settings.CODE_VERSION], 1)
        yield build


def _gauge(name: str, said: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, said, value=value)


def _ledger(known: figures.LedgerFigures | None) -> Iterator[Metric]:
    yield _gauge("argus_database_up", "1 if the ledger answered in time", known is not None)
    if known is None:
        return
    yield _gauge("argus_transactions_pending", "Transactions waiting to be decided", known.pending)
    yield _gauge(
        "argus_transactions_pending_oldest_seconds",
        "Age of the oldest transaction waiting, 0 if none waits",
        known.oldest,
    )
    waiting = GaugeMetricFamily("argus_alerts_waiting", "Alerts that wait for a person", labels=["status"])
    for status, count in sorted(known.desk.waiting.items()):
        waiting.add_metric([status], count)
    yield waiting
    yield _gauge("argus_cases_overdue", "Cases that are not decided past their deadline", known.desk.overdue)
    training = GaugeMetricFamily(
        "argus_training_last_timestamp_seconds", "When a training last ended like this", labels=["outcome"]
    )
    for outcome, at in sorted(known.trainings.items()):
        training.add_metric([outcome], at.timestamp())
    yield training


def _workers(running: list[dict[str, object]] | None) -> Iterator[Metric]:
    yield _gauge("argus_redis_up", "1 if Redis answered in time", running is not None)
    if running is not None:
        yield _gauge("argus_workers_running", "Worker processes that have lately shown a sign of life", len(running))
