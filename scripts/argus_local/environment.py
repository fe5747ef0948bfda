"""The environment that programs get: what they must know, and nothing of the caller's that would steer them."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from argus_local.programs import ROOT

# Settings of the programs, their libraries and PostgreSQL's clients. The caller's are meant for other addresses.
STEERING: Final = ("ARGUS_", "DJANGO_", "DATABASE_URL", "REDIS_URL", "PG", "CELERY_", "FLOWER_", "MLFLOW_")
SINGLE: Final = {"GUNICORN_CMD_ARGS", "WEB_CONCURRENCY", "PROMETHEUS_MULTIPROC_DIR"}
LOOPBACK: Final = "127.0.0.1,localhost"


def environment(
    *, data: Path, ports: Mapping[str, int], database: str, redis: str, secret_key: str, extra: Mapping[str, str]
) -> dict[str, str]:
    """All variables of all programs."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(STEERING) and name not in SINGLE}
    no_proxy = ",".join(filter(None, [os.environ.get("no_proxy") or os.environ.get("NO_PROXY"), LOOPBACK]))
    return kept | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}",
        "PYTHONUNBUFFERED": "1",
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
        "DATABASE_URL": database,
        "REDIS_URL": redis,
        "MLFLOW_TRACKING_URI": f"http://127.0.0.1:{ports['mlflow']}",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        # Its job runners are for features that Argus does not use, and take half a gigabyte.
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "DO_NOT_TRACK": "true",
        "ARGUS_SECRET_KEY": secret_key,
        "ARGUS_ALLOWED_HOSTS": "localhost,127.0.0.1",
        "ARGUS_WEB_BIND": f"127.0.0.1:{ports['web']}",
        "ARGUS_STATIC_ROOT": str(data / "static"),
        "ARGUS_MODEL_CACHE": str(data / "models"),
        "ARGUS_WORKER_HEARTBEAT": str(data / "worker-heartbeat"),
        "ARGUS_TRAINER_HEARTBEAT": str(data / "trainer-heartbeat"),
        "ARGUS_WORKER_METRICS_PORT": str(ports["worker_metrics"]),
        "ARGUS_TRAINER_METRICS_PORT": str(ports["trainer_metrics"]),
        # Shared by all starts: compiling the engine's kernels takes the better part of a minute.
        "NUMBA_CACHE_DIR": str(ROOT / "var" / "numba"),
        **extra,
    }
