"""What was decided, by what, and why."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from argus_records.models.rulesets import RuleSetVersion
from argus_records.models.transactions import Transaction


class Verdict(models.TextChoices):
    """What a decision says, from quiet to loud."""

    APPROVE = "approve", _("approve")
    REVIEW = "review", _("review")
    BLOCK = "block", _("block")


class FeatureSchema(models.Model):
    """Names of the stored feature values, so that a decision stays readable when the catalogue moves on."""

    digest = models.CharField(max_length=16, primary_key=True)
    names = ArrayField(models.CharField(max_length=64))
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "feature_schema"

    def __str__(self) -> str:
        return self.digest


class DecisionBatch(models.Model):
    """Decisions that were committed together, and all that they have in common.

    ``position`` orders the decision feed. It is given after the commit, under one lock, so a batch that
    commits late also comes late in the feed and no reader can have passed it already.

    ``memory_position`` and ``memory_label``: the memory mark when the batch was scored, which is what it could know of
    counterparties, devices, countries and labels. Null for batches from before there was such a memory.
    """

    position = models.BigIntegerField(null=True, unique=True)
    worker = models.CharField(max_length=128)
    ruleset = models.ForeignKey(RuleSetVersion, on_delete=models.PROTECT, db_index=False)
    feature_schema = models.ForeignKey(FeatureSchema, on_delete=models.PROTECT, db_index=False)
    model_version = models.CharField(max_length=32, null=True, help_text="null when rules decided alone")
    model_digest = models.CharField(max_length=64, null=True, help_text="SHA-256 of the model's artefact")
    code_version = models.CharField(max_length=64)
    # Which lists were read: those of this revision, without what had expired by then. Null before there were lists.
    lists_revision = models.BigIntegerField(null=True)
    lists_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(db_default=Now())
    size = models.IntegerField()
    reviewed = models.IntegerField(help_text="verdicts 'review' among them")
    blocked = models.IntegerField(help_text="verdicts 'block' among them")
    # Time from received to decided, counted into the bounds of argus_records.latency.
    latency_counts = ArrayField(models.IntegerField())
    memory_position = models.BigIntegerField(null=True)
    memory_label = models.BigIntegerField(null=True)

    class Meta:
        db_table = "decision_batch"
        constraints = [
            models.CheckConstraint(
                name="decision_batch_model_and_digest",
                condition=Q(model_version__isnull=True, model_digest__isnull=True)
                | Q(model_version__isnull=False, model_digest__isnull=False),
            ),
            models.CheckConstraint(
                name="decision_batch_lists_and_when",
                condition=Q(lists_revision__isnull=True, lists_at__isnull=True)
                | Q(lists_revision__isnull=False, lists_at__isnull=False),
            ),
            models.CheckConstraint(
                name="decision_batch_tallies",
                condition=Q(size__gt=0, reviewed__gte=0, blocked__gte=0)
                & Q(size__gte=models.F("reviewed") + models.F("blocked")),
            ),
            models.CheckConstraint(
                name="decision_batch_whole_memory",
                condition=Q(memory_position__isnull=True, memory_label__isnull=True)
                | Q(memory_position__isnull=False, memory_label__isnull=False)
                & Q(memory_position__gte=0, memory_label__gte=0),
            ),
        ]
        indexes = [
            # The live overview reads the last minutes.
            models.Index(fields=["decided_at"], name="decision_batch_time"),
            # Batches whose place in the feed is still to be given.
            models.Index(fields=["id"], name="decision_batch_unplaced", condition=Q(position__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"batch {self.pk}"


class Decision(models.Model):
    """The decision on one transaction. Append-only: the database refuses any change.

    ``id`` is ``batch_id << 14 | place in the batch``: it follows the order in which one customer's
    transactions were processed, and a batch is one range of the primary key.
    """

    BATCH_BITS = 14

    id = models.BigIntegerField(primary_key=True)
    batch = models.ForeignKey(DecisionBatch, on_delete=models.PROTECT, related_name="decisions", db_index=False)
    transaction = models.OneToOneField(Transaction, on_delete=models.PROTECT, related_name="decision")
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    score = models.FloatField(help_text="0 to 1, higher is more suspicious")
    forest_score = models.FloatField(null=True, help_text="the forest's raw anomaly score, if it took part")
    reasons = models.JSONField(help_text="list of code, kind, message, weight")
    features = ArrayField(models.FloatField(null=True), help_text="values in the order of the batch's schema")

    class Meta:
        db_table = "decision"
        constraints = [
            models.CheckConstraint(name="decision_score_range", condition=Q(score__gte=0, score__lte=1)),
            models.CheckConstraint(name="decision_verdict_known", condition=Q(verdict__in=Verdict.values)),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} {self.score:.2f}"
