"""Trainings in the audit log."""

from datetime import UTC, datetime

import pytest
from argus_records.models import AuditEvent
from argus_records.selectors.training import trainings_last, trainings_newest
from argus_records.services.training import training_record
from django.db import connection

pytestmark = pytest.mark.django_db


def record(outcome: str, **said: str | float) -> None:
    training_record(
        **({"outcome": outcome, "model": "m", "summary": "as told", "seconds": 1.25, "code_version": "t"} | said)
    )


def test_the_newest_come_first_and_other_events_are_no_trainings() -> None:
    for outcome in ("failed", "refused", "promoted"):
        record(outcome, version=outcome[0])
    AuditEvent.objects.create(actor="trainer", action="model.promoted", object_type="model", object_id="1")
    found = trainings_newest(limit=2)
    assert [(each.outcome, each.version, each.model, each.seconds) for each in found] == [
        ("promoted", "p", "m", 1.2), ("refused", "r", "m", 1.2),
    ]  # fmt: skip


def test_the_last_of_each_outcome() -> None:
    assert trainings_last() == {}
    begun = datetime.now(UTC)
    for outcome in ("failed", "promoted", "failed"):
        record(outcome)
    last = trainings_last()
    assert set(last) == {"failed", "promoted"}
    assert last["failed"] == AuditEvent.objects.filter(action="training.failed").latest("id").at
    assert last["failed"].tzinfo is not None
    assert begun.year <= last["failed"].year


def test_a_long_name_of_a_model_fits() -> None:
    record("failed", model="m" * 200)
    assert trainings_newest()[0].model == "m" * 64


def test_the_log_is_not_walked_for_a_few_trainings() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO audit_event (actor, action, object_type, object_id)
            SELECT 'worker:w', 'decisions.recorded', 'decision_batch', n::text FROM generate_series(1, 20000) n"""
        )
        record("failed")
        cursor.execute("ANALYZE audit_event")
        plans = []
        for select in (_explained(trainings_newest), _explained(trainings_last)):
            cursor.execute(f"EXPLAIN {select}")
            plans.append("\n".join(row[0] for row in cursor.fetchall()))
    for plan in plans:
        assert "audit_event_object" in plan, plan
        assert "Seq Scan" not in plan, plan


def _explained(ask: object) -> str:
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        ask()  # type: ignore[operator]
    (query,) = asked.captured_queries
    sql: str = query["sql"]
    return sql
