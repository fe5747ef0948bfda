"""Two browsers at once on the same cases: each case is moved by one of them, and the other is told."""

from typing import Any

import pytest
from argus_records.models import AuditEvent, Case
from case_ledger import Ledger
from django.test import Client
from races import together
from records_factories import case

pytestmark = pytest.mark.django_db(transaction=True)


def test_many_at_once_against_one_after_the_other(desk: Client, supervisor: Client) -> None:
    cases = [case(customer_id=str(number)) for number in range(8)]
    many = {
        "case": [f"{one.pk}-1" for one in cases], "action": "escalate", "note": "n", "seen": "1", "do": "yes",
    }  # fmt: skip
    single = {"action": "close", "disposition": "no_action", "note": "n", "seen": "1"}

    def one_by_one() -> list[int]:
        return [supervisor.post(f"/cases/{one.pk}/act/", single).status_code for one in reversed(cases)]

    bulk, singles = together(lambda: desk.post("/cases/bulk/", many, follow=True), one_by_one)
    states = [Case.objects.get(pk=one.pk).state for one in reversed(cases)]
    assert set(states) <= {"escalated", "closed"}
    assert [status == 302 for status in singles] == [state == "closed" for state in states]
    assert set(singles) <= {302, 409}
    page = bulk.content.decode()
    for one in cases:
        if Case.objects.get(pk=one.pk).state == "closed":
            assert f"{one.pk}: " in page
    assert set(Case.objects.values_list("version", flat=True)) == {2}
    assert AuditEvent.objects.filter(action__in=["case.close", "case.escalate"]).count() == len(cases)
    Ledger().check()


def test_the_same_many_twice(desk: Client, supervisor: Client) -> None:
    cases = [case(customer_id=str(number)) for number in range(6)]
    chosen: dict[str, Any] = {"action": "close", "disposition": "false_positive", "note": "n", "seen": "1", "do": "yes"}
    there = chosen | {"case": [f"{one.pk}-1" for one in cases]}
    back = chosen | {"case": [f"{one.pk}-1" for one in reversed(cases)]}
    together(lambda: desk.post("/cases/bulk/", there), lambda: supervisor.post("/cases/bulk/", back))
    assert set(Case.objects.values_list("state", "version")) == {("closed", 2)}
    assert AuditEvent.objects.filter(action="case.close").count() == len(cases)
    Ledger().check()
