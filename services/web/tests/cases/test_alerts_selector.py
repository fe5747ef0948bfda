"""Lists of alerts: filters, orders, pages."""

from datetime import timedelta
from decimal import Decimal

import pytest
from argus_records.models import Alert
from argus_records.selectors import alerts
from argus_records.selectors.alerts import AlertFilter, AlertSort
from django.utils import timezone
from records_factories import alert

pytestmark = pytest.mark.django_db


def found(**said: object) -> list[int]:
    return [row.pk for row in alerts.alerts_page(filters=AlertFilter(**said)).rows]  # type: ignore[arg-type]


def changed(record: Alert, **said: object) -> Alert:
    Alert.objects.filter(pk=record.pk).update(**said)
    return record


def test_each_filter_restricts() -> None:
    day = timedelta(days=1)
    other = changed(alert(customer_id="b"), opened_at=timezone.now() - 3 * day)
    one = changed(
        alert(customer_id="a", amount="900.00", currency="USD"),
        verdict="block", codes=["structuring", "velocity"], headline="Just below 10% of_it",
    )  # fmt: skip
    assert found() == [one.pk, other.pk]
    for said in (
        {"customer_id": "a"}, {"verdict": "block"}, {"code": "structuring"}, {"currency": "USD"},
        {"amount_min": Decimal(900)}, {"opened_from": timezone.now() - day}, {"text": "BELOW 10% of_i"},
    ):  # fmt: skip
        assert found(**said) == [one.pk], said
    for said in ({"amount_max": Decimal(25)}, {"opened_until": timezone.now() - day}):
        assert found(**said) == [other.pk], said
    assert found(text="10%of") == []
    changed(other, status="blocked", decided_at=timezone.now() - 2 * day, decided_by="user:amara")
    assert found(decided_from=timezone.now() - 3 * day) == found(decided_until=timezone.now()) == [other.pk]
    assert found(decided_from=timezone.now() - day) == found(decided_until=timezone.now() - 3 * day) == []
    changed(other, status="open", decided_at=None, decided_by=None)
    assert found(status="blocked") == []


@pytest.mark.parametrize("sort", list(AlertSort))
def test_pages_show_each_alert_once_in_order(sort: AlertSort) -> None:
    made = [changed(alert(), score=score, amount=amount) for score, amount in
            ((0.5, 10), (0.9, 30), (0.5, 30), (0.5, 20), (0.9, 10), (0.7, 30), (0.5, 30))]  # fmt: skip
    rows, cursor, pages = [], "", 0
    while True:
        page = alerts.alerts_page(filters=AlertFilter(), sort=sort, cursor=cursor, limit=2)
        rows += page.rows
        pages += 1
        if page.next is None:
            break
        cursor = page.next
    key = {
        AlertSort.NEWEST: lambda row: -row.pk,
        AlertSort.OLDEST: lambda row: row.pk,
        AlertSort.SCORE: lambda row: (-row.score, -row.pk),
        AlertSort.AMOUNT: lambda row: (-row.amount, -row.pk),
    }[sort]
    expected = sorted(Alert.objects.all(), key=key)
    assert [row.pk for row in rows] == [row.pk for row in expected]
    assert (len(rows), pages) == (len(made), 4)


@pytest.mark.parametrize("cursor", ["nonsense", "W10", "WyJhIl0", "WzEsMl0", "bnVsbA", "W251bGxd", "WyJOYU4iLDFd", "é"])
@pytest.mark.parametrize("sort", list(AlertSort))
def test_a_cursor_of_another_make_breaks_nothing(cursor: str, sort: AlertSort) -> None:
    alert()
    alerts.alerts_page(filters=AlertFilter(), sort=sort, cursor=cursor)


def test_counts_are_by_status_and_stop_at_the_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(4):
        alert()
    changed(alert(customer_id="b"), status="escalated", decided_at=timezone.now(), decided_by="user:amara")
    counts = alerts.alerts_count(filters=AlertFilter(status="open"))
    assert counts == {"open": 4, "escalated": 1, "approved": 0, "blocked": 0}
    assert alerts.alerts_count(filters=AlertFilter(customer_id="b"))["open"] == 0
    monkeypatch.setattr(alerts, "COUNT_CAP", 2)
    assert alerts.alerts_count(filters=AlertFilter())["open"] == 3


def test_what_an_alert_page_reads() -> None:
    first, second = alert(), alert()
    assert alerts.alert_newest_id() == second.pk
    trail = alerts.audit_trail(object_type="alert", object_id=first.pk)
    assert [event.action for event in trail] == ["alert.opened"]
    assert alerts.alert_codes() == ["velocity"]
    assert alerts.alert_get(alert_id=first.pk).transaction.decision.verdict == "review"
    with pytest.raises(Alert.DoesNotExist):
        alerts.alert_get(alert_id=0)
