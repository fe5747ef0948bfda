"""The whole product on one machine: every program for real, each a child process on loopback."""

import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import psutil

from argus_local.lock import Lock
from argus_local.servers import Postgres, Redis, StartError, free_port, listening, postgres, redis, spawn, tail

ROOT: Final = Path(__file__).resolve().parents[2]
WEB: Final = ROOT / "services" / "web"
USUAL_PORTS: Final = {
    "postgres": 5432, "redis": 6379, "mlflow": 5000, "web": 8000, "flower": 5555, "worker_metrics": 9101,
    "trainer_metrics": 9102,
}  # fmt: skip
READY_SECONDS: Final = 180
# Programs in the order in which they start; they stop in the opposite one.
PROGRAMS: Final = ("mlflow", "web", "worker", "trainer", "flower")
CRON: Final = "0 3 * * *"

# Seconds that a program gets to end by itself. MLflow's server lingers; what it keeps is in PostgreSQL.
PATIENCE: Final = {"mlflow": 2}

Say = Callable[[str], None]


def quiet(_: str) -> None:
    """Say nothing."""


class Stack:
    """Starts what is asked for, knows its addresses, stops all of it. A context manager."""

    def __init__(
        self, data_dir: Path, *, web_port: int | None = None, durable: bool = True, say: Say = quiet, **settings: str
    ) -> None:
        self.data = data_dir.absolute()
        self.data.mkdir(parents=True, exist_ok=True)
        self.logs = self.data / "logs"
        self.logs.mkdir(exist_ok=True)
        self.say = say
        self._lock = Lock(self.data / "lock")
        self.ports = {name: free_port(port) for name, port in USUAL_PORTS.items()}
        if web_port is not None:
            if listening(web_port):
                raise StartError(f"port {web_port} is taken; choose another with --port")
            self.ports["web"] = web_port
        self.postgres: Postgres = postgres(self.data / "postgres", port=self.ports["postgres"], durable=durable)
        self.redis: Redis = redis(self.data / "redis", port=self.ports["redis"])
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.peak_mb: dict[str, float] = {}
        self._watching = threading.Event()
        self._settings = settings

    # Addresses

    def url(self, name: str) -> str:
        """Where a program answers."""
        return f"http://127.0.0.1:{self.ports[name]}"

    def secret(self, name: str) -> str:
        """Made once per data folder, readable by its owner alone."""
        path = self.data / "secrets.json"
        known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        if name not in known:
            known[name] = secrets.token_urlsafe(48 if name == "secret_key" else 12)
            path.touch(mode=0o600)
            path.write_text(json.dumps(known))
        return known[name]

    def remember(self, name: str, value: str) -> None:
        """Keep something beside the secrets."""
        path = self.data / "secrets.json"
        self.secret("secret_key")
        path.write_text(json.dumps(json.loads(path.read_text()) | {name: value}))

    def recall(self, name: str) -> str | None:
        """What was kept, if anything."""
        path = self.data / "secrets.json"
        found: str | None = json.loads(path.read_text()).get(name) if path.exists() else None
        return found

    @property
    def env(self) -> dict[str, str]:
        """The environment of all programs."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ARGUS_", "DJANGO_"))}
        return kept | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}",
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.redis.url,
            "MLFLOW_TRACKING_URI": self.url("mlflow"),
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "DO_NOT_TRACK": "true",
            "ARGUS_SECRET_KEY": self.secret("secret_key"),
            "ARGUS_ALLOWED_HOSTS": "localhost,127.0.0.1",
            "ARGUS_WEB_BIND": f"127.0.0.1:{self.ports['web']}",
            "ARGUS_MODEL_CACHE": str(self.data / "models"),
            "ARGUS_WORKER_METRICS_PORT": str(self.ports["worker_metrics"]),
            "ARGUS_TRAINER_METRICS_PORT": str(self.ports["trainer_metrics"]),
            "NUMBA_CACHE_DIR": str(ROOT / "var" / "numba"),
            "PYTHONUNBUFFERED": "1",
            **self._settings,
        }

    def forget(self) -> None:
        """Make sure that nobody uses the folder, so that it may be deleted."""
        self._lock.take()
        self._lock.release()

    # Starting

    def start(self, *programs: str) -> None:
        """Start the servers, bring the database up to date, start ``programs`` (default: all) and wait for each."""
        self._lock.take()
        self.say("Starting PostgreSQL and Redis")
        self.postgres.start()
        self.redis.start()
        self.processes |= {
            name: server.process
            for name, server in (("postgres", self.postgres), ("redis", self.redis))
            if server.process
        }
        self.say("Bringing the database up to date")
        self.manage("migrate", "--verbosity", "0")
        chosen = [name for name in PROGRAMS if name in (programs or PROGRAMS)]
        if "web" in chosen:
            self.manage("collectstatic", "--noinput", "--verbosity", "0")
        self.say(f"Starting {', '.join(chosen)}")
        for name in chosen:
            self.launch(name)
        for name in chosen:
            self.wait(name)
        threading.Thread(target=self._watch, name="memory", daemon=True).start()

    def launch(self, name: str) -> None:
        """Start one program without waiting for it."""
        with (self.logs / f"{name}.log").open("ab") as log:
            self.processes[name] = spawn(
                self._command(name), log=log, env=self.env, cwd=self.data if name == "mlflow" else WEB
            )

    def wait(self, name: str) -> None:
        """Wait until a program is ready. Raises StartError with the end of its log."""
        deadline = time.monotonic() + READY_SECONDS
        while not self._ready(name):
            died = self.processes[name].poll() is not None
            if died or time.monotonic() > deadline:
                how = "ended" if died else f"was not ready after {READY_SECONDS} s"
                log = self.logs / f"{name}.log"
                raise StartError(f"{name} {how}. The end of {log}:\n{tail(log)}")
            time.sleep(0.1)

    def _command(self, name: str) -> list[str | Path]:
        if name == "mlflow":
            store = self.postgres.url.replace("postgresql://", "postgresql+psycopg://").removesuffix("argus") + "mlflow"
            return [
                sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self.ports["mlflow"]),
                "--backend-store-uri", store, "--artifacts-destination", str(self.data / "mlflow"),
                "--serve-artifacts", "--workers", "1",
            ]  # fmt: skip
        if name == "web":
            return [
                sys.executable, "-m", "gunicorn", "argus_web.wsgi", "-c", WEB / "argus_web" / "gunicorn_conf.py",
            ]  # fmt: skip
        if name == "worker":
            return [
                sys.executable, "-m", "celery", "-A", "argus_worker", "worker", "-B", "-l", "info",
                "-s", self.data / "beat-schedule",
            ]  # fmt: skip
        if name == "trainer":
            return [sys.executable, "-m", "argus_trainer", "--schedule", CRON]
        if name == "flower":
            return [
                sys.executable, "-m", "celery", "-A", "argus_worker", "flower", "--address=127.0.0.1",
                f"--port={self.ports['flower']}",
            ]  # fmt: skip
        raise ValueError(f"there is no program {name!r}")

    def _ready(self, name: str) -> bool:
        if name == "worker":
            return "ready to score" in (self.logs / "worker.log").read_text(errors="replace")
        if name == "trainer":
            return listening(self.ports["trainer_metrics"])
        path = {"mlflow": "/health", "web": "/readyz", "flower": "/healthcheck"}[name]
        try:
            with urllib.request.urlopen(self.url(name) + path, timeout=5) as answer:
                ready: bool = answer.status == 200
                return ready
        except (urllib.error.URLError, OSError):
            return False

    def manage(self, *words: str, **extra_env: str) -> str:
        """Run manage.py; returns what it prints. Raises StartError when it fails."""
        done = subprocess.run(
            [sys.executable, WEB / "manage.py", *words],
            env=self.env | extra_env,
            cwd=WEB,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StartError(f"manage.py {words[0]} failed:\n{(done.stdout + done.stderr)[-2000:]}")
        return done.stdout.strip()

    def api_key(self, *, client: str, rate_limit: int = 100_000) -> str:
        """A new key with all scopes."""
        return self.manage("api_key_create", "--client", client, "--rate-limit", str(rate_limit)).splitlines()[-1]

    def train(self) -> None:
        """Train once and wait. Raises StartError when no version was registered and promoted."""
        env = self.env | {"ARGUS_TRAINER_METRICS_PORT": "0"}
        log = self.logs / "train-once.log"
        with log.open("ab") as out:
            status = spawn([sys.executable, "-m", "argus_trainer", "--once"], log=out, env=env, cwd=WEB).wait()
        if status:
            raise StartError(f"training ended with status {status}. The end of {log}:\n{tail(log)}")

    # Watching, killing, stopping

    def pids(self, name: str) -> list[int]:
        """The program's process and its children."""
        process = self.processes[name]
        try:
            main = psutil.Process(process.pid)
            return [main.pid, *[child.pid for child in main.children(recursive=True)]]
        except psutil.NoSuchProcess:
            return []

    def kill(self, name: str, sig: int = signal.SIGKILL) -> None:
        """Send a signal to a program and all its children at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.processes[name].pid, sig)
        if sig == signal.SIGKILL:
            self.processes[name].wait()

    def restart(self, name: str) -> None:
        """Start a program that ended, on its old address."""
        if name in {"postgres", "redis"}:
            server = self.postgres if name == "postgres" else self.redis
            server.start()
            assert server.process is not None
            self.processes[name] = server.process
            return
        if name == "worker":
            (self.logs / "worker.log").rename(self.logs / f"worker-{time.time():.0f}.log")
        self.launch(name)
        self.wait(name)

    def dead(self) -> list[str]:
        """Programs that ended though nobody asked them to."""
        return [name for name, process in self.processes.items() if process.poll() is not None]

    def _watch(self) -> None:
        while not self._watching.wait(0.5):
            for name in list(self.processes):
                # Shared memory counts once per process: what a container's limit would see of the largest one.
                for pid in self.pids(name):
                    try:
                        used = psutil.Process(pid).memory_info().rss / 2**20
                    except psutil.Error:
                        continue
                    self.peak_mb[name] = max(self.peak_mb.get(name, 0.0), used)

    def stop(self) -> None:
        """Stop everything that was started: what takes work first, what keeps it last."""
        self._watching.set()
        for name in reversed(PROGRAMS):
            process = self.processes.get(name)
            if process is None or process.poll() is not None:
                continue
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(PATIENCE.get(name, 25))
            except subprocess.TimeoutExpired:
                self.kill(name)
        for name in PROGRAMS:
            if name in self.processes:
                self.kill(name)
        self.redis.stop()
        self.postgres.stop()
        self._lock.release()

    def __enter__(self) -> "Stack":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


@contextmanager
def stop_on_signals() -> Iterator[None]:
    """SIGTERM ends the program as Ctrl-C does, so that what was started is stopped."""

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def progress(words: Sequence[object]) -> None:
    """A line for the person who waits, apart from what a program may want to read."""
    print(*words, file=sys.stderr, flush=True)
