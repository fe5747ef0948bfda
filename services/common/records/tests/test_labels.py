"""Labels: added, never overwritten, audited."""

import threading
from datetime import timedelta

import pytest
import records_factories as make
from argus_records.models import AuditEvent, Label
from argus_records.services.labels import LabelItem, labels_add
from django.db import connection, transaction


def add(*items: LabelItem, client_name: str = "core-banking") -> list[str]:
    return [*labels_add(client_id=make.client(client_name).pk, actor=f"client:{client_name}", items=items)]


@pytest.mark.django_db
def test_outcomes_and_audit() -> None:
    make.accept(make.new_transaction(transaction_id="t"))
    fraud = LabelItem("t", "fraud", "chargeback", make.START)
    later = LabelItem("t", "genuine", "investigation", make.START + timedelta(days=3))
    unknown = LabelItem("no such", "fraud", "chargeback", make.START)
    assert add(fraud, fraud, unknown, later) == ["accepted", "duplicate", "unknown_transaction", "accepted"]
    assert add(fraud) == ["duplicate"]
    assert list(Label.objects.order_by("observed_at").values_list("label", flat=True)) == ["fraud", "genuine"]
    events = AuditEvent.objects.filter(action="label.added")
    assert {event.actor for event in events} == {"client:core-banking"}
    assert sorted(event.after["label"] for event in events) == ["fraud", "genuine"]


@pytest.mark.django_db
def test_another_clients_transaction_is_unknown() -> None:
    make.accept(make.new_transaction(transaction_id="t"))
    assert add(LabelItem("t", "fraud", "s", make.START), client_name="cards") == ["unknown_transaction"]


@pytest.mark.django_db(transaction=True)
def test_ids_become_visible_in_their_order() -> None:
    """Whoever has read up to one id has nothing left to come below it."""
    make.accept(make.new_transaction(transaction_id="t"))
    make.client()
    begun, go_on = threading.Event(), threading.Event()
    order: list[str] = []

    def slow() -> None:
        try:
            with transaction.atomic():
                add(LabelItem("t", "fraud", "slow", make.START))
                begun.set()
                go_on.wait(30)
                order.append("slow")
        finally:
            connection.close()

    def quick() -> None:
        try:
            add(LabelItem("t", "fraud", "quick", make.START))
            order.append("quick")
        finally:
            connection.close()

    threads = [threading.Thread(target=slow), threading.Thread(target=quick)]
    threads[0].start()
    assert begun.wait(30)
    threads[1].start()
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    with connection.cursor() as cursor:
        found = 0
        while not found:
            cursor.execute(waiting)
            (found,) = cursor.fetchone() or (0,)
    assert Label.objects.count() == 0
    go_on.set()
    for thread in threads:
        thread.join()
    assert order == ["slow", "quick"]
    assert list(Label.objects.order_by("id").values_list("source", flat=True)) == ["slow", "quick"]
