"""During an upgrade a replica that knows no cases decides single alerts: their cases follow."""

import pytest
import records_factories as make
from argus_records.models import Alert, Approval, AuditEvent, Case, CaseNotice, Label
from argus_records.services.approvals import approval_refuse, case_close_propose
from argus_records.services.audit import audit_record
from argus_records.services.cases import desk
from argus_records.services.cases.closing import cases_label
from argus_records.services.cases.former import cases_follow
from argus_records.services.cases.gather import cases_gather
from case_ledger import FORMER, Ledger
from django.utils import timezone

pytestmark = pytest.mark.django_db
AMARA, BEN = "user:amara", "user:ben"


def decided(alert: Alert, status: str) -> None:
    """As the last version without cases did it."""
    Alert.objects.filter(pk=alert.pk).update(status=status, decided_at=timezone.now(), decided_by=FORMER)
    audit_record(
        actor=FORMER, action=f"alert.{status}", object_type="alert", object_id=alert.pk, after={"status": status},
        note=f"{status}, I say",
    )  # fmt: skip


@pytest.mark.parametrize(("status", "disposition"), [("approved", "no_action"), ("blocked", "confirmed_fraud")])
def test_a_case_whose_alerts_are_all_decided_alike_is_closed_and_teaches_nothing(status: str, disposition: str) -> None:
    case, two = make.case(), make.alert()
    cases_gather()
    desk.case_begin(case_id=case.pk, seen=2, actor=AMARA)
    decided(Alert.objects.exclude(pk=two.pk).get(), status)
    assert cases_follow() == 0
    decided(two, status)
    assert cases_follow() == 1
    assert cases_follow() == 0
    after = Case.objects.get()
    assert (after.state, after.disposition, after.closed_by) == ("closed", disposition, FORMER)
    event = AuditEvent.objects.get(action="case.close")
    assert (event.actor, event.note) == ("system", f"{status}, I say")
    assert CaseNotice.objects.filter(event=event.pk, actor=AMARA).exists()
    assert set(Alert.objects.values_list("status", "decided_by")) == {(status, FORMER)}
    Case.objects.update(closed_at=make.START)
    assert cases_label() == 0
    assert not Label.objects.exists()
    Ledger().check()


def test_what_was_not_decided_alike_is_left_to_a_person() -> None:
    case, two = make.case(), make.alert()
    cases_gather()
    decided(Alert.objects.exclude(pk=two.pk).get(), "approved")
    decided(two, "blocked")
    assert cases_follow() == 0
    desk.case_begin(case_id=case.pk, seen=2, actor=AMARA)
    assert cases_follow() == 0
    Ledger().check()


def test_an_escalated_alert_takes_its_case_to_the_supervisors() -> None:
    case = make.case()
    desk.case_begin(case_id=case.pk, seen=1, actor=AMARA)
    make.alert()
    cases_gather()
    decided(Alert.objects.order_by("id").first(), "escalated")  # type: ignore[arg-type]
    assert cases_follow() == 1
    assert cases_follow() == 0
    after = Case.objects.get()
    assert (after.state, after.assignee) == ("escalated", None)
    assert desk.case_next(actor=BEN, escalated=True) == case
    assert cases_follow() == 0
    Ledger().check()


def test_what_waits_for_a_second_person_goes_on_waiting() -> None:
    case = make.case()
    case_close_propose(case_id=case.pk, seen=1, disposition="suspicious_reported", note="n", actor=AMARA)
    decided(Alert.objects.get(), "approved")
    assert cases_follow() == 0
    approval_refuse(approval_id=Approval.objects.get().pk, actor=BEN, answer="n")
    assert cases_follow() == 0
    assert Alert.objects.get().status == "open"
    Ledger().check()


def test_decided_while_it_is_being_gathered() -> None:
    """Who gathers has read it as open: its case is new, and closed by the next sweep."""
    make.case()
    decided(Alert.objects.get(), "blocked")
    assert (cases_gather(), cases_follow()) == (0, 1)
    Ledger().check()


def test_only_what_was_decided_lately_is_looked_for() -> None:
    make.case()
    Alert.objects.update(status="approved", decided_at=timezone.now(), decided_by=FORMER)
    assert cases_follow() == 0
