"""The state of the overview as viewers get it."""

import time
from datetime import timedelta
from typing import Any

import orjson
import pytest
import redis
from argus_records.models import Case
from argus_records.names import RedisKey
from argus_records.services.cases.closing import case_close
from argus_web.dashboard import latest, workers
from argus_web.dashboard.snapshot import Snapshots
from django.utils import timezone
from records_factories import accept, alert, case, decide, new_transaction

pytestmark = pytest.mark.django_db


def state() -> dict[str, Any]:
    made: dict[str, Any] = orjson.loads(Snapshots().get())
    return made


def beat(url: str, **said: Any) -> None:
    client = redis.Redis.from_url(url)
    model = {"model_version": "7", "model_note": None, "ruleset_version": 1}
    worker = {"worker": "w1", "seen_at": time.time()} | model | said
    client.hset(RedisKey.WORKERS, worker["worker"], orjson.dumps(worker))
    client.close()


def test_what_it_says(redis_url: str) -> None:
    record = alert(amount="1500.00", customer_id="customer-7")
    accept(new_transaction(), new_transaction())
    found = state()
    assert found["hour"] == {"total": 1, "review": 1, "block": 0}
    assert sum(found["minutes"]["total"]) == 1
    assert found["queue"]["depth"] == 2
    assert found["queue"]["oldest_s"] >= 0
    assert found["waiting"] == {"open": 1, "escalated": 0, "cap": 10_000}
    assert found["cases"] == {"late": 0, "soon": 0, "cap": 10_000}
    assert found["force"]["model"] is None
    assert found["force"]["workers"] == 0
    (shown,) = found["alerts"]
    assert (shown["id"], shown["amount"], shown["customer_id"]) == (record.pk, "1,500.00 EUR", "•••r-7")
    assert shown["address"] == f"/alerts/{record.pk}/"
    assert shown["opened_at"].endswith("Z")


def test_deadlines_at_risk(redis_url: str) -> None:
    hours = {"late": -1, "soon": 3, "later": 5, "done": -1}
    for customer, ahead in hours.items():
        Case.objects.filter(pk=case(customer_id=customer).pk).update(due_at=timezone.now() + timedelta(hours=ahead))
    done = Case.objects.get(customer_id="done")
    case_close(case_id=done.pk, seen=1, disposition="no_action", note="n", actor="user:amara")
    assert state()["cases"] == {"late": 1, "soon": 1, "cap": 10_000}


def test_a_ledger_with_nothing_in_it(redis_url: str) -> None:
    found = state()
    assert found["force"]["decided_at"] is None
    assert found["queue"] == {"depth": 0, "cap": 100_000, "oldest_s": None}
    assert found["latency"] == {"p50": None, "p99": None}


def test_workers_say_what_runs(redis_url: str) -> None:
    accept(new_transaction())
    decide()
    beat(redis_url, model_note="as of today")
    beat(redis_url, worker="w2", seen_at=time.time() - 3600, model_version="1")
    found = state()["force"]
    assert (found["model"], found["note"], found["workers"]) == ("7", "as of today", 1)


@pytest.mark.parametrize("value", [b"nonsense", b"[]", b"{}", b'{"seen_at": "now"}', b'{"seen_at": null}'])
def test_a_worker_that_cannot_be_read_is_left_out(redis_url: str, value: bytes) -> None:
    client = redis.Redis.from_url(redis_url)
    client.hset(RedisKey.WORKERS, "w1", value)
    client.close()
    assert workers.workers_running() == []


def test_without_redis_the_rest_is_still_told(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    lost = workers._client.__wrapped__()
    monkeypatch.setattr(workers, "_client", lambda: lost)
    assert state()["force"]["workers"] is None
    lost.close()


def test_one_is_made_for_all_who_ask_within_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    shots = Snapshots()
    monkeypatch.setattr(shots, "_make", lambda: made.append(1) or {"n": len(made)})
    monkeypatch.setattr(latest, "MAX_AGE_SECONDS", 3600.0)
    assert {shots.get() for _ in range(10)} == {b'{"n":1}'}
    monkeypatch.setattr(latest, "MAX_AGE_SECONDS", -1.0)
    assert shots.get() == b'{"n":2}'
