"""What the worker's port serves: the sum over its processes, and which build they run."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from argus_records import __version__
from prometheus_client import CollectorRegistry, Metric, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

# Of these, zero says "not this one" or "none", and nothing is said better by nothing.
ABSENT_WHEN_ZERO: Final = {"argus_model_info", "argus_model_trained_timestamp_seconds"}


class Processes(Collector):
    """The files of ``folder``, in which each process keeps its numbers."""

    def __init__(self, folder: Path, *, code_version: str) -> None:
        self._folder = folder
        self._code_version = code_version
        self._files = MultiProcessCollector(None, str(folder))

    def collect(self) -> Iterator[Metric]:
        """All of it, without the gauges of processes that have died."""
        self._bury()
        for metric in self._files.collect():
            if metric.name in ABSENT_WHEN_ZERO:
                metric.samples = [sample for sample in metric.samples if sample.value]
            yield metric
        build = GaugeMetricFamily("argus_build_info", "1; which build runs", labels=["version", "code_version"])
        build.add_metric([__version__, self._code_version], 1)
        yield build

    def _bury(self) -> None:
        """The pool replaces a process that is killed and tells nobody here."""
        for pid in {int(file.stem.rpartition("_")[2]) for file in self._folder.glob("gauge_live*_*.db")}:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                mark_process_dead(pid, str(self._folder))
            except PermissionError:
                continue


def serve(port: int, folder: Path, *, code_version: str) -> None:
    """Serve on ``port``."""
    registry = CollectorRegistry()
    registry.register(Processes(folder, code_version=code_version))
    start_http_server(port, registry=registry)
