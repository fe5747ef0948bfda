"""How gunicorn serves: few processes, many threads.

Requests are short; live viewers hold a thread each while they watch. See docs/adr/0007.
"""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

bind = os.environ.get("ARGUS_WEB_BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))
threads = int(os.environ.get("ARGUS_WEB_THREADS", "192"))
worker_connections = 1000
http_parser = "auto"
keepalive = 30
timeout = 60
graceful_timeout = 20
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
accesslog = None
errorlog = "-"
loglevel = "warning"

if workers > 1 and "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="argus-web-metrics-")
    _metrics_folder = os.environ["PROMETHEUS_MULTIPROC_DIR"]
else:
    _metrics_folder = ""


def post_worker_init(worker: Any) -> None:
    """Load what the first request would wait for."""
    from django.urls import get_resolver

    from argus_web.ingest import schema
    from argus_web.ingest.waiting import decided

    get_resolver().resolve("/api/v1/transactions")
    schema.transaction(
        {
            "transaction_id": "warm", "occurred_at": "2026-01-01T00:00:00Z", "customer_id": "warm",
            "amount": "1.00", "currency": "EUR",
        }
    )  # fmt: skip
    decided.listen()


def child_exit(server: Any, worker: Any) -> None:
    """A dead process's gauges are gone."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)


def on_exit(server: Any) -> None:
    """Leave nothing behind."""
    if _metrics_folder:
        shutil.rmtree(_metrics_folder, ignore_errors=True)
