"""Ports on loopback: which are free, and which this process has set aside for what it will start.

Some programs take ten seconds from being chosen a port to listening there. Two starts side by side would choose the
same one; so a choice is held by a locked file until the process ends.
"""

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path
from typing import Final

# Below the range from which Linux takes the ports of outgoing connections: one of those could come in between.
CHOICE: Final = range(20_000, 32_000)

# Locked files of the ports that this process has set aside. The operating system frees them when it ends.
_held: dict[int, int] = {}


class PortError(Exception):
    """There is no port to be had."""


def listening(port: int) -> bool:
    """Whether something answers on loopback."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port(preferred: int | None = None) -> int:
    """``preferred`` if it is to be had, else another one; nobody else is given it while this process lives."""
    if preferred is not None and _hold(preferred):
        return preferred
    for port in random.sample(CHOICE, len(CHOICE)):
        if _hold(port):
            return port
    raise PortError("no free port on loopback")


def release(port: int) -> None:
    """Let others have it."""
    descriptor = _held.pop(port, None)
    if descriptor is not None:
        os.close(descriptor)


def _hold(port: int) -> bool:
    if port in _held or not _bindable(port):
        return False
    folder = Path(tempfile.gettempdir()) / f"argus-ports-{os.geteuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(folder / str(port), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return False
    _held[port] = descriptor
    return True


def _bindable(port: int) -> bool:
    with socket.socket() as probe:
        # As the servers do: connections of an earlier start that are still closing do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
