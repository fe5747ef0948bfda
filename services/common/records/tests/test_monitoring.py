"""What a monitor asks of the ledger."""

from datetime import UTC, datetime, timedelta

import pytest
import records_factories as make
from argus_records.models import Alert, Case, Pending
from argus_records.selectors import monitoring
from django.utils import timezone

pytestmark = pytest.mark.django_db


def coded(*codes: str, age: timedelta = timedelta()) -> Alert:
    record = make.alert()
    Alert.objects.filter(pk=record.pk).update(codes=list(codes), opened_at=timezone.now() - age)
    return record


def test_reasons_are_counted_by_alert_most_often_first() -> None:
    for codes in (["velocity", "travel"], ["velocity"], ["rule_error"], ["travel", "velocity"]):
        coded(*codes)
    since = datetime.now(UTC) - timedelta(hours=1)
    assert monitoring.reasons(since=since) == [("velocity", 3), ("travel", 2), ("rule_error", 1)]
    assert monitoring.reasons(since=since, limit=1) == [("velocity", 3)]


def test_old_alerts_and_what_is_no_reason_are_left_out() -> None:
    coded("velocity", age=timedelta(hours=3))
    coded("travel", "model_unavailable")
    assert monitoring.reasons(since=datetime.now(UTC) - timedelta(hours=2)) == [("travel", 1)]


def test_only_the_newest_alerts_are_looked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitoring, "REASONS_AMONG", 2)
    for code in ("a", "b", "c"):
        coded(code)
    found = monitoring.reasons(since=datetime.now(UTC) - timedelta(hours=1))
    assert found == [("b", 1), ("c", 1)]


def test_what_waits_is_counted_by_the_minute_of_its_arrival() -> None:
    assert monitoring.arrivals_waiting(cap=10) == {}
    make.accept(*[make.new_transaction() for _ in range(3)])
    noon = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    for pending, second in zip(Pending.objects.order_by("transaction_id"), (1, 59, 60), strict=True):
        moment = noon + timedelta(seconds=second)
        Pending.objects.filter(shard=pending.shard, transaction=pending.transaction_id).update(received_at=moment)
    start = int(noon.timestamp())
    assert monitoring.arrivals_waiting(cap=10) == {start: 2, start + 60: 1}
    assert sum(monitoring.arrivals_waiting(cap=2).values()) == 2


def test_the_desk_stops_counting_where_nobody_needs_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitoring, "DESK_CAP", 2)
    for number in range(3):
        make.case(customer_id=f"c-{number}")
    assert monitoring.desk() == monitoring.Desk({"open": 2, "escalated": 0}, 0)
    Case.objects.update(due_at=timezone.now() - timedelta(hours=1))
    assert monitoring.desk().overdue == 2


def test_the_size_of_the_database() -> None:
    assert monitoring.database_bytes() > 2**20
