"""The live stream over HTTP, with the real listener and a real Redis."""

import itertools
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import redis
from argus_records.names import Channel
from argus_web.dashboard import hub as hub_module
from argus_web.dashboard import live
from argus_web.dashboard.formats import published_summary
from argus_web.dashboard.hub import Hub
from argus_web.events import events
from django.db import connection
from django.test import Client
from records_factories import alert


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, redis_url: str) -> Iterator[Hub]:
    """A hub of this test's own."""
    monkeypatch.setattr(hub_module, "LINGER_SECONDS", 0.05)
    monkeypatch.setattr(hub_module, "HEARTBEAT_SECONDS", 1.0)
    made = Hub(snapshot=lambda: live.snapshots.get(), describe=published_summary, events=events, limit=2)
    monkeypatch.setattr(live, "hub", made)
    yield made
    made.serve_while(lambda: False)
    if made._thread is not None:
        made._thread.join(5)


def until(stream: Iterator[bytes], wanted: bytes) -> bytes:
    got = b""
    for piece in itertools.islice(stream, 60):
        got += piece
        if wanted in got:
            return got
    raise AssertionError(f"{wanted!r} never came")


@pytest.mark.django_db(transaction=True)
def test_the_stream_brings_the_state_and_then_alerts(desk: Client, hub: Hub, redis_url: str) -> None:
    record = alert(amount="12.50")
    answer: Any = desk.get("/live/events")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/event-stream"
    assert answer["X-Accel-Buffering"] == "no"
    assert answer["Cache-Control"] == "no-store"
    stream = iter(answer.streaming_content)
    got = until(stream, b"event: snapshot")
    state = orjson.loads(got.rpartition(b"data: ")[2])
    assert [shown["id"] for shown in state["alerts"]] == [record.pk]

    assert events.connected.wait(5)
    published = {
        "id": 77, "transaction_id": 5, "verdict": "block", "score": 0.9, "customer_id": "c",
        "amount": "1000", "currency": "JPY", "headline": "Counterparty shop-4711 is new.",
        "names": {"customer_id": "c", "counterparty_id": "shop-4711", "device_id": None, "ip_address": None},
    }  # fmt: skip
    client = redis.Redis.from_url(redis_url)
    client.publish(Channel.LIVE, orjson.dumps({"batch": 1, "alerts": [published]}))
    client.close()
    got = until(stream, b"event: alerts")
    (shown,) = orjson.loads(got.rpartition(b"data: ")[2])["alerts"]
    assert (shown["id"], shown["amount"], shown["address"]) == (77, "1,000 JPY", "/alerts/77/")
    assert shown["headline"] == "Counterparty •••711 is new."
    answer.close()
    assert hub.viewers == 0


@pytest.mark.django_db(transaction=True)
def test_a_viewer_holds_no_database_connection(desk: Client, hub: Hub) -> None:
    answer: Any = desk.get("/live/events")
    stream = iter(answer.streaming_content)
    next(stream)
    assert connection.connection is None
    answer.close()


@pytest.mark.django_db(transaction=True)
def test_signing_out_ends_the_stream(desk: Client, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "SESSION_SECONDS", 0.0)
    other = Client()
    other.cookies = desk.cookies
    answer: Any = desk.get("/live/events")
    stream = iter(answer.streaming_content)
    until(stream, b"event: snapshot")
    other.post("/logout/")
    got = until(stream, b"signed-out")
    assert got.endswith(b"event: signed-out\ndata: {}\n\n")
    assert next(stream, None) is None
    answer.close()


@pytest.mark.django_db(transaction=True)
def test_a_locked_account_loses_its_stream(
    officer: Any, desk: Client, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "SESSION_SECONDS", 0.0)
    answer: Any = desk.get("/live/events")
    stream = iter(answer.streaming_content)
    until(stream, b"event: snapshot")
    officer.is_active = False
    officer.save()
    until(stream, b"signed-out")
    answer.close()


@pytest.mark.django_db(transaction=True)
def test_beyond_the_limit_the_page_is_told_to_ask_later(desk: Client, hub: Hub) -> None:
    held: list[Any] = [desk.get("/live/events") for _ in range(2)]
    answer = desk.get("/live/events")
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    held.pop().close()
    again: Any = desk.get("/live/events")
    assert again.status_code == 200
    again.close()
    held.pop().close()


@pytest.mark.django_db
def test_the_snapshot_may_be_asked_for(desk: Client, redis_url: str) -> None:
    answer = desk.get("/live/snapshot")
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "no-store"
    assert set(answer.json()) == {"minutes", "rate", "hour", "latency", "queue", "waiting", "cases", "force", "alerts"}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/live/events", "/live/snapshot"])
def test_only_get(desk: Client, path: str) -> None:
    assert desk.post(path).status_code == 405
