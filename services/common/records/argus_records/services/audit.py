"""Writing the audit log. Call inside the transaction of the change that it speaks of."""

from typing import Any

from django.db import transaction

from argus_records.models import AuditEvent


def audit_record(
    *,
    actor: str,
    action: str,
    object_type: str,
    object_id: object,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    note: str = "",
) -> AuditEvent:
    """Append one event.

    Raises TransactionManagementError outside a transaction: an event apart from its change proves nothing.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("an audit event belongs into the transaction of its change")
    return AuditEvent.objects.create(
        actor=actor,
        action=action,
        object_type=object_type,
        object_id=str(object_id),
        before=before,
        after=after,
        note=note,
    )
