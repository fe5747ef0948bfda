"""Ends what a start leaves behind when it is killed so that it cannot clean up itself.

The operating system tells each program when its parent dies, but not that program's own children, and not every
program obeys. The keeper is told of every program that is started and every one that has ended; when the pipe over
which it is told closes, its parent is gone: whoever is still there gets a moment, then is killed.

Run as a file, with nothing but the standard library, so that it is small and up at once.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import Final

# PostgreSQL writes a last checkpoint meanwhile, the worker records the batch that it is at.
GRACE_SECONDS: Final = 10.0
# After which a killed process that does not go away is left to the operating system.
GIVE_UP_SECONDS: Final = 10.0


class Keeper:
    """The side of the one who starts programs. Each program leads a process group of its own."""

    def __init__(self, *, grace: float = GRACE_SECONDS) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__, str(grace)],
            # Unbuffered: what is said is known at once, and nothing is left to say when it is closed.
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            # Its own session: Ctrl-C in the terminal is not for it.
            start_new_session=True,
        )

    def add(self, group: int) -> None:
        """A program was started."""
        self._tell(f"+{group}")

    def remove(self, group: int) -> None:
        """It has ended, and all of its group."""
        self._tell(f"-{group}")

    def close(self) -> None:
        """Nothing more will be started. What has not been removed is ended."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait()

    def _tell(self, line: str) -> None:
        assert self.process.stdin is not None
        # Somebody ended the keeper: the start goes on, and cleans up after itself.
        with suppress(BrokenPipeError):
            self.process.stdin.write(f"{line}\n".encode())


def end(groups: set[int], grace: float) -> None:
    """Ask all of them to end, and kill who has not after ``grace`` seconds."""
    alive = {group for group in groups if _signal(group, signal.SIGTERM)}
    patience = time.monotonic() + grace
    while alive and time.monotonic() < patience:
        time.sleep(0.1)
        alive = {group for group in alive if _signal(group, 0)}
    patience = time.monotonic() + GIVE_UP_SECONDS
    while alive and time.monotonic() < patience:
        alive = {group for group in alive if _signal(group, signal.SIGKILL)}
        time.sleep(0.1)


def _signal(group: int, number: int) -> bool:
    """Send it; whether there was anybody to get it."""
    try:
        os.killpg(group, number)
    except OSError:
        return False
    return True


def main() -> int:
    """Listen until the pipe closes, then end what is left."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    watched: set[int] = set()
    for line in sys.stdin:
        change, group = line[0], int(line[1:])
        watched = watched | {group} if change == "+" else watched - {group}
    end(watched, float(sys.argv[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
