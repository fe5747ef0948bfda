"""What needs a person."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from argus_records.models.cases import Case
from argus_records.models.decisions import Decision, Verdict
from argus_records.models.transactions import Transaction


class AlertStatus(models.TextChoices):
    """Where an alert stands, which follows from its case: argus_records.services.cases.mirror."""

    OPEN = "open", _("open")
    ESCALATED = "escalated", _("escalated")
    APPROVED = "approved", _("approved")
    BLOCKED = "blocked", _("blocked")


class Alert(models.Model):
    """One decision that asks for a person's judgement, with what the list of alerts shows and filters."""

    transaction = models.OneToOneField(Transaction, on_delete=models.PROTECT, related_name="alert")
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="alert")
    # Null for the moment between the alert's commit and its being gathered.
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="alerts", db_index=False)
    opened_at = models.DateTimeField(db_default=Now())
    status = models.CharField(max_length=12, choices=AlertStatus.choices, db_default=AlertStatus.OPEN)
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    score = models.FloatField()
    customer_id = models.CharField(max_length=64, db_collation="C")
    amount = models.DecimalField(max_digits=20, decimal_places=4)
    currency = models.CharField(max_length=3)
    codes = ArrayField(models.CharField(max_length=64), help_text="codes of the reasons, strongest first")
    headline = models.TextField(help_text="the strongest reason, in words")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=150, null=True)

    class Meta:
        db_table = "alert"
        constraints = [
            models.CheckConstraint(name="alert_status_known", condition=Q(status__in=AlertStatus.values)),
            models.CheckConstraint(
                name="alert_not_for_approvals", condition=Q(verdict__in=[Verdict.REVIEW, Verdict.BLOCK])
            ),
            models.CheckConstraint(
                name="alert_decided_by_whom_and_when",
                condition=Q(status=AlertStatus.OPEN, decided_at__isnull=True, decided_by__isnull=True)
                | (~Q(status=AlertStatus.OPEN) & Q(decided_at__isnull=False, decided_by__isnull=False)),
            ),
        ]
        indexes = [
            # The list, newest first, by status.
            models.Index(fields=["status", "-id"], name="alert_status_newest"),
            # The same list by score and by amount.
            models.Index(fields=["status", "-score", "-id"], name="alert_status_score"),
            models.Index(fields=["status", "-amount", "-id"], name="alert_status_amount"),
            # A case's alerts, and those that wait to be gathered.
            models.Index(fields=["case", "id"], name="alert_of_case", condition=Q(case__isnull=False)),
            models.Index(fields=["id"], name="alert_ungathered", condition=Q(case__isnull=True)),
            # Earlier alerts on the alert page.
            models.Index(fields=["customer_id", "-id"], name="alert_customer_newest"),
        ]

    def __str__(self) -> str:
        return f"alert {self.pk}"
