"""Settings of the worker, all from the environment."""

import socket
import tempfile
from pathlib import Path
from typing import Any

from argus_records import logs
from argus_records.conf import Env, common

from argus_worker.alive import sign

env = Env()
SHARED = common(env)
globals().update(SHARED)
# Named once more for those who read or check this file.
DATABASES: dict[str, Any] = SHARED["DATABASES"]
LOG_LEVEL: str = SHARED["LOG_LEVEL"]
LOG_FORMAT: str = SHARED["LOG_FORMAT"]

INSTALLED_APPS = ["django.contrib.postgres", "argus_records"]
SECRET_KEY = "the worker signs nothing"  # noqa: S105

# One connection per process, kept, and looked at before each task.
DATABASES["default"] |= {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}

WORKER_NAME = socket.gethostname()
# Transactions of one batch at most. Larger batches are cheaper per transaction and hold their shards longer.
WORKER_BATCH = env.number("ARGUS_WORKER_BATCH", default=4096, low=1, high=16_000)
WORKER_METRICS_PORT = env.number("ARGUS_WORKER_METRICS_PORT", default=0, low=0, high=65_535)
WORKER_HEARTBEAT = sign(env)
MODEL_CACHE = Path(env.text("ARGUS_MODEL_CACHE", default=str(Path(tempfile.gettempdir()) / "argus-models")))

LOGGING_CONFIG = None
logs.configure(level=LOG_LEVEL, fmt=LOG_FORMAT)
