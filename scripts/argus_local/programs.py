"""Argus's own programs and those beside it: how each is run, and how it shows that it is ready."""

import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from argus_local.ports import listening

ROOT: Final = Path(__file__).resolve().parents[2]
WEB: Final = ROOT / "services" / "web"
# In the order in which they start.
PROGRAMS: Final = ("mlflow", "web", "worker", "backtester", "trainer", "flower")
CRON: Final = "0 3 * * *"
# What the worker logs when its kernels are compiled and its history is open.
WORKER_READY: Final = "ready to score"
BACKTESTER_READY: Final = "ready to replay"
# The longest request takes 5 s. Told to stop, gunicorn waits as long for browsers that only keep their connection.
WEB_GRACE_SECONDS: Final = 6
HEALTH: Final = {"mlflow": "/health", "web": "/readyz", "flower": "/healthcheck"}

# Everything is on loopback: a proxy that the environment names has no part in it.
_direct: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class Place:
    """Where programs run: their data, their ports, their database's address."""

    data: Path
    ports: dict[str, int]
    database: str

    def command(self, name: str) -> list[str | Path]:
        """What to run."""
        celery = [sys.executable, "-m", "celery", "-A", "argus_worker"]
        if name == "mlflow":
            store = self.database.replace("postgresql://", "postgresql+psycopg://").removesuffix("argus") + "mlflow"
            return [
                sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self.ports["mlflow"]),
                "--backend-store-uri", store, "--artifacts-destination", str(self.data / "mlflow"),
                "--serve-artifacts", "--workers", "1",
            ]  # fmt: skip
        if name == "web":
            return [
                sys.executable, "-m", "gunicorn", "argus_web.wsgi", "-c", WEB / "argus_web" / "gunicorn_conf.py",
                "--graceful-timeout", str(WEB_GRACE_SECONDS),
            ]  # fmt: skip
        if name == "worker":
            return [*celery, "worker", "-B", "-l", "info", "-s", self.data / "beat-schedule"]
        if name == "backtester":
            return [*celery, "worker", "-Q", "backtests", "-n", "backtester@%h", "-l", "info"]
        if name == "trainer":
            return [sys.executable, "-m", "argus_trainer", "--schedule", CRON]
        if name == "flower":
            return [*celery, "flower", "--address=127.0.0.1", f"--port={self.ports['flower']}"]
        raise ValueError(f"there is no program {name!r}")

    def folder(self, name: str) -> Path:
        """The working directory. MLflow leaves files where it stands."""
        return self.data if name == "mlflow" else WEB

    def ready(self, name: str, said: str) -> bool:
        """Whether it is, judged by its address or by what it ``said`` in its log since it was started."""
        if name == "worker":
            return WORKER_READY in said
        if name == "backtester":
            return BACKTESTER_READY in said
        if name == "trainer":
            return listening(self.ports["trainer_metrics"])
        try:
            with _direct.open(f"http://127.0.0.1:{self.ports[name]}{HEALTH[name]}", timeout=5) as answer:
                good: bool = answer.status == 200
                return good
        except (urllib.error.URLError, OSError):
            return False
