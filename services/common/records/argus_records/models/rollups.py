"""Sums by the hour, kept beside the ledger so that months are answered at once. All of it can be folded anew from it.

Changed by :mod:`argus_records.services.rollups` alone, together with the mark. Whoever reads them adds what lies beyond
the mark: see :mod:`argus_records.selectors.trends`.
"""

from django.db import models
from django.db.models import F, Q

from argus_records.models.decisions import Verdict
from argus_records.stability import BUCKETS


class VolumeHour(models.Model):
    """Decisions of one hour in one currency with one verdict, and what is known of them by the labels in force."""

    pk = models.CompositePrimaryKey("hour", "currency", "verdict")
    hour = models.DateTimeField(help_text="in which they were decided, its beginning, UTC")
    currency = models.CharField(max_length=3)
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    decisions = models.BigIntegerField()
    amount = models.DecimalField(max_digits=38, decimal_places=4)
    fraud = models.BigIntegerField(help_text="labelled as fraud")
    fraud_amount = models.DecimalField(max_digits=38, decimal_places=4)
    genuine = models.BigIntegerField(help_text="labelled as genuine")

    class Meta:
        db_table = "volume_hour"
        constraints = [
            models.CheckConstraint(
                name="volume_hour_counts",
                condition=Q(fraud__gte=0, genuine__gte=0) & Q(decisions__gte=F("fraud") + F("genuine")),
            ),
            models.CheckConstraint(
                name="volume_hour_amounts", condition=Q(fraud_amount__gte=0) & Q(amount__gte=F("fraud_amount"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hour} {self.currency} {self.verdict}"


class RuleHour(models.Model):
    """Decisions of one hour in one currency that name one reason, and what is known of them by the labels in force."""

    pk = models.CompositePrimaryKey("hour", "currency", "code")
    hour = models.DateTimeField(help_text="in which they were decided, its beginning, UTC")
    currency = models.CharField(max_length=3)
    code = models.CharField(max_length=64)
    hits = models.BigIntegerField()
    fraud = models.BigIntegerField(help_text="labelled as fraud")
    genuine = models.BigIntegerField(help_text="labelled as genuine")

    class Meta:
        db_table = "rule_hour"
        constraints = [
            models.CheckConstraint(
                name="rule_hour_counts",
                condition=Q(fraud__gte=0, genuine__gte=0) & Q(hits__gte=F("fraud") + F("genuine")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hour} {self.currency} {self.code}"


class ScoreHour(models.Model):
    """Decisions of one hour by one version of the model whose score lies in one bucket of argus_records.stability."""

    pk = models.CompositePrimaryKey("hour", "model_version", "bucket")
    hour = models.DateTimeField(help_text="in which they were decided, its beginning, UTC")
    model_version = models.CharField(max_length=32, help_text="empty where rules decided alone")
    bucket = models.SmallIntegerField(help_text="from 0, the lowest scores")
    decisions = models.BigIntegerField()

    class Meta:
        db_table = "score_hour"
        constraints = [
            models.CheckConstraint(name="score_hour_counts", condition=Q(decisions__gt=0)),
            models.CheckConstraint(name="score_hour_bucket", condition=Q(bucket__gte=0, bucket__lt=BUCKETS)),
        ]

    def __str__(self) -> str:
        return f"{self.hour} {self.model_version} {self.bucket}"


class RollupMark(models.Model):
    """How far the sums reach: one row, changed in the transaction that changes them.

    Scores have a place of their own: they came later, and a program from before them moves the other one.
    """

    id = models.SmallIntegerField(primary_key=True)
    position = models.BigIntegerField(help_text="decisions up to this place in the feed are in")
    scores = models.BigIntegerField(db_default=0, help_text="scores of decisions up to this place are in")
    label = models.BigIntegerField(help_text="labels up to this id are in")

    class Meta:
        db_table = "rollup_mark"
        constraints = [
            models.CheckConstraint(name="rollup_mark_is_one", condition=Q(id=1)),
        ]

    def __str__(self) -> str:
        return f"{self.position}, {self.label}"
