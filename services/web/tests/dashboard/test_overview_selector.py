"""What the live overview reads: tallies of batches, the queue, what is in force."""

from datetime import UTC, datetime, timedelta

import pytest
from argus_records.models import DecisionBatch, RuleSetVersion
from argus_records.selectors import overview
from argus_records.services.feed import feed_place
from django.db import connection
from records_factories import accept, alert, decide, new_transaction, schema

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def batch(second: int, *, size: int = 10, reviewed: int = 0, blocked: int = 0, bin_: int = 3) -> DecisionBatch:
    counts = [0] * 25
    counts[bin_] = size
    return DecisionBatch.objects.create(
        worker="w",
        ruleset=RuleSetVersion.objects.get(state="live"),
        feature_schema=schema(),
        code_version="t",
        decided_at=NOON + timedelta(seconds=second),
        size=size,
        reviewed=reviewed,
        blocked=blocked,
        latency_counts=counts,
    )


def test_tallies_are_by_slot() -> None:
    batch(0, reviewed=2)
    batch(9, blocked=1, bin_=24)
    batch(10, size=3)
    feed_place()
    found = overview.tallies(after=0, since=NOON)
    start = int(NOON.timestamp())
    assert set(found.slots) == {start, start + 10}
    first = found.slots[start]
    assert (first.size, first.reviewed, first.blocked) == (20, 2, 1)
    assert (first.latency_counts[3], first.latency_counts[24], sum(first.latency_counts)) == (10, 10, 20)
    assert (first.batches, first.largest) == (2, 10)
    assert found.position == 3


def test_asking_on_sees_each_batch_once_those_placed_late_too() -> None:
    batch(0)
    feed_place()
    first = overview.tallies(after=0, since=NOON)
    batch(20)
    assert overview.tallies(after=first.position, since=NOON) == overview.Tallies({}, first.position)
    feed_place()
    second = overview.tallies(after=first.position, since=NOON)
    assert list(second.slots) == [int(NOON.timestamp()) + 20]
    assert overview.tallies(after=second.position, since=NOON).slots == {}
    assert overview.feed_head() == second.position == 2


def test_what_was_decided_before_the_window_is_left_out() -> None:
    batch(-1)
    feed_place()
    assert overview.tallies(after=0, since=NOON).slots == {}


def test_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    assert overview.backlog() == overview.Backlog(0, None)
    first, *_ = accept(*[new_transaction(customer_id=f"c-{n}") for n in range(5)])
    found = overview.backlog()
    assert (found.depth, found.oldest) == (5, first.received_at)
    monkeypatch.setattr(overview, "COUNT_CAP", 3)
    assert overview.backlog().depth == 3
    decide()
    assert overview.backlog() == overview.Backlog(0, None)


def test_the_oldest_is_found_without_reading_the_queue() -> None:
    accept(*[new_transaction(customer_id=f"c-{n}") for n in range(200)])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE pending")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + overview._OLDEST, [63])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Limit" in plan
    assert "Index Scan" in plan
    assert "Sort" not in plan


def test_what_is_in_force() -> None:
    live = RuleSetVersion.objects.get(state="live").version
    assert overview.in_force() == overview.InForce(live, None, None, None)
    latest = batch(0)
    assert overview.in_force() == overview.InForce(live, latest.decided_at, live, None)


def test_alerts() -> None:
    first, second = alert(), alert()
    assert [row.pk for row in overview.alerts_newest(limit=1)] == [second.pk]
    assert overview.alerts_waiting() == {"open": 2, "escalated": 0}
    assert first.pk < second.pk
