"""A sign of life: a file that a working process touches every few seconds, and a container's probe looks at.

Needs the standard library alone, as argus_records.conf does: a probe runs all the time and loads no framework.
"""

import glob
import logging
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from argus_records.conf import Env

log = logging.getLogger(__name__)

PERIOD_SECONDS: Final = 5.0
# Several touches may be late on a busy machine before a process counts as dead.
FRESH_SECONDS: Final = 30.0


def place(env: Env, name: str, default: str) -> Path:
    """The path that the setting ``name`` gives, or ``default`` among the temporary files."""
    return Path(env.text(name, default=str(Path(tempfile.gettempdir()) / default)))


def fresh(path: Path) -> bool:
    """Whether the file was touched just now. One from the future is from a clock that has been set since."""
    try:
        return abs(time.time() - path.stat().st_mtime) < FRESH_SECONDS
    except OSError:
        return False


def numbered(path: Path) -> list[Path]:
    """The signs of single processes beside ``path``: ``<path>.<pid>``."""
    return [file for file in path.parent.glob(f"{glob.escape(path.name)}.*") if file.suffix[1:].isdecimal()]


def answer(missing: str) -> int:
    """A probe's exit status, with a sentence on standard error if something is ``missing``."""
    if missing:
        sys.stderr.write(f"{missing}\n")
    return 1 if missing else 0


class Sign:
    """The file of one process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._told = False

    def show(self) -> None:
        """Touch the file. Where that is not possible the probe fails, the work goes on."""
        try:
            # Temporary folders are everybody's: a link that somebody else put there is not followed.
            file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                os.utime(file)
            finally:
                os.close(file)
        except OSError as error:
            if not self._told:
                log.warning("no sign of life can be left at %s: %s", self.path, error.strerror)
            self._told = True

    def withdraw(self) -> None:
        """Delete the file."""
        self.path.unlink(missing_ok=True)


class Pulse:
    """A thread that shows a sign for as long as ``well`` says so."""

    def __init__(self, sign: Sign, *, well: Callable[[], bool]) -> None:
        self.sign, self._well = sign, well
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, and withdraw the sign."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self.sign.withdraw()

    def _run(self) -> None:
        while not self._stop.is_set():
            if self._well():
                self.sign.show()
            self._stop.wait(PERIOD_SECONDS)
