"""Who did what, when."""

from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Now

from argus_records.names import SIGN_IN_REFUSED, SIGN_INS


class AuditEvent(models.Model):
    """One change, written in the transaction that made it. Append-only: the database refuses the rest.

    No foreign keys: the log outlives what it speaks of.
    """

    at = models.DateTimeField(db_default=Now(), editable=False)
    actor = models.CharField(max_length=150, help_text="user:NAME, client:NAME, worker:NAME, system")
    action = models.CharField(max_length=64)
    object_type = models.CharField(max_length=32)
    object_id = models.CharField(max_length=64)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    note = models.TextField(blank=True, db_default="")

    class Meta:
        db_table = "audit_event"
        indexes = [
            models.Index(fields=["object_type", "object_id"], name="audit_event_object"),
            models.Index(fields=["at"], name="audit_event_time"),
            # The audit log's page, newest first, by each of its filters: see argus_records.selectors.audit.
            models.Index(fields=["actor", "-at", "-id"], name="audit_event_actor"),
            models.Index(fields=["action", "-at", "-id"], name="audit_event_action"),
            models.Index(fields=["object_type", "-at", "-id"], name="audit_event_object_type"),
            # Who guesses passwords: see argus_records.selectors.signins.
            models.Index(
                KeyTransform("pair", "after"), "at", name="audit_event_sign_in_pair", condition=Q(action__in=SIGN_INS)
            ),
            models.Index(
                KeyTransform("address", "after"),
                "at",
                name="audit_event_sign_in_address",
                condition=Q(action=SIGN_IN_REFUSED),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor} {self.action} {self.object_type} {self.object_id}"
