"""A state as JSON that many ask for, made at most once a second per process."""

import threading
import time
from abc import ABC, abstractmethod
from typing import Any, Final

import orjson

MAX_AGE_SECONDS: Final = 0.9


class Latest(ABC):
    """Makes states and keeps the last one for whoever asks within MAX_AGE_SECONDS."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._latest = b""
        self._made_at = float("-inf")

    def get(self) -> bytes:
        """The present state. Uses the calling thread's database connection if a new one has to be made."""
        with self._lock:
            if time.monotonic() - self._made_at > MAX_AGE_SECONDS:
                self._latest = orjson.dumps(self._make())
                self._made_at = time.monotonic()
            return self._latest

    @abstractmethod
    def _make(self) -> dict[str, Any]:
        """Anew."""
