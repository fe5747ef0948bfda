"""What a rule set in shadow would have decided."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from argus_records.models.decisions import DecisionBatch, Verdict
from argus_records.models.rulesets import RuleSetVersion
from argus_records.models.transactions import Transaction


class ShadowBatch(models.Model):
    """A rule set in shadow on one batch of decisions: how often it would have said what.

    ``louder`` and ``quieter``: transactions with a stronger or weaker verdict than was decided.
    """

    batch = models.OneToOneField(DecisionBatch, on_delete=models.PROTECT, primary_key=True, related_name="shadow")
    ruleset = models.ForeignKey(RuleSetVersion, on_delete=models.PROTECT, db_index=False)
    reviewed = models.IntegerField()
    blocked = models.IntegerField()
    louder = models.IntegerField()
    quieter = models.IntegerField()
    errors = models.IntegerField(help_text="transactions on which a rule of it raised")

    class Meta:
        db_table = "shadow_batch"
        constraints = [
            models.CheckConstraint(
                name="shadow_batch_tallies",
                condition=Q(reviewed__gte=0, blocked__gte=0, louder__gte=0, quieter__gte=0, errors__gte=0),
            ),
        ]
        indexes = [
            # The report of one version.
            models.Index(fields=["ruleset", "-batch"], name="shadow_batch_newest"),
        ]

    def __str__(self) -> str:
        return f"shadow {self.pk}"


class ShadowDecision(models.Model):
    """A transaction on which the rule set in shadow differs from what was decided: in verdict, score or reasons.

    Of a transaction of a shadowed batch that has no row here, everything would have been the same.
    """

    transaction = models.OneToOneField(
        Transaction, on_delete=models.PROTECT, primary_key=True, related_name="shadow", db_constraint=False
    )
    batch = models.ForeignKey(ShadowBatch, on_delete=models.PROTECT, related_name="differences", db_index=False)
    decided = models.CharField(max_length=8, choices=Verdict.choices, help_text="the verdict in force")
    verdict = models.CharField(max_length=8, choices=Verdict.choices, help_text="what it would have been")
    score = models.FloatField()
    gained = ArrayField(models.CharField(max_length=64), help_text="codes of reasons that only the shadow has")
    lost = ArrayField(models.CharField(max_length=64), help_text="codes of reasons that only the decision has")
    reasons = models.JSONField(help_text="list of code, kind, message, weight, as the shadow would have given them")

    class Meta:
        db_table = "shadow_decision"
        constraints = [
            models.CheckConstraint(
                name="shadow_decision_verdicts_known",
                condition=Q(verdict__in=Verdict.values) & Q(decided__in=Verdict.values),
            ),
            models.CheckConstraint(name="shadow_decision_score_range", condition=Q(score__gte=0, score__lte=1)),
        ]
        indexes = [
            # The report lists the differences of a version, batch by batch, newest first.
            models.Index(fields=["batch", "transaction"], name="shadow_decision_batch"),
        ]

    def __str__(self) -> str:
        return f"{self.decided} would be {self.verdict}"
