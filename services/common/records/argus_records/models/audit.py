"""Who did what, when."""

from django.db import models
from django.db.models.functions import Now


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
        ]

    def __str__(self) -> str:
        return f"{self.actor} {self.action} {self.object_type} {self.object_id}"
