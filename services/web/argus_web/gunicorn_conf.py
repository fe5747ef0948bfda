"""How gunicorn serves: few processes, many threads.

Requests are short; live viewers hold a thread each while they watch. See docs/adr/0007.
"""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

# Not Django's, only this module: a wrong setting stops the start here and is named.
from argus_web.settings import WEB_THREADS

bind = os.environ.get("ARGUS_WEB_BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))
threads = WEB_THREADS
# Idle kept-alive connections cost no thread; there may be many more of them.
worker_connections = WEB_THREADS + 1000
http_parser = "auto"
keepalive = 10
timeout = 60
graceful_timeout = 20
preload_app = False
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
control_socket_disable = True
accesslog = None
errorlog = "-"
loglevel = "warning"

# Several processes add their metrics up through files. Set before anything imports prometheus_client.
_own_folder = ""
if workers > 1 and "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    _own_folder = os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="argus-web-metrics-")


def on_starting(_server: Any) -> None:
    """Counts of an earlier run are not ours."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        for file in Path(folder).glob("*.db"):
            file.unlink()


def post_worker_init(worker: Any) -> None:
    """Do what the first requests would wait for."""
    from django.db import Error, connection
    from django.urls import get_resolver

    from argus_web.dashboard.live import hub
    from argus_web.ingest import faults
    from argus_web.ingest.waiting import decided

    get_resolver().resolve("/api/v1/transactions")
    faults.transaction(
        {
            "transaction_id": "warm", "occurred_at": "2026-01-01T00:00:00Z", "customer_id": "warm",
            "amount": "1.00", "currency": "EUR",
        }
    )  # fmt: skip
    decided.listen()
    # Live viewers must not hold up a graceful stop.
    hub.serve_while(lambda: worker.alive)
    try:
        connection.ensure_connection()
        connection.close()
    except Error as error:
        # Serve all the same: health says what is missing, and requests are told to come again.
        worker.log.warning("the database does not answer yet: %s", error)


def child_exit(_server: Any, worker: Any) -> None:
    """A dead process's gauges are gone."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)


def on_exit(_server: Any) -> None:
    """Leave nothing behind."""
    if _own_folder:
        shutil.rmtree(_own_folder, ignore_errors=True)
