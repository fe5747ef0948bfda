"""One start per data folder."""

import fcntl
import os
from pathlib import Path
from typing import IO

from argus_local.servers import StartError


class Lock:
    """A lock file that the operating system frees when its holder ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def take(self) -> None:
        """Raises StartError when somebody holds it."""
        self._file = self._path.open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.seek(0)
            holder = self._file.read().strip()
            self._file.close()
            self._file = None
            raise StartError(
                f"{self._path.parent} is in use by process {holder}. Stop that one (Ctrl-C, or kill {holder}), "
                "or choose another folder with --data."
            ) from None
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        """Let the next one in."""
        if self._file is not None:
            self._file.close()
            self._file = None
