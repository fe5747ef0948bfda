"""Asking what other rules or another model would have decided of the past."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from argus_records.models.rulesets import RuleSetVersion


class BacktestState(models.TextChoices):
    """Where a run stands. Which moves are allowed: argus_records.services.backtests.MOVES."""

    QUEUED = "queued", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    STOPPED = "stopped", _("stopped")
    FAILED = "failed", _("failed")


class BacktestRun(models.Model):
    """One replay of a past period: what was asked, how far it is, what came of it.

    ``attempt`` counts the processes that have taken it. One that lost it to another writes nothing any more.
    """

    AS_THEN = ""
    RULES_ALONE = "none"

    ruleset = models.ForeignKey(
        RuleSetVersion, on_delete=models.PROTECT, null=True, db_index=False, help_text="null: as decided then"
    )
    model = models.CharField(
        max_length=16, blank=True, help_text="version in the registry; none: rules alone; empty: as decided then"
    )
    first_day = models.DateField(help_text="of the transactions' own times, UTC")
    last_day = models.DateField(help_text="the last one, included")
    minutes_per_alert = models.FloatField(help_text="of an analyst")
    requested_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    state = models.CharField(max_length=8, choices=BacktestState.choices, db_default=BacktestState.QUEUED)
    attempt = models.SmallIntegerField(db_default=0)
    started_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    done = models.BigIntegerField(db_default=0, help_text="transactions counted so far")
    total = models.BigIntegerField(null=True, help_text="of so many, once they have been counted")
    error = models.TextField(blank=True, db_default="")
    result = models.JSONField(null=True, help_text="see argus_engine.backtest.Backtest.result")

    class Meta:
        db_table = "backtest_run"
        constraints = [
            models.CheckConstraint(name="backtest_model_form", condition=Q(model__regex=r"^(|none|[1-9][0-9]{0,8})$")),
            models.CheckConstraint(name="backtest_days_in_order", condition=Q(first_day__lte=F("last_day"))),
            models.CheckConstraint(
                name="backtest_minutes", condition=Q(minutes_per_alert__gt=0, minutes_per_alert__lte=1440)
            ),
            models.CheckConstraint(
                name="backtest_started_and_ended",
                condition=Q(
                    state="queued", started_at__isnull=True, heartbeat_at__isnull=True, finished_at__isnull=True
                )
                | Q(state="running", started_at__isnull=False, heartbeat_at__isnull=False, finished_at__isnull=True)
                | Q(state__in=["done", "stopped", "failed"], finished_at__isnull=False),
            ),
            models.CheckConstraint(
                name="backtest_result_when_done",
                condition=Q(state="done", result__isnull=False) | ~Q(state="done") & Q(result__isnull=True),
            ),
            models.CheckConstraint(
                name="backtest_error_when_failed",
                condition=Q(state="failed") & ~Q(error="") | ~Q(state="failed") & Q(error=""),
            ),
            models.CheckConstraint(
                name="backtest_progress", condition=Q(done__gte=0) & (Q(total__isnull=True) | Q(done__lte=F("total")))
            ),
        ]
        indexes = [
            # What is to be taken, and what is to be looked after.
            models.Index(fields=["id"], name="backtest_unfinished", condition=Q(state__in=["queued", "running"])),
        ]

    def __str__(self) -> str:
        return f"backtest {self.pk}"
