"""What became known later."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from argus_records.models.transactions import Transaction


class LabelValue(models.TextChoices):
    """What a transaction turned out to be."""

    FRAUD = "fraud", _("fraud")
    GENUINE = "genuine", _("genuine")


class Label(models.Model):
    """One statement about one transaction. Append-only; the latest ``observed_at`` is the one in force."""

    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="labels", db_index=False)
    label = models.CharField(max_length=8, choices=LabelValue.choices)
    source = models.CharField(max_length=64, help_text="who says so: chargeback, customer_report, ...")
    observed_at = models.DateTimeField(help_text="when it became known")
    received_at = models.DateTimeField(db_default=Now())
    actor = models.CharField(max_length=150)

    class Meta:
        db_table = "label"
        constraints = [
            models.UniqueConstraint(fields=["transaction", "source", "observed_at", "label"], name="label_said_once"),
            models.CheckConstraint(name="label_known", condition=Q(label__in=LabelValue.values)),
        ]

    def __str__(self) -> str:
        return f"{self.label} ({self.source})"
