"""A bank's system with a key, and nothing remembered from the test before."""

from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest

PATH = "/api/v1/transactions"
GOOD: dict[str, Any] = {
    "transaction_id": "t-1",
    "occurred_at": "2026-03-02T09:30:00+01:00",
    "customer_id": "c-1",
    "amount": "12.50",
    "currency": "EUR",
}


class Bank:
    """Speaks to the API with one key."""

    def __init__(self, key: str) -> None:
        from django.test import Client

        self.key = key
        self._client = Client(headers={"authorization": f"Bearer {key}"}, raise_request_exception=False)

    def post(
        self, body: Any, path: str = PATH, kind: str = "application/json", headers: dict[str, str] | None = None
    ) -> Any:
        """Send ``body``: bytes and text as they are, all else as JSON."""
        if isinstance(body, str):
            body = body.encode()
        data = body if isinstance(body, bytes) else orjson.dumps(body)
        return self._client.post(path, data, content_type=kind, headers=headers or {})

    def get(self, path: str, query: dict[str, Any] | None = None) -> Any:
        return self._client.get(path, query or {})

    def batch(self, body: Any, kind: str = "application/json") -> Any:
        return self.post(body, f"{PATH}/batch", kind)

    def label(self, body: Any) -> Any:
        return self.post(body, "/api/v1/labels")


@pytest.fixture
def make_key(db: None) -> Callable[..., str]:
    """Makes API keys."""
    from argus_records.services.apikeys import api_key_create

    def make(*scopes: str, client: str = "core-banking", rate_limit: int = 1_000_000) -> str:
        _, key = api_key_create(
            client=client, scopes=scopes or ("ingest", "read", "label"), actor="system", rate_limit=rate_limit
        )
        return key

    return make


@pytest.fixture
def make_bank(make_key: Callable[..., str]) -> Callable[..., Bank]:
    """Makes systems with a key of their own."""
    return lambda *scopes, **said: Bank(make_key(*scopes, **said))


@pytest.fixture
def bank(make_bank: Callable[..., Bank]) -> Bank:
    """A system that may do everything, as often as it likes."""
    return make_bank()


@pytest.fixture
def good() -> dict[str, Any]:
    """A transaction with what is required."""
    return dict(GOOD)


@pytest.fixture(autouse=True)
def _nothing_remembered(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keys, rates and breakers live as long as the process; ids of keys begin anew with each test."""
    from argus_web.ingest import access, rates

    access.keys.forget()
    monkeypatch.setattr(access, "rate_limit", rates.RateLimit(redis_url))
    yield
    access.keys.forget()


def counted(name: str, **labels: str) -> float:
    """What a counter of the metrics stands at."""
    from prometheus_client import REGISTRY

    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.fixture
def count() -> Callable[..., float]:
    """Reads a counter."""
    return counted
