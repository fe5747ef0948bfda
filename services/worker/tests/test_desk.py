"""The worker gathers alerts into cases, and time does to cases what it does, whatever fails of it."""

from datetime import timedelta

import pytest
import records_factories as make
from argus_records.models import Case, Label
from argus_records.services.cases.closing import UNDO, case_close
from argus_records.services.cases.desk import case_wait
from argus_worker import desk
from django.utils import timezone

pytestmark = pytest.mark.django_db
AMARA = "user:amara"


def test_a_sweep_gathers_wakes_notices_and_teaches() -> None:
    closed, waiting, late = (make.case(customer_id=name) for name in ("closed", "waiting", "late"))
    make.alert(customer_id="new")
    soon = timezone.now() + timedelta(days=1)
    case_close(case_id=closed.pk, seen=1, disposition="confirmed_fraud", note="n", actor=AMARA)
    case_wait(case_id=waiting.pk, seen=1, until=soon, note="n", actor=AMARA)
    past = timezone.now() - UNDO - timedelta(seconds=1)
    Case.objects.filter(pk=closed.pk).update(closed_at=past)
    Case.objects.filter(pk=waiting.pk).update(wait_until=past)
    Case.objects.filter(pk=late.pk).update(due_at=past)
    desk.sweep()
    assert Case.objects.get(customer_id="new").state == "new"
    assert Case.objects.get(pk=waiting.pk).state == "assigned"
    assert Case.objects.get(pk=late.pk).breached_at is not None
    assert Label.objects.get().label == "fraud"


def test_a_step_that_fails_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: object) -> int:
        raise RuntimeError("no")

    monkeypatch.setattr(desk, "cases_gather", broken)
    late = make.case()
    Case.objects.filter(pk=late.pk).update(due_at=timezone.now() - timedelta(hours=1))
    desk.sweep()
    assert Case.objects.get().breached_at is not None
    assert desk.gather() == 0
