"""Alerts become cases, whoever gathers, whenever, however often."""

import threading
from datetime import timedelta

import pytest
import records_factories as make
from argus_records.models import Alert, AuditEvent, Case, CaseNotice
from argus_records.services.approvals import case_close_propose
from argus_records.services.cases import desk
from argus_records.services.cases.closing import case_close
from argus_records.services.cases.gather import cases_gather
from argus_records.services.cases.merging import case_merge
from argus_records.services.cases.priority import FROM, Level, due, level, priority
from case_ledger import Ledger
from django.db import connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st


def opened(count: int, **said: str) -> list[Alert]:
    return [make.alert(**said) for _ in range(count)]


@pytest.mark.django_db
def test_alerts_on_a_customer_gather_in_one_case() -> None:
    opened(3, customer_id="a")
    opened(1, customer_id="b")
    assert cases_gather() == 4
    assert cases_gather() == 0
    assert {case.customer_id: case.alerts_count for case in Case.objects.all()} == {"a": 3, "b": 1}
    assert not Alert.objects.filter(case=None).exists()
    assert AuditEvent.objects.filter(action="case.opened").count() == 2
    assert AuditEvent.objects.filter(action="case.hit").count() == 2


@pytest.mark.django_db
def test_a_hit_on_an_open_case_is_visible_and_makes_it_more_urgent() -> None:
    case = make.case(score=0.6)
    desk.case_begin(case_id=case.pk, seen=1, actor="user:amara")
    make.case(verdict="block", score=0.95, amount="900.00")
    after = Case.objects.get()
    assert (after.alerts_count, after.score, after.blocked, str(after.amount)) == (2, 0.95, True, "900.0000")
    assert after.priority > case.priority
    assert after.due_at < case.due_at
    assert (after.state, after.assignee, after.version) == ("in_review", "user:amara", 3)
    hit = AuditEvent.objects.get(action="case.hit")
    assert CaseNotice.objects.filter(actor="user:amara", event=hit.pk).exists()


@pytest.mark.django_db
def test_a_weaker_hit_changes_neither_what_the_case_is_about_nor_its_deadline() -> None:
    case = make.case(verdict="block", score=0.99, amount="900.00")
    make.case(score=0.5)
    after = Case.objects.get()
    assert (after.amount, after.score, after.due_at) == (case.amount, 0.99, case.due_at)
    assert after.priority >= case.priority


@pytest.mark.django_db
def test_a_hit_ends_a_wait() -> None:
    case = make.case()
    until = timezone.now() + timedelta(days=1)
    desk.case_wait(case_id=case.pk, seen=1, until=until, note="asked", actor="user:amara")
    make.case()
    after = Case.objects.get()
    assert (after.state, after.wait_until, after.assignee) == ("assigned", None, "user:amara")
    hit = AuditEvent.objects.get(action="case.hit")
    assert (hit.before, (hit.after or {})["state"]) == ({"state": "waiting"}, "assigned")


@pytest.mark.django_db
def test_what_is_closed_or_too_old_takes_no_further_hits() -> None:
    first = make.case()
    case_close(case_id=first.pk, seen=1, disposition="no_action", note="n", actor="user:amara")
    second = make.case()
    assert second.pk != first.pk
    Case.objects.filter(pk=second.pk).update(latest_at=timezone.now() - timedelta(days=31))
    third = make.case()
    assert third.pk != second.pk
    # The newest open case is the one that takes what comes next.
    assert make.case().pk == third.pk


@pytest.mark.django_db
def test_a_hit_on_an_escalated_case_is_escalated_with_it() -> None:
    case = make.case()
    desk.case_escalate(case_id=case.pk, seen=1, note="n", actor="user:amara")
    make.case()
    assert set(Alert.objects.values_list("status", flat=True)) == {"escalated"}


@pytest.mark.django_db
@pytest.mark.parametrize(("step", "state"), [("", "new"), ("begin", "in_review"), ("wait", "waiting")])
def test_an_alert_that_was_escalated_before_there_were_cases_escalates_the_one_it_joins(step: str, state: str) -> None:
    case = make.case()
    if step == "begin":
        desk.case_begin(case_id=case.pk, seen=1, actor="user:amara")
    if step == "wait":
        until = timezone.now() + timedelta(days=1)
        desk.case_wait(case_id=case.pk, seen=1, until=until, note="n", actor="user:amara")
    escalated = make.alert()
    Alert.objects.filter(pk=escalated.pk).update(
        status="escalated", decided_at=timezone.now(), decided_by="user:former"
    )
    cases_gather()
    after = Case.objects.get()
    assert (after.state, after.assignee, after.wait_until) == ("escalated", None, None)
    assert set(Alert.objects.values_list("status", flat=True)) == {"escalated"}
    hit = AuditEvent.objects.get(action="case.hit")
    assert (hit.before, (hit.after or {})["state"]) == ({"state": state}, "escalated")
    told = CaseNotice.objects.filter(event=hit.pk).values_list("actor", flat=True)
    assert list(told) == (["user:amara"] if step else [])
    Ledger().check()


@pytest.mark.django_db
def test_a_case_that_waits_for_a_second_person_keeps_its_alerts_open() -> None:
    case = make.case()
    case_close_propose(case_id=case.pk, seen=1, disposition="suspicious_reported", note="n", actor="user:amara")
    escalated = make.alert()
    Alert.objects.filter(pk=escalated.pk).update(
        status="escalated", decided_at=timezone.now(), decided_by="user:former"
    )
    cases_gather()
    assert set(Alert.objects.values_list("status", flat=True)) == {"open"}
    Ledger().check()


@pytest.mark.django_db
def test_of_several_that_are_open_the_one_that_was_hit_last_takes_a_hit() -> None:
    old = make.case()
    Case.objects.update(latest_at=timezone.now() - timedelta(days=31))
    newer = make.case()
    Case.objects.filter(pk=newer.pk).update(latest_at=timezone.now() - timedelta(days=31))
    other = make.case(customer_id="other")
    case_merge(case_id=other.pk, seen=1, into=old.pk, note="n", actor="user:amara")
    assert make.case() == old


@pytest.mark.django_db
@pytest.mark.parametrize(("status", "disposition"), [("approved", "no_action"), ("blocked", "confirmed_fraud")])
def test_alerts_decided_before_there_were_cases_are_closed_cases_that_teach_nothing(
    status: str, disposition: str
) -> None:
    opened(2)
    Alert.objects.update(status=status, decided_at=make.START, decided_by="user:old")
    cases_gather()
    assert Case.objects.count() == 2
    case = Case.objects.first()
    assert case is not None
    assert (case.state, case.disposition, case.closed_by) == ("closed", disposition, "user:old")
    assert case.labelled_at is not None
    assert set(Alert.objects.values_list("status", flat=True)) == {status}


@pytest.mark.django_db
def test_many_are_gathered_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("argus_records.services.cases.gather.AT_ONCE", 2)
    opened(5)
    assert cases_gather(seconds=0) == 2
    assert Alert.objects.filter(case=None).count() == 3
    assert cases_gather() == 3
    assert Case.objects.get().alerts_count == 5


@pytest.mark.django_db(transaction=True)
def test_of_several_who_gather_at_once_each_alert_goes_to_one() -> None:
    for number in range(40):
        make.alert(customer_id=f"c{number % 7}")
    counts: list[int] = []

    def gather() -> None:
        try:
            counts.append(cases_gather())
        finally:
            connection.close()

    threads = [threading.Thread(target=gather) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 40
    assert Case.objects.count() == 7
    assert sum(Case.objects.values_list("alerts_count", flat=True)) == 40


@pytest.mark.django_db(transaction=True)
def test_who_gathers_while_an_officer_closes_opens_another_case() -> None:
    """The gatherer waits for the officer's transaction, and does not join what that has closed."""
    from django.db import transaction

    case = make.case()
    make.alert()
    locked, gathered = threading.Event(), threading.Event()

    def close() -> None:
        try:
            with transaction.atomic():
                case_close(case_id=case.pk, seen=1, disposition="no_action", note="n", actor="user:amara")
                locked.set()
                # As long as nothing is committed, the gatherer cannot be through.
                assert not gathered.wait(0.3)
        finally:
            connection.close()

    thread = threading.Thread(target=close)
    thread.start()
    assert locked.wait(10)
    cases_gather()
    gathered.set()
    thread.join()
    assert sorted(Case.objects.values_list("state", flat=True)) == ["closed", "new"]
    assert not Alert.objects.filter(case=None).exists()


@given(st.floats(0, 1), st.booleans(), st.integers(1, 50), st.floats(0, 1), st.booleans(), st.integers(0, 50))
def test_more_is_never_less_urgent(
    score: float, blocked: bool, alerts: int, more: float, block: bool, hits: int
) -> None:
    before = priority(score=score, blocked=blocked, alerts=alerts)
    after = priority(score=max(score, more), blocked=blocked or block, alerts=alerts + hits)
    assert 0 <= before <= after <= 100
    assert due(make.START, after) <= due(make.START, before)


def test_levels_cover_all_points() -> None:
    assert [level(points) for points in FROM.values()] == list(Level)
    assert level(39) is Level.LOW
