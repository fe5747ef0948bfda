"""What an account has told its desk to remember."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class DeskSetting(models.Model):
    """One thing that is remembered of one account's desk, wherever its owner signs in. Not a secret, not a decision."""

    pk = models.CompositePrimaryKey("actor", "key")
    actor = models.CharField(max_length=150, help_text="user:NAME")
    key = models.CharField(max_length=64)
    value = models.JSONField()
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "desk_setting"
        constraints = [
            models.CheckConstraint(name="desk_setting_of_somebody", condition=Q(actor__regex="^user:.")),
            models.CheckConstraint(name="desk_setting_key_form", condition=Q(key__regex="^[a-z][a-z0-9_.]*$")),
        ]

    def __str__(self) -> str:
        return f"{self.key} of {self.actor}"
