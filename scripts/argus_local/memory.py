"""How much memory programs take at most."""

import threading
from collections.abc import Callable
from typing import Final

import psutil

SECONDS: Final = 1.0


class PeakMemory:
    """Looks once a second at the resident size of each program's largest process: what a container's limit is for."""

    def __init__(self, pids: Callable[[], dict[str, list[int]]]) -> None:
        self._pids = pids
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory", daemon=True)
        self.mb: dict[str, float] = {}

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(SECONDS):
            self.look()

    def look(self) -> None:
        """Look once."""
        for name, pids in self._pids().items():
            for pid in pids:
                try:
                    used = psutil.Process(pid).memory_info().rss / 2**20
                except psutil.Error:
                    continue  # ended meanwhile
                self.mb[name] = max(self.mb.get(name, 0.0), used)
