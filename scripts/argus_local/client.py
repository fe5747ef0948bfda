"""The API as the demo, the smoke run and the benchmark use it."""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx

from argus_local.processes import StartError


class Client:
    """One key's view of a running Argus."""

    def __init__(self, url: str, key: str) -> None:
        self.key = key
        self._http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60, trust_env=False)

    def get(self, path: str) -> httpx.Response:
        """Any address."""
        return self._http.get(path)

    def submit(self, body: dict[str, Any], *, prefer: str | None = None) -> httpx.Response:
        """One transaction."""
        headers = {"Prefer": prefer} if prefer else {}
        return self._http.post("/api/v1/transactions", json=body, headers=headers)

    def submit_batch(self, bodies: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Many. Raises httpx.HTTPStatusError when refused as a whole."""
        answer = self._http.post("/api/v1/transactions/batch", json=bodies)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def label(self, items: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """What became known later."""
        answer = self._http.post("/api/v1/labels", json=items)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def transaction(self, transaction_id: str) -> dict[str, Any]:
        """One transaction with its decision."""
        answer = self._http.get(f"/api/v1/transactions/{transaction_id}")
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def decisions(self, after: str | None = None, limit: int = 1000) -> tuple[list[dict[str, Any]], str]:
        """One page of the feed, and where to go on."""
        params = {"limit": str(limit)} | ({"after": after} if after else {})
        answer = self._http.get("/api/v1/decisions", params=params)
        answer.raise_for_status()
        page = answer.json()
        return page["decisions"], page["next"]

    def follow(self, *, until: int, seconds: float, after: str | None = None) -> Iterator[dict[str, Any]]:
        """Decisions as they come, until ``until`` were seen. Raises StartError after ``seconds`` without that."""
        seen, deadline = 0, time.monotonic() + seconds
        while seen < until:
            page, after = self.decisions(after)
            seen += len(page)
            yield from page
            if not page:
                if time.monotonic() > deadline:
                    raise StartError(f"{seen} of {until} transactions were decided within {seconds:.0f} s")
                time.sleep(0.05)

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def wait_for_model(client: Client, *, seconds: float, prefix: str = "probe") -> tuple[str | None, list[str]]:
    """Send transactions that prefer to wait for their decision, until a model takes part in one.

    Returns its version, None after ``seconds`` without, and the ids that were sent.
    """
    sent: list[str] = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        sent.append(f"{prefix}-{len(sent)}")
        body = {
            "transaction_id": sent[-1], "occurred_at": datetime.now(UTC).isoformat(), "customer_id": sent[-1],
            "amount": "10.00", "currency": "EUR",
        }  # fmt: skip
        answer = client.submit(body, prefer="wait=5")
        answer.raise_for_status()
        decision = answer.json().get("decision")
        if answer.status_code == 200 and decision and decision["model_version"] is not None:
            return decision["model_version"], sent
        time.sleep(0.5)
    return None, sent


def to_decided_ms(decision: dict[str, Any]) -> float:
    """From received to decided."""
    received, decided = (datetime.fromisoformat(decision[name]) for name in ("received_at", "decided_at"))
    return (decided - received).total_seconds() * 1000
