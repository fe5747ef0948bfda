"""Load while something happens to the composed product, and the account of it afterwards."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from argus_local.client import Client
from argus_local.processes import StartError
from argus_local.steady import Steady, decided

# Under load before and after.
CALM_SECONDS: Final = 5


class Ledger:
    """What clients know to be accepted, and whether the product knows the same."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.key = ""
        self.accepted: set[str] = set()
        self.loads: dict[str, dict[str, Any]] = {}
        self._decided = 0

    def client(self) -> Client:
        """One with the key."""
        return Client(self.url, self.key)

    def decisions(self) -> dict[str, dict[str, Any]]:
        """All of them, once everything that was accepted is decided. Raises StartError for one too few or too many."""
        with self.client() as client:
            found = decided(client, self.accepted)
        strangers = found.keys() - self.accepted
        if strangers:
            raise StartError(f"{len(strangers)} decisions that nobody asked for, {min(strangers)} among them")
        self._decided = len(found)
        return found

    def account(self) -> dict[str, Any]:
        """All of it in numbers. ``decided`` and ``lost`` are of the last time that decisions were asked for."""
        lost = sum(load["lost"] for load in self.loads.values())
        return {
            "accepted": len(self.accepted),
            "decided": self._decided,
            "lost": lost + len(self.accepted) - self._decided,
            "loads": self.loads,
        }

    @contextmanager
    def loaded(self, name: str) -> Iterator[None]:
        """Clients at work for the length of the block. Raises StartError if any of theirs was lost."""
        with Steady(self.url, self.key, prefix=f"{name}-{secrets.token_hex(3)}") as load:
            time.sleep(CALM_SECONDS)
            yield
            time.sleep(CALM_SECONDS)
        self.accepted |= load.accepted
        self.loads[name] = {
            "accepted": len(load.accepted),
            "lost": len(load.lost),
            "sent_again": dict(load.disturbed),
            "slowest_seconds": round(load.slowest, 2),
        }
        if load.lost:
            raise StartError(f"{name}: {len(load.lost)} were never accepted")
        self.decisions()
