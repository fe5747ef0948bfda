"""Values that are costly to ask for, kept for a while and never waited for long."""

import threading
import time
from collections.abc import Callable
from typing import Final, Generic, TypeVar

import structlog
from django.db import Error, connection

log = structlog.get_logger(__name__)

T = TypeVar("T")
# Prometheus gives a scrape ten seconds; a database that does not answer would take as long by itself.
PATIENCE_SECONDS: Final = 4.0


class Kept(Generic[T]):
    """What ``make`` gave, asked for again once it is older than ``seconds``.

    Each making has a thread and a database connection of its own, and however many ask, one is under way.
    Nobody waits for it longer than until PATIENCE_SECONDS after it began.
    """

    def __init__(self, make: Callable[[], T], *, seconds: float) -> None:
        self._make = make
        self._seconds = seconds
        self._lock = threading.Lock()
        self._made_at = float("-inf")
        self._value: T | None = None
        self._begun_at = 0.0
        self._under_way: threading.Event | None = None

    def begin(self) -> threading.Event | None:
        """Have it made if it is due; gives what is under way. Several begun together are waited for together."""
        with self._lock:
            if not self._fresh() and self._under_way is None:
                self._under_way, self._begun_at = threading.Event(), time.monotonic()
                threading.Thread(target=self._run, args=(self._under_way,), name="kept", daemon=True).start()
            return self._under_way

    def get(self) -> T | None:
        """The value, or None while it cannot be had."""
        under_way = self.begin()
        if under_way is not None:
            under_way.wait(max(0.0, self._begun_at + PATIENCE_SECONDS - time.monotonic()))
        with self._lock:
            return self._value if self._fresh() else None

    def forget(self) -> None:
        """Ask anew next time."""
        with self._lock:
            self._made_at = float("-inf")

    def _fresh(self) -> bool:
        return time.monotonic() - self._made_at <= self._seconds

    def _run(self, done: threading.Event) -> None:
        value = None
        try:
            value = self._make()
        except (Error, OSError) as error:
            log.warning("figures cannot be had", error=f"{type(error).__name__}: {error}".partition("\n")[0])
        finally:
            connection.close()
            with self._lock:
                self._value, self._made_at, self._under_way = value, time.monotonic(), None
            done.set()
