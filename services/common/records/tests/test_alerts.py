"""Alerts move along their table, with a note and an audit event."""

import threading

import pytest
import records_factories as make
from argus_records.models import Alert, AlertStatus, AuditEvent
from argus_records.services.alerts import MOVES, AlertError, alert_decide, alert_moves
from django.db import connection


@pytest.mark.django_db
@pytest.mark.parametrize("status", list(AlertStatus))
@pytest.mark.parametrize("action", ["approve", "block", "escalate", "reopen"])
def test_every_move_of_the_table_and_no_other(status: AlertStatus, action: str) -> None:
    alert = make.alert()
    if status != AlertStatus.OPEN:
        Alert.objects.filter(pk=alert.pk).update(status=status, decided_by="x", decided_at=make.START)
    target = MOVES[status].get(action)
    if target is None:
        with pytest.raises(AlertError, match="already|not possible"):
            alert_decide(alert_id=alert.pk, action=action, note="seen", actor="user:officer")
        assert Alert.objects.get(pk=alert.pk).status == status
        return
    alert_decide(alert_id=alert.pk, action=action, note=" seen ", actor="user:officer")
    moved = Alert.objects.get(pk=alert.pk)
    assert (moved.status, moved.decided_by) == (target, "user:officer")
    event = AuditEvent.objects.get(object_type="alert", action=f"alert.{target}")
    assert (event.actor, event.note, event.before["status"], event.after["status"]) == (
        "user:officer",
        "seen",
        status,
        target,
    )


def test_every_status_is_in_the_table() -> None:
    assert set(MOVES) == set(AlertStatus)
    assert alert_moves("open") == ["approve", "block", "escalate"]


@pytest.mark.django_db
@pytest.mark.parametrize("note", ["", "   ", "x" * 4001])
def test_a_note_is_needed(note: str) -> None:
    alert = make.alert()
    with pytest.raises(AlertError, match="note"):
        alert_decide(alert_id=alert.pk, action="approve", note=note, actor="user:officer")
    assert Alert.objects.get(pk=alert.pk).status == "open"


@pytest.mark.django_db(transaction=True)
def test_of_two_officers_at_once_one_is_told() -> None:
    alert = make.alert()
    start = threading.Barrier(2)
    results: list[str] = []

    def decide(name: str, action: str) -> None:
        try:
            start.wait()
            alert_decide(alert_id=alert.pk, action=action, note="seen", actor=f"user:{name}")
            results.append("done")
        except AlertError as error:
            results.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=who) for who in [("one", "approve"), ("two", "block")]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(result == "done" for result in results) == [False, True]
    assert "already" in next(result for result in results if result != "done")
    assert AuditEvent.objects.filter(object_type="alert", actor__startswith="user:").count() == 1
