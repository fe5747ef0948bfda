"""Hints: one at a time, by task name, never in the way of a submission."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import redis
from argus_local import servers
from argus_records.models import Transaction
from argus_records.names import Queue, RedisKey, Task
from argus_web.ingest import connect
from argus_web.ingest import hints as module
from argus_web.ingest.hints import Hints

NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def broker(redis_url: str) -> Iterator[redis.Redis]:
    client = redis.Redis.from_url(redis_url)
    yield client
    client.close()


@pytest.fixture
def hints(redis_url: str) -> Hints:
    return Hints(redis_url)


def test_a_hint_is_a_message_to_the_workers(hints: Hints, broker: redis.Redis, count: Callable[..., float]) -> None:
    sent = count("argus_hints_total", outcome="sent")
    assert hints.send_now()
    (message,) = broker.lrange(Queue.SCORE, 0, -1)
    assert orjson.loads(message)["headers"]["task"] == Task.SCORE_PENDING
    assert 0 < broker.pttl(RedisKey.HINTED) <= 1000
    assert count("argus_hints_total", outcome="sent") == sent + 1


def test_no_second_hint_while_one_is_on_its_way(hints: Hints, broker: redis.Redis, count: Callable[..., float]) -> None:
    waiting = count("argus_hints_total", outcome="waiting")
    for _ in range(3):
        assert hints.send_now()
    assert broker.llen(Queue.SCORE) == 1
    assert count("argus_hints_total", outcome="waiting") == waiting + 2
    # A worker looks: what commits from now on needs a hint of its own.
    broker.delete(RedisKey.HINTED)
    assert hints.send_now()
    assert broker.llen(Queue.SCORE) == 2


def test_sending_leaves_the_work_to_a_thread(hints: Hints, broker: redis.Redis) -> None:
    for _ in range(50):
        hints.send()
    message = broker.brpop([Queue.SCORE], timeout=10)
    assert message is not None
    assert hints._thread is not None
    assert hints._thread.daemon
    hints.send()
    assert broker.llen(Queue.SCORE) == 0


def test_redis_away_is_counted_and_told_once_until_it_is_back(
    tmp_path: Path, count: Callable[..., float], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    warned: list[str] = []
    monkeypatch.setattr(module.log, "warning", lambda said, **_: warned.append(said))
    server = servers.redis(tmp_path / "redis", port=servers.free_port())
    settings.REDIS_URL = server.url
    hints = Hints(server.url)
    failed = count("argus_hints_total", outcome="failed")
    for _ in range(2):
        server.start()
        assert hints.send_now()
        server.stop()
        assert [hints.send_now() for _ in range(3)] == [False] * 3
    assert count("argus_hints_total", outcome="failed") == failed + 6
    assert len(warned) == 2


def test_a_hint_that_failed_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "REST_SECONDS", 0.01)
    hints = Hints(NOWHERE)
    outcomes = [False, False, True]
    done = module.threading.Event()

    def attempt() -> bool:
        outcome = outcomes.pop(0)
        if not outcomes:
            done.set()
        return outcome

    monkeypatch.setattr(hints, "send_now", attempt)
    hints.send()
    assert done.wait(10)
    assert outcomes == []


@pytest.mark.django_db
def test_with_redis_away_transactions_are_accepted(
    make_key: Callable[..., str], good: dict[str, Any], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    from argus_web.ingest import access, bulk, committer, rates
    from django.test import Client

    settings.REDIS_URL = NOWHERE
    away = Hints(NOWHERE)
    monkeypatch.setattr(committer, "hints", away)
    monkeypatch.setattr(bulk, "hints", away)
    monkeypatch.setattr(access, "rate_limit", rates.RateLimit(NOWHERE))
    bank = Client(headers={"authorization": f"Bearer {make_key()}"})
    path = "/api/v1/transactions"
    assert bank.post(path, good, content_type="application/json").status_code == 202
    items = [good | {"transaction_id": f"t-{number}"} for number in range(1, 4)]
    assert bank.post(f"{path}/batch", items, content_type="application/json").json()["accepted"] == 2
    assert Transaction.objects.count() == 3
    # Its thread would try again until the end of the run, and count that in other tests.
    ended = module.threading.Event()
    monkeypatch.setattr(away, "send_now", lambda: ended.set() or True)
    away.send()
    assert ended.wait(10)
