"""Rate limits: shared through Redis, taken in portions, kept up without Redis."""

from collections.abc import Callable
from typing import Any

import pytest
from argus_records.services.apikeys import Caller
from argus_web.ingest import rates

NOWHERE = "redis://127.0.0.1:1/0"


class Clock:
    """Stands in for the clock of the module."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


def _caller(rate_limit: int, key_id: int = 1) -> Caller:
    return Caller(key_id, 1, "core-banking", frozenset({"ingest"}), rate_limit, revoked=False)


def _hits(limit: rates.RateLimit, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    costs: list[int] = []
    hit = limit._hit

    def noted(caller: Caller, cost: int) -> bool:
        costs.append(cost)
        return hit(caller, cost)

    monkeypatch.setattr(limit, "_hit", noted)
    return costs


@pytest.mark.django_db
def test_too_many_requests_are_told_when_to_come_again(
    make_bank: Callable[..., Any], good: dict[str, Any], count: Callable[..., float]
) -> None:
    bank = make_bank(rate_limit=5)
    refused = count("argus_requests_refused_total", endpoint="submit", reason="rate_limit")
    statuses = [bank.post(good | {"transaction_id": f"t-{number}"}).status_code for number in range(12)]
    # Five a second, and as many again at once.
    assert statuses == [202] * 10 + [429] * 2
    answer = bank.batch([good])
    assert answer.status_code == 429
    assert answer["Content-Type"] == "application/problem+json"
    assert int(answer["Retry-After"]) >= 1
    assert "5 requests a second" in answer.json()["detail"]
    assert count("argus_requests_refused_total", endpoint="submit", reason="rate_limit") == refused + 2


@pytest.mark.django_db
def test_a_batch_is_one_request(make_bank: Callable[..., Any], good: dict[str, Any]) -> None:
    bank = make_bank(rate_limit=1)
    items = [good | {"transaction_id": f"t-{number}"} for number in range(100)]
    assert bank.batch(items).json()["accepted"] == 100
    assert bank.batch(items).json()["duplicates"] == 100
    assert bank.batch(items).status_code == 429


def test_all_processes_share_one_count(redis_url: str) -> None:
    one, other, caller = rates.RateLimit(redis_url), rates.RateLimit(redis_url), _caller(5)
    taken = [(one if number % 2 else other).take(caller) for number in range(14)]
    assert taken.count(True) == 10


def test_keys_have_counts_of_their_own(redis_url: str) -> None:
    limit = rates.RateLimit(redis_url)
    assert [limit.take(_caller(1, key_id)) for key_id in (1, 1, 1, 2)] == [True, True, False, True]


def test_portions_grow_with_use_and_lapse(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(rates, "time", clock)
    limit, caller = rates.RateLimit(redis_url), _caller(1000)
    costs = _hits(limit, monkeypatch)
    for _ in range(63):
        assert limit.take(caller)
    assert costs == [1, 2, 4, 8, 16, 32]
    # At most a twentieth of a second's allowance.
    for _ in range(50):
        limit.take(caller)
    assert costs[-1] == 50
    # One used of fifty, the rest lapsed: next time one.
    limit.take(caller)
    clock.now += 0.2
    limit.take(caller)
    assert costs[-2:] == [50, 1]


def test_slow_traffic_pays_for_what_it_sends(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(rates, "time", clock)
    limit, caller = rates.RateLimit(redis_url), _caller(1000)
    costs = _hits(limit, monkeypatch)
    for _ in range(20):
        assert limit.take(caller)
        clock.now += 0.15
    assert costs == [1] * 20


def test_the_last_few_are_given_one_by_one(redis_url: str) -> None:
    limit, caller = rates.RateLimit(redis_url), _caller(60)
    assert [limit.take(caller) for _ in range(130)].count(True) == 120


def test_who_was_refused_is_not_asked_about_at_once_again(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(rates, "time", clock)
    limit, caller = rates.RateLimit(redis_url), _caller(1)
    costs = _hits(limit, monkeypatch)
    assert [limit.take(caller) for _ in range(6)] == [True, True, False, False, False, False]
    assert len(costs) == 3
    clock.now += 0.1
    assert not limit.take(caller)
    assert len(costs) == 4


def test_without_redis_each_process_counts_alone(count: Callable[..., float]) -> None:
    alone = count("argus_rate_limits_alone_total")
    limit = rates.RateLimit(NOWHERE)
    assert [limit.take(_caller(5)) for _ in range(12)].count(True) == 10
    assert count("argus_rate_limits_alone_total") > alone
    assert limit._breaker.open


def test_a_thread_that_is_slow_to_ask_does_not_hold_up_the_others(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit, caller = rates.RateLimit(redis_url), _caller(100)
    assert limit.take(caller)
    monkeypatch.setattr(rates, "PATIENCE_SECONDS", 0.01)
    with limit._portions[caller.key_id].lock:
        assert limit.take(caller)


def test_what_is_remembered_is_bounded(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "KEYS_KEPT", 3)
    limit = rates.RateLimit(redis_url)
    for key_id in range(10):
        limit.take(_caller(1, key_id))
    assert len(limit._portions) <= 3
