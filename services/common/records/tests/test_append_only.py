"""What must never change cannot be changed, by anyone who comes through SQL."""

import pytest
import records_factories as make
from argus_records.access import ACCESS
from argus_records.models import AuditEvent, Label
from argus_records.selectors.rulesets import in_effect
from argus_records.services.approvals import case_close_propose
from argus_records.services.cases.evidence import evidence_add
from argus_records.services.cases.gather import cases_gather
from argus_records.services.labels import LabelItem, labels_add
from argus_records.services.lists import list_entries_add
from argus_records.services.shadow import NewDifference, NewShadow, shadow_store
from django.db import DatabaseError, connection, transaction

TABLES = [table for table, access in ACCESS.items() if access.append_only]
COLUMN = {
    "transaction": "amount = 1",
    "decision": "score = 0",
    "audit_event": "actor = 'nobody'",
    "label": "label = 'genuine'",
    "feature_schema": "names = '{}'",
    "decision_batch": "blocked = 0",
    "ruleset_version": "note = 'changed'",
    "list_entry": "reason = 'other'",
    "managed_list": "purpose = 'other'",
    "shadow_batch": "louder = 9",
    "shadow_decision": "score = 0",
    "case_evidence": "name = 'other'",
    "approval": "reason = 'other'",
}


@pytest.fixture
def filled(db: None) -> None:
    alert = make.alert(transaction_id="t")
    cases_gather()
    alert.refresh_from_db()
    assert alert.case is not None
    evidence_add(case_id=alert.case.pk, name="a.txt", content=b"seen", actor="user:a")
    case_close_propose(case_id=alert.case.pk, seen=1, disposition="suspicious_reported", note="why", actor="user:a")
    list_entries_add(name="blocked_customers", values=["c"], reason="r", expires_at=None, actor="a")
    different = NewDifference(alert.transaction_id, "review", "block", 0.9, [], [], "[]")
    shadow_store(batch_id=alert.decision.batch_id, shadow=NewShadow(in_effect().live, 0, 1, 1, 0, 0, [different]))
    labels_add(
        client_id=make.client().pk,
        actor="client:core-banking",
        items=[LabelItem("t", "fraud", "chargeback", make.START)],
    )
    assert Label.objects.count() == 1
    assert AuditEvent.objects.filter(action="label.added").count() == 1
    with connection.cursor() as cursor:
        # As after the commit: nothing left to check that would refuse for another reason.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("statement", ["UPDATE {0} SET {1}", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"])
def test_the_database_refuses(filled: None, table: str, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        before = cursor.fetchone()
        assert before != (0,)
        with pytest.raises(DatabaseError, match="is refused"), transaction.atomic():
            cursor.execute(statement.format(table, COLUMN[table]))
        cursor.execute(f"SELECT count(*) FROM {table}")
        assert cursor.fetchone() == before


def test_a_batch_gets_its_place_once(filled: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT position FROM decision_batch")
        assert cursor.fetchone() == (1,)
        with pytest.raises(DatabaseError, match="only its place"), transaction.atomic():
            cursor.execute("UPDATE decision_batch SET position = 7")
