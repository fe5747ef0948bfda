"""A real MLflow tracking server for tests, on loopback."""

import os
import pwd
import sys
import urllib.error
import urllib.request
from pathlib import Path

from argus_local.servers import Server


class MLflowServer(Server):
    """``mlflow server`` with SQLite and a local folder, serving artifacts itself, without its job runners."""

    name = "mlflow"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def prepare(self) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        # Inherited by the child; the test process must not phone anybody either.
        os.environ |= {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}

    def command(self) -> tuple[list[str | Path], pwd.struct_passwd | None]:
        options: dict[str, str | Path] = {
            "--host": "127.0.0.1",
            "--port": str(self.port),
            "--workers": "1",
            "--backend-store-uri": f"sqlite:///{self.data_dir}/mlflow.db",
            "--artifacts-destination": self.data_dir / "artifacts",
        }
        words = [word for option in options.items() for word in option]
        return [sys.executable, "-m", "mlflow", "server", *words], None

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False
