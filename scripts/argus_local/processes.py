"""Child processes that end with the one who started them, and say what went wrong when they do not start."""

import ctypes
import importlib.util
import os
import pwd
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Final

PR_SET_PDEATHSIG: Final = 1


class StartError(Exception):
    """A program did not come up. The message says which, and ends with the last lines of its log."""


class RefusedError(StartError):
    """A model was trained and registered, and its checks refused it: it is not in force."""


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


def die_with_parent(number: int, user: pwd.struct_passwd | None) -> Callable[[], None]:
    """What a child does before it becomes its program: get ``number`` when we die, and become ``user`` if asked."""
    libc, parent = ctypes.CDLL(None, use_errno=True), os.getpid()

    def prepare() -> None:
        # In this order: changing the user clears the signal.
        if user is not None:
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
        if hasattr(libc, "prctl"):
            libc.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:
            # It died before it was asked for: nobody would tell.
            os._exit(1)

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
    """Start a child in its own session, which gets ``parent_death`` when this process dies.

    More exactly, when the thread dies that called: call it from one that lives as long as the child shall.
    """
    return subprocess.Popen(
        [str(word) for word in command],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        env=dict(env) if env is not None else None,
        cwd=cwd,
        start_new_session=True,
        preexec_fn=die_with_parent(parent_death, user),
    )
