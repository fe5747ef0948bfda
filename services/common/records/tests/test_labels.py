"""Labels: added, never overwritten, audited."""

from datetime import timedelta

import pytest
import records_factories as make
from argus_records.models import AuditEvent, Label
from argus_records.services.labels import LabelItem, labels_add


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
