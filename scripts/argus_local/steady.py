"""Clients as a bank's systems are: each submission is sent again until it is answered."""

import random
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any, Final

import httpx

from argus_local.client import Client
from argus_local.processes import StartError

SINGLE: Final = 3
BATCH: Final = 20
AGAIN_SECONDS: Final = 0.2
# Longer than any restart takes.
PATIENCE_SECONDS: Final = 300


class Steady:
    """Some threads that send one at a time and one that sends in bulk, from the block's beginning to its end."""

    def __init__(self, url: str, key: str, *, prefix: str, pause: float = 0.02) -> None:
        self._url, self._key, self._prefix, self._pause = url, key, prefix, pause
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run, args=(n,), daemon=True) for n in range(SINGLE + 1)]
        self.accepted: set[str] = set()
        # What came instead of an answer that says accepted: a status, or the name of an error.
        self.disturbed: Counter[str] = Counter()
        self.slowest = 0.0
        self.lost: list[str] = []

    def __enter__(self) -> "Steady":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS + 60)

    def _run(self, number: int) -> None:
        count = 0
        with Client(self._url, self._key) as client:
            while not self._stop.is_set():
                bodies = [self._body(number, count + place) for place in range(BATCH if number == 0 else 1)]
                count += len(bodies)
                started = time.monotonic()
                good = self._insist(client, bodies)
                with self._lock:
                    self.slowest = max(self.slowest, time.monotonic() - started)
                    names = {body["transaction_id"] for body in bodies}
                    if good:
                        self.accepted |= names
                    else:
                        self.lost += names
                self._stop.wait(self._pause)

    def _insist(self, client: Client, bodies: list[dict[str, Any]]) -> bool:
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            said = self._send(client, bodies)
            if said is None:
                return True
            with self._lock:
                self.disturbed[said] += 1
            time.sleep(AGAIN_SECONDS)
        return False

    @staticmethod
    def _send(client: Client, bodies: list[dict[str, Any]]) -> str | None:
        """None once accepted, else what came instead."""
        try:
            if len(bodies) > 1:
                answer = client.submit_batch(bodies)
                return None if not answer["rejected"] else f"rejected: {answer['rejected'][0]['errors']}"
            status = client.submit(bodies[0]).status_code
        except httpx.HTTPStatusError as error:
            status = error.response.status_code
        except httpx.HTTPError as error:
            return type(error).__name__
        return None if status in {200, 202} else str(status)

    def _body(self, number: int, count: int) -> dict[str, Any]:
        return {
            "transaction_id": f"{self._prefix}-{number}-{count}", "occurred_at": datetime.now(UTC).isoformat(),
            "customer_id": f"steady-{random.randrange(50)}", "amount": "12.00", "currency": "EUR",
        }  # fmt: skip


def decided(client: Client, wanted: set[str], *, seconds: float = 180) -> dict[str, dict[str, Any]]:
    """The whole feed, once all of ``wanted`` are in it. Raises StartError if one is missing, or is there twice."""
    found: dict[str, dict[str, Any]] = {}
    after, until = None, time.monotonic() + seconds
    while True:
        page, after = client.decisions(after)
        for decision in page:
            name = decision["transaction_id"]
            if name in found:
                raise StartError(f"the feed has {name} twice")
            found[name] = decision
        if not page:
            missing = wanted - found.keys()
            if not missing:
                return found
            if time.monotonic() > until:
                raise StartError(f"{len(missing)} accepted transactions have no decision, {min(missing)} among them")
            time.sleep(0.1)
