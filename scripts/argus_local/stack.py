"""The whole product on one machine: every program for real, each a child process on loopback."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Final

import psutil

from argus_local import ports
from argus_local.environment import environment
from argus_local.keeper import Keeper
from argus_local.lock import Lock
from argus_local.memory import PeakMemory
from argus_local.processes import RefusedError, StartError, die_with_parent, spawn, tail
from argus_local.programs import PROGRAMS, WEB, Place
from argus_local.secret_store import SecretStore
from argus_local.servers import APPLICATION, Postgres, Redis, Server, postgres, redis
from argus_local.signals import undisturbed

USUAL_PORTS: Final = {
    "postgres": 5432, "redis": 6379, "mlflow": 5000, "web": 8000, "flower": 5555, "worker_metrics": 9101,
    "trainer_metrics": 9102,
}  # fmt: skip
READY_SECONDS: Final = 180
# Who ends together, first to last: nothing comes in any more, what came in is decided, nobody asks for models.
STOPPING: Final = (("web", "flower", "trainer", "training", "backtester"), ("worker",), ("mlflow",))
# Longer than gunicorn's own patience with its requests.
STOP_SECONDS: Final = 25
# A training that is broken off is begun anew another time; MLflow keeps everything in PostgreSQL.
SHORT_STOP_SECONDS: Final = {"training": 3, "mlflow": 3}

# The trainer's exit status when a version was registered and its checks refused it.
REFUSED: Final = 6

Say = Callable[[str], None]


def quiet(_: str) -> None:
    """Say nothing."""


class Stack:
    """Starts what is asked for, knows its addresses, stops all of it. A context manager."""

    def __init__(
        self, data_dir: Path, *, web_port: int | None = None, durable: bool = True, say: Say = quiet, **settings: str
    ) -> None:
        self.data = data_dir.absolute()
        self.logs = self.data / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)
        self.say = say
        self.store = SecretStore(self.data)
        self._lock = Lock(self.data / "lock")
        self._web_port, self._settings = web_port, settings
        self.ports = {name: ports.free_port(port) for name, port in USUAL_PORTS.items() if name != "web"}
        self.ports["web"] = web_port or ports.free_port(USUAL_PORTS["web"])
        self.postgres: Postgres = postgres(self.data / "postgres", port=self.ports["postgres"], durable=durable)
        self.redis: Redis = redis(self.data / "redis", port=self.ports["redis"])
        self._servers: dict[str, Server] = {"postgres": self.postgres, "redis": self.redis}
        for name, server in self._servers.items():
            server.log = self.logs / f"{name}.log"
        self.place = Place(self.data, self.ports, self.postgres.url)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._log_from: dict[str, int] = {}
        self._keeper: Keeper | None = None
        self._memory = PeakMemory(lambda: {name: self.pids(name) for name in list(self.processes)})

    def url(self, name: str) -> str:
        """Where a program answers."""
        return f"http://127.0.0.1:{self.ports[name]}"

    @property
    def peak_mb(self) -> dict[str, float]:
        """Per program, the most that its largest process has taken."""
        return self._memory.mb

    @property
    def env(self) -> dict[str, str]:
        """The environment of all programs."""
        return environment(
            data=self.data,
            ports=self.ports,
            database=self.postgres.application_url,
            redis=self.redis.url,
            secret_key=self.store.made("secret_key", size=48),
            extra=self._settings,
        )

    # Starting

    def start(self, *programs: str) -> None:
        """Start the servers, bring the database up to date, start ``programs`` (default: all) and wait for each."""
        self._lock.take()
        if self._web_port is not None and ports.listening(self._web_port):
            raise StartError(f"port {self._web_port} is taken; choose another with --port")
        self._keeper = Keeper()
        self.say("Starting PostgreSQL and Redis")
        for name in self._servers:
            self._start_server(name)
        self.say("Bringing the database up to date")
        self.manage("migrate", "--verbosity", "0", DATABASE_URL=self.postgres.url)
        self.manage("database_grant", "--role", APPLICATION, DATABASE_URL=self.postgres.url)
        chosen = [name for name in PROGRAMS if name in (programs or PROGRAMS)]
        if "web" in chosen:
            self.manage("collectstatic", "--noinput", "--verbosity", "0")
        self.say(f"Starting {', '.join(chosen)}")
        for name in chosen:
            self.launch(name)
        for name in chosen:
            self.wait(name)
        self._memory.start()

    def launch(self, name: str) -> None:
        """Start one program without waiting for it."""
        env = self.env
        if name == "worker":
            # Each process keeps its numbers in a file; those of an earlier one are not ours.
            folder = self.data / "worker-metrics"
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            env["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
        if name == "backtester":
            env |= {
                "ARGUS_WORKER_HEARTBEAT": str(self.data / "backtester-heartbeat"), "ARGUS_WORKER_METRICS_PORT": "0",
            }  # fmt: skip
        self._spawn(name, self.place.command(name), env=env, cwd=self.place.folder(name))

    def wait(self, name: str) -> None:
        """Wait until a program is ready. Raises StartError with the end of its log, also when another one ends."""
        deadline = time.monotonic() + READY_SECONDS
        while True:
            ready = self.place.ready(name, self._said(name))
            # Asked afterwards: it may be somebody else's that answers on the port.
            for dead in self.dead():
                raise self._failed(dead, "ended")
            if ready:
                return
            if time.monotonic() > deadline:
                raise self._failed(name, f"was not ready after {READY_SECONDS} s")
            time.sleep(0.1)

    def _start_server(self, name: str) -> None:
        server = self._servers[name]
        server.start()
        assert server.process is not None
        self.processes[name] = server.process
        self._watched("add", server.process)

    def _spawn(self, name: str, command: list[str | Path], *, env: dict[str, str], cwd: Path) -> None:
        log = self.logs / f"{name}.log"
        self._log_from[name] = log.stat().st_size if log.exists() else 0
        with log.open("ab") as out:
            self.processes[name] = spawn(command, log=out, env=env, cwd=cwd)
        self._watched("add", self.processes[name])

    def _said(self, name: str) -> str:
        """What it has logged since it was started: an earlier start's log is kept."""
        with (self.logs / f"{name}.log").open("rb") as log:
            log.seek(self._log_from[name])
            return log.read().decode(errors="replace")

    def _failed(self, name: str, how: str) -> StartError:
        log = self.logs / f"{name}.log"
        return StartError(f"{name} {how}. The end of {log}:\n{tail(log)}")

    def _watched(self, change: str, process: subprocess.Popen[bytes]) -> None:
        if self._keeper is not None:
            getattr(self._keeper, change)(process.pid)

    # Using

    def manage(self, *words: str, **extra_env: str) -> str:
        """Run manage.py; returns what it prints. Raises StartError when it fails."""
        done = subprocess.run(
            [sys.executable, WEB / "manage.py", *words],
            env=self.env | extra_env,
            cwd=WEB,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=die_with_parent(signal.SIGTERM, None),
        )
        if done.returncode:
            raise StartError(f"manage.py {words[0]} failed:\n{(done.stdout + done.stderr)[-2000:]}")
        return done.stdout.strip()

    def api_key(self, *, client: str, rate_limit: int = 100_000) -> str:
        """A new key with all scopes."""
        return self.manage("api_key_create", "--client", client, "--rate-limit", str(rate_limit)).splitlines()[-1]

    def train(self) -> None:
        """Train once and wait. Raises RefusedError when the version's checks refused it, StartError when it failed."""
        env = self.env | {"ARGUS_TRAINER_METRICS_PORT": "0"}
        self._spawn("training", [sys.executable, "-m", "argus_trainer", "--once"], env=env, cwd=WEB)
        process = self.processes["training"]
        status = process.wait()
        self._forget("training")
        if status == REFUSED:
            raise RefusedError(tail(self.logs / "training.log", 1))
        if status:
            raise self._failed("training", f"ended with status {status}")

    def pids(self, name: str) -> list[int]:
        """The program's process and its children."""
        try:
            main = psutil.Process(self.processes[name].pid)
            return [main.pid, *[child.pid for child in main.children(recursive=True)]]
        except (KeyError, psutil.NoSuchProcess):
            return []

    def dead(self) -> list[str]:
        """Programs that ended though nobody asked them to."""
        return [name for name, process in self.processes.items() if process.poll() is not None]

    def kill(self, name: str, sig: int = signal.SIGKILL) -> None:
        """Send a signal to a program and all its children at once."""
        process, children = self.processes[name], self.pids(name)[1:]
        with suppress(ProcessLookupError):
            os.killpg(process.pid, sig)
        for pid in children:
            # PostgreSQL's lead groups of their own.
            with suppress(ProcessLookupError):
                os.kill(pid, sig)
        if sig == signal.SIGKILL:
            process.wait()

    def end(self, name: str) -> None:
        """Stop one program; the others go on."""
        self._stop([name])

    def restart(self, name: str) -> None:
        """Start a program that ended, on its old address."""
        self._forget(name)
        if name in self._servers:
            self._start_server(name)
        else:
            self.launch(name)
            self.wait(name)

    # Stopping

    def stop(self) -> None:
        """Stop everything that was started: what takes work first, what keeps it last."""
        with undisturbed():
            self._memory.stop()
            for group in STOPPING:
                self._stop([name for name in group if name in self.processes])
            for name, server in reversed(self._servers.items()):
                server.stop()
                self._forget(name)
            if self._keeper is not None:
                self._keeper.close()
                self._keeper = None
            self._release()

    def _release(self) -> None:
        for port in self.ports.values():
            ports.release(port)
        self._lock.release()

    def _stop(self, names: list[str]) -> None:
        for name in names:
            if self.processes[name].poll() is None:
                self.processes[name].send_signal(signal.SIGTERM)
        started = time.monotonic()
        for name in names:
            patience = started + SHORT_STOP_SECONDS.get(name, STOP_SECONDS) - time.monotonic()
            with suppress(subprocess.TimeoutExpired):
                self.processes[name].wait(max(patience, 0))
            if self.processes[name].poll() is None:
                self.kill(name)
            with suppress(ProcessLookupError):
                os.killpg(self.processes[name].pid, signal.SIGKILL)  # what it started and left behind
            self._forget(name)

    def _forget(self, name: str) -> None:
        process = self.processes.pop(name, None)
        if process is not None:
            self._watched("remove", process)

    def delete(self) -> None:
        """Delete the data folder. Raises StartError when somebody uses it."""
        self._lock.take()
        self.postgres.delete()
        shutil.rmtree(self.data)
        self._release()

    def __enter__(self) -> "Stack":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


@contextmanager
def throw_away(name: str, *, say: Say = quiet) -> Iterator[Stack]:
    """A stack, not started yet, whose data is deleted when it has stopped."""
    with tempfile.TemporaryDirectory(prefix=f"argus-{name}-") as folder:
        stack = Stack(Path(folder) / "data", say=say)
        try:
            with stack:
                yield stack
        finally:
            stack.delete()
