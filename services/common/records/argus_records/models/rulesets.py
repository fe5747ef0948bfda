"""Versions of the rule set."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class RuleSetVersion(models.Model):
    """One saved rule set. Documents never change; exactly one version is live."""

    version = models.AutoField(primary_key=True)
    document = models.JSONField()
    digest = models.CharField(max_length=64)
    author = models.CharField(max_length=150)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    live = models.BooleanField(default=False)

    class Meta:
        db_table = "ruleset_version"
        constraints = [
            models.UniqueConstraint(fields=["live"], condition=Q(live=True), name="ruleset_one_live"),
        ]

    def __str__(self) -> str:
        return f"rule set {self.version}"
