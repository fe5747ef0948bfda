"""Clients that submit without pause, for the tests that disturb what they speak to."""

import random
import threading
import time
from datetime import UTC, datetime
from typing import Any

import httpx
import psycopg
from argus_local.client import Client
from argus_local.stack import Stack


class Load:
    """Clients that submit without pause, singly and in bulk, and know what was accepted."""

    def __init__(self, stack: Stack, name: str) -> None:
        self._url, self._key, self._name = stack.url("web"), stack.api_key(client=name), name
        self._stop = threading.Event()
        self.accepted: set[str] = set()
        self.uncertain: set[str] = set()
        self._threads = [threading.Thread(target=self._run, args=(number,), daemon=True) for number in range(4)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def _run(self, number: int) -> None:
        client, count = Client(self._url, self._key), 0
        while not self._stop.is_set():
            bodies = [self._body(number, count + place) for place in range(20 if number == 0 else 1)]
            count += len(bodies)
            names = {body["transaction_id"] for body in bodies}
            self.uncertain |= names
            try:
                if number == 0:
                    assert client.submit_batch(bodies)["rejected"] == []
                    good = True
                else:
                    good = client.submit(bodies[0]).status_code == 202
            except httpx.HTTPError:
                # Not answered: whether it was committed the client cannot know. A real one sends again.
                time.sleep(0.05)
                continue
            if good:
                self.accepted |= names
                self.uncertain -= names
        client.close()

    def _body(self, number: int, count: int) -> dict[str, Any]:
        return {
            "transaction_id": f"{self._name}-{number}-{count}",
            "occurred_at": datetime.now(UTC).isoformat(),
            "customer_id": f"customer-{random.randrange(50)}",
            "amount": "12.00",
            "currency": "EUR",
        }

    def verify(self, stack: Stack) -> None:
        """All accepted ones are decided once, and the feed gives each of them out once."""
        assert len(self.accepted) > 50
        client = Client(self._url, self._key)
        seen: list[str] = []
        after, deadline = None, time.monotonic() + 90
        while not self.accepted <= set(seen):
            page, after = client.decisions(after)
            seen += [decision["transaction_id"] for decision in page]
            if not page:
                assert time.monotonic() < deadline, f"{len(self.accepted - set(seen))} were never decided"
                time.sleep(0.1)
        assert len(seen) == len(set(seen))
        assert set(seen) <= self.accepted | self.uncertain
        with psycopg.connect(stack.postgres.url) as connection:
            rows = connection.execute(
                """SELECT t.transaction_id, count(d.id) FROM transaction t JOIN api_client c ON c.id = t.client_id
                LEFT JOIN decision d ON d.transaction_id = t.id WHERE c.name = %s GROUP BY 1""",
                [self._name],
            ).fetchall()
        counts = dict(rows)
        assert self.accepted <= counts.keys()
        assert {counts[name] for name in self.accepted} == {1}
        client.close()
