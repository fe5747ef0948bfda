"""Cases move along their table: every move of it, and no other."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import records_factories as make
from argus_records.models import Alert, AuditEvent, Case, CaseNotice, CaseState
from argus_records.services.approvals import (
    approval_grant,
    approval_refuse,
    approval_withdraw,
    case_close_propose,
    case_reopen_propose,
)
from argus_records.services.cases import desk
from argus_records.services.cases.closing import case_close, case_undo
from argus_records.services.cases.merging import case_merge
from argus_records.services.cases.moves import MOVES, CaseError, CaseMovedError, case_moves
from django.utils import timezone

AMARA, BEN = "user:amara", "user:ben"
SOON = timedelta(days=1)


def act(case: Case, action: str, actor: str = AMARA) -> None:
    """Do one action on a case by the service that does it."""
    found = Case.objects.get(pk=case.pk)
    on: dict[str, Any] = {"case_id": case.pk, "seen": found.version}
    other = "user:carla" if found.assignee == BEN else BEN
    by: dict[str, Callable[[], Any]] = {
        "assign": lambda: desk.case_assign(**on, to=other, actor=actor),
        "begin": lambda: desk.case_begin(**on, actor=actor),
        "wait": lambda: desk.case_wait(**on, until=timezone.now() + SOON, note="asked the branch", actor=actor),
        "escalate": lambda: desk.case_escalate(**on, note="too large for me", actor=actor),
        "release": lambda: desk.case_release(**on, actor=actor),
        "close": lambda: case_close(**on, disposition="false_positive", note="known payee", actor=actor),
        "propose": lambda: case_close_propose(**on, disposition="suspicious_reported", note="a mule", actor=actor),
        "merge": lambda: case_merge(**on, into=make.case(customer_id="other").pk, note="one ring", actor=actor),
        "undo": lambda: case_undo(**on, actor=actor),
        "grant": lambda: approval_grant(approval_id=waiting(case), actor=BEN),
        "refuse": lambda: approval_refuse(approval_id=waiting(case), actor=BEN, answer="look again"),
        "withdraw": lambda: approval_withdraw(approval_id=waiting(case), actor=actor),
        "reopen": lambda: reopen(on, actor),
        "wake": lambda: wake(case),
    }
    by[action]()


def waiting(case: Case) -> int:
    from argus_records.models import Approval

    found = Approval.objects.filter(subject=str(case.pk), state="waiting").first()
    if found is None:
        raise CaseError("nothing waits")
    return found.pk


def reopen(on: dict[str, Any], actor: str) -> None:
    made = case_reopen_propose(**on, note="the bank called", actor=actor)
    approval_grant(approval_id=made.pk, actor=BEN)


def wake(case: Case) -> None:
    Case.objects.filter(pk=case.pk, state="waiting").update(wait_until=timezone.now() - SOON)
    if not desk.cases_wake():
        raise CaseError("nothing to wake")


WAY = {
    CaseState.NEW: [],
    CaseState.ASSIGNED: ["assign"],
    CaseState.IN_REVIEW: ["begin"],
    CaseState.WAITING: ["wait"],
    CaseState.ESCALATED: ["escalate"],
    CaseState.PENDING_APPROVAL: ["propose"],
    CaseState.CLOSED: ["close"],
    CaseState.REOPENED: ["close", "reopen"],
}
ACTIONS = sorted({action for moves in MOVES.values() for action in moves})


@pytest.mark.django_db
@pytest.mark.parametrize("state", list(CaseState))
@pytest.mark.parametrize("action", ACTIONS)
def test_every_move_of_the_table_and_no_other(state: CaseState, action: str) -> None:
    case = make.case()
    for step in WAY[state]:
        act(case, step)
    assert Case.objects.get(pk=case.pk).state == state
    target = MOVES[state].get(action)
    before = AuditEvent.objects.filter(object_type="case", object_id=case.pk).count()
    if target is None:
        with pytest.raises(CaseError):
            act(case, action)
        assert Case.objects.get(pk=case.pk).state == state
        assert AuditEvent.objects.filter(object_type="case", object_id=case.pk).count() == before
        return
    act(case, action)
    moved = Case.objects.get(pk=case.pk)
    assert moved.state == target
    event = AuditEvent.objects.filter(object_type="case", object_id=case.pk).latest("id")
    assert event.action == f"case.{action}"
    assert event.after is not None
    assert event.after["state"] == target


def test_every_state_is_in_the_table() -> None:
    assert set(MOVES) == set(CaseState)
    assert case_moves("closed") == ["undo", "reopen"]


@pytest.mark.django_db
@pytest.mark.parametrize("action", ["wait", "escalate", "close", "merge", "propose"])
@pytest.mark.parametrize("note", ["", "  ", "x" * 4001])
def test_a_note_is_needed(action: str, note: str) -> None:
    case = make.case()
    on: dict[str, Any] = {"case_id": case.pk, "seen": 1, "note": note, "actor": AMARA}
    calls: dict[str, Callable[[], Any]] = {
        "wait": lambda: desk.case_wait(**on, until=timezone.now() + SOON),
        "escalate": lambda: desk.case_escalate(**on),
        "close": lambda: case_close(**on, disposition="no_action"),
        "propose": lambda: case_close_propose(**on, disposition="no_action"),
        "merge": lambda: case_merge(**on, into=make.case(customer_id="other").pk),
    }
    with pytest.raises(CaseError, match="note"):
        calls[action]()
    assert Case.objects.get(pk=case.pk).state == "new"


@pytest.mark.django_db
def test_who_has_seen_an_older_version_is_told() -> None:
    case = make.case()
    make.case()
    with pytest.raises(CaseMovedError):
        case_close(case_id=case.pk, seen=1, disposition="no_action", note="n", actor=AMARA)
    assert Case.objects.get(pk=case.pk).state == "new"


@pytest.mark.django_db
@pytest.mark.parametrize("days", [-1, 0, 91])
def test_a_wait_ends_within_its_bounds(days: int) -> None:
    case = make.case()
    with pytest.raises(CaseError, match="Choose a time"):
        desk.case_wait(case_id=case.pk, seen=1, until=timezone.now() + timedelta(days=days), note="n", actor=AMARA)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("steps", "status"),
    [
        (["begin"], "open"),
        (["escalate"], "escalated"),
        (["escalate", "begin"], "open"),
        (["close"], "approved"),
        (["propose"], "open"),
        (["propose", "grant"], "blocked"),
        (["close", "undo"], "open"),
        (["close", "reopen"], "open"),
    ],
)
def test_alerts_follow_their_case(steps: list[str], status: str) -> None:
    case = make.case()
    make.case()
    for step in steps:
        act(case, step)
    assert set(Alert.objects.filter(case=case).values_list("status", flat=True)) == {status}


@pytest.mark.django_db
def test_watchers_assignees_and_the_mentioned_hear_of_it_but_not_who_did_it() -> None:
    case = make.case()
    desk.case_watch(case_id=case.pk, actor="user:carla", on=True)
    act(case, "assign")
    told = set(CaseNotice.objects.values_list("actor", flat=True))
    assert told == {BEN, "user:carla"}
    desk.case_note(case_id=case.pk, note="see @dora", actor=BEN, mentioned=["user:dora"])
    event = AuditEvent.objects.get(action="case.noted")
    assert set(CaseNotice.objects.filter(event=event.pk).values_list("actor", flat=True)) == {"user:carla", "user:dora"}
    desk.case_watch(case_id=case.pk, actor="user:carla", on=False)
    act(case, "begin", BEN)
    assert not CaseNotice.objects.filter(event=AuditEvent.objects.latest("id").pk).exists()


@pytest.mark.django_db
def test_a_deadline_that_passed_is_noticed_once() -> None:
    case = make.case()
    act(case, "assign")
    Case.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert desk.cases_breach() == 1
    assert desk.cases_breach() == 0
    assert Case.objects.get().breached_at is not None
    event = AuditEvent.objects.get(action="case.deadline_missed")
    assert CaseNotice.objects.filter(event=event.pk, actor=BEN).exists()
