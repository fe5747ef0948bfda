"""Versions of the rule set, and how often their rules hit."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class RuleSetState(models.TextChoices):
    """Where a version stands. Which moves are allowed: argus_records.services.rulesets.MOVES."""

    DRAFT = "draft", _("draft")
    SHADOW = "shadow", _("in shadow")
    LIVE = "live", _("live")
    RETIRED = "retired", _("retired")


class RuleSetVersion(models.Model):
    """One saved rule set. Documents never change; exactly one version is live, at most one in shadow.

    That not none is live is held by a trigger: a constraint cannot say it.
    """

    version = models.AutoField(primary_key=True)
    document = models.JSONField()
    digest = models.CharField(max_length=64)
    author = models.CharField(max_length=150)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="children", help_text="the version that was edited"
    )
    state = models.CharField(max_length=8, choices=RuleSetState.choices, db_default=RuleSetState.DRAFT)

    class Meta:
        db_table = "ruleset_version"
        constraints = [
            models.CheckConstraint(name="ruleset_state_known", condition=Q(state__in=RuleSetState.values)),
            models.UniqueConstraint(fields=["state"], condition=Q(state="live"), name="ruleset_one_live"),
            models.UniqueConstraint(fields=["state"], condition=Q(state="shadow"), name="ruleset_one_shadow"),
        ]

    def __str__(self) -> str:
        return f"rule set {self.version}"


class RuleTally(models.Model):
    """How often a rule of a version hit or raised on a day, as one worker process counted it.

    A row per process: two of them never wait for each other's counts.
    """

    pk = models.CompositePrimaryKey("day", "ruleset", "shadow", "code", "worker")
    day = models.DateField(help_text="of the decision, UTC")
    ruleset = models.ForeignKey(RuleSetVersion, on_delete=models.PROTECT, db_index=False)
    shadow = models.BooleanField(help_text="counted while the version was in shadow")
    code = models.CharField(max_length=64)
    worker = models.CharField(max_length=128)
    hits = models.BigIntegerField()
    errors = models.BigIntegerField()

    class Meta:
        db_table = "rule_tally"
        constraints = [
            models.CheckConstraint(name="rule_tally_counts", condition=Q(hits__gte=0) & Q(errors__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.day}"
