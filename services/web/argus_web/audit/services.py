"""That somebody took the log away is part of it."""

from typing import Any

from argus_records.services.audit import audit_record
from django.db import transaction


@transaction.atomic
def audit_exported(*, actor: str, filters: dict[str, Any]) -> None:
    """Record an export before it begins: it is in its own file."""
    audit_record(actor=actor, action="audit.exported", object_type="audit", object_id="export", after=filters)
