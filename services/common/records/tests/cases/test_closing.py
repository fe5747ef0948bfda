"""Closing: four eyes where they are asked for, undo while nothing has left, labels after that."""

from datetime import timedelta

import pytest
import records_factories as make
from argus_records.models import Alert, Case, Label
from argus_records.services.approvals import (
    ApprovalError,
    approval_grant,
    case_close_propose,
    case_reopen_propose,
)
from argus_records.services.cases.closing import UNDO, case_close, case_undo, cases_label
from argus_records.services.cases.merging import case_merge
from argus_records.services.cases.moves import CaseError
from django.utils import timezone

AMARA, BEN = "user:amara", "user:ben"


def close(case: Case, disposition: str = "false_positive") -> Case:
    seen = Case.objects.get(pk=case.pk).version
    return case_close(case_id=case.pk, seen=seen, disposition=disposition, note="n", actor=AMARA)


def age(case: Case) -> None:
    Case.objects.filter(pk=case.pk).update(closed_at=timezone.now() - UNDO - timedelta(seconds=1))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("disposition", "label"),
    [("confirmed_fraud", "fraud"), ("false_positive", "genuine"), ("no_action", None)],
)
def test_a_disposition_teaches_once_it_cannot_be_undone(disposition: str, label: str | None) -> None:
    case = make.case()
    make.case()
    close(case, disposition)
    assert cases_label() == 0
    age(case)
    assert cases_label() == 1
    assert cases_label() == 0
    expected = [] if label is None else [(label, "case", AMARA)] * 2
    assert list(Label.objects.values_list("label", "source", "actor")) == expected
    with pytest.raises(CaseError, match="cannot be undone"):
        case_undo(case_id=case.pk, seen=Case.objects.get().version, actor=AMARA)


@pytest.mark.django_db
def test_a_closing_is_taken_back_by_who_made_it() -> None:
    case = make.case()
    closed = close(case)
    with pytest.raises(CaseError, match="cannot be undone"):
        case_undo(case_id=case.pk, seen=closed.version, actor=BEN)
    case_undo(case_id=case.pk, seen=closed.version, actor=AMARA)
    after = Case.objects.get()
    assert (after.state, after.assignee, after.disposition, after.closed_at) == ("in_review", AMARA, None, None)
    assert Alert.objects.get().status == "open"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("amount", "currency", "disposition", "why"),
    [
        ("25.00", "EUR", "suspicious_reported", "suspicious"),
        ("10000.00", "EUR", "false_positive", "10,000 EUR reaches"),
        ("1499999", "JPY", "false_positive", ""),
        ("1500000", "JPY", "no_action", "JPY"),
        ("9999.99", "USD", "confirmed_fraud", ""),
    ],
)
def test_what_needs_a_second_person(amount: str, currency: str, disposition: str, why: str) -> None:
    case = make.case(amount=amount, currency=currency)
    if not why:
        assert close(case, disposition).state == "closed"
        return
    with pytest.raises(CaseError, match=why):
        close(case, disposition)
    made = case_close_propose(case_id=case.pk, seen=1, disposition=disposition, note="n", actor=AMARA)
    with pytest.raises(ApprovalError, match="Nobody approves"):
        approval_grant(approval_id=made.pk, actor=AMARA)
    approval_grant(approval_id=made.pk, actor=BEN)
    after = Case.objects.get()
    assert (after.state, after.disposition, after.closed_by) == ("closed", disposition, BEN)


@pytest.mark.django_db
def test_a_hit_after_the_proposal_must_be_judged_first() -> None:
    case = make.case()
    made = case_close_propose(case_id=case.pk, seen=1, disposition="suspicious_reported", note="n", actor=AMARA)
    make.case()
    with pytest.raises(ApprovalError, match="had 1 alerts .* and has 2"):
        approval_grant(approval_id=made.pk, actor=BEN)
    made.refresh_from_db()
    assert (made.state, Case.objects.get().state) == ("waiting", "pending_approval")


@pytest.mark.django_db
def test_reopened_its_deadline_begins_anew_and_what_it_teaches_then_holds() -> None:
    case = make.case()
    close(case, "confirmed_fraud")
    age(case)
    cases_label()
    Case.objects.update(due_at=timezone.now() - timedelta(days=1), breached_at=timezone.now())
    seen = Case.objects.get().version
    made = case_reopen_propose(case_id=case.pk, seen=seen, note="the customer came", actor=BEN)
    with pytest.raises(ApprovalError, match="waits for approval already"):
        case_reopen_propose(case_id=case.pk, seen=seen + 1, note="again", actor=AMARA)
    approval_grant(approval_id=made.pk, actor=AMARA)
    after = Case.objects.get()
    assert (after.state, after.breached_at, after.assignee) == ("reopened", None, None)
    assert after.due_at > timezone.now()
    close(after, "false_positive")
    Case.objects.update(closed_at=timezone.now() - UNDO)
    cases_label()
    assert Label.objects.order_by("-observed_at").first().label == "genuine"  # type: ignore[union-attr]


@pytest.mark.django_db
def test_what_was_learned_from_as_fraud_is_not_left_so_by_closing_it_as_nothing() -> None:
    case = make.case()
    close(case, "confirmed_fraud")
    age(case)
    cases_label()
    seen = Case.objects.get().version
    made = case_reopen_propose(case_id=case.pk, seen=seen, note="the customer came", actor=BEN)
    approval_grant(approval_id=made.pk, actor=AMARA)
    with pytest.raises(CaseError, match="closed as fraud before"):
        close(case, "no_action")
    with pytest.raises(CaseError, match="closed as fraud before"):
        case_close_propose(case_id=case.pk, seen=seen + 2, disposition="no_action", note="n", actor=AMARA)
    # Nor when the alert has gone to another case meanwhile.
    other = make.case(customer_id="other")
    case_merge(case_id=case.pk, seen=seen + 2, into=other.pk, note="n", actor=AMARA)
    with pytest.raises(CaseError, match="closed as fraud before"):
        close(other, "no_action")
    close(other, "false_positive")
    age(other)
    cases_label()
    seen = Case.objects.get(pk=other.pk).version
    made = case_reopen_propose(case_id=other.pk, seen=seen, note="once more", actor=BEN)
    approval_grant(approval_id=made.pk, actor=AMARA)
    assert close(other, "no_action").state == "closed"


@pytest.mark.django_db
def test_merged_all_alerts_are_in_one_case() -> None:
    one, two = make.case(customer_id="a", verdict="block", amount="700.00"), make.case(customer_id="b")
    case_merge(case_id=one.pk, seen=1, into=two.pk, note="same device", actor=AMARA)
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.state, one.merged_into_id, one.disposition, one.alerts_count) == ("closed", two.pk, None, 0)
    assert (two.alerts_count, two.blocked, str(two.amount), two.state) == (2, True, "700.0000", "new")
    assert two.due_at <= one.due_at
    assert Alert.objects.filter(case=two, status="open").count() == 2
    assert cases_label() == 0
    with pytest.raises(CaseError, match="reopen that one"):
        case_reopen_propose(case_id=one.pk, seen=one.version, note="n", actor=AMARA)


@pytest.mark.django_db
def test_not_everything_can_be_merged() -> None:
    one, two = make.case(customer_id="a"), make.case(customer_id="b")
    with pytest.raises(CaseError, match="into itself"):
        case_merge(case_id=one.pk, seen=1, into=one.pk, note="n", actor=AMARA)
    with pytest.raises(CaseError, match="no case 99999"):
        case_merge(case_id=one.pk, seen=1, into=99999, note="n", actor=AMARA)
    close(two)
    with pytest.raises(CaseError, match="is closed"):
        case_merge(case_id=one.pk, seen=1, into=two.pk, note="n", actor=AMARA)
    with pytest.raises(CaseError, match="not possible"):
        case_merge(case_id=two.pk, seen=2, into=one.pk, note="n", actor=AMARA)
