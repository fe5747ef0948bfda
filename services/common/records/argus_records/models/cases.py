"""What officers work on: alerts on one customer, gathered."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class CaseState(models.TextChoices):
    """Where a case stands. Which moves are allowed: argus_records.services.cases.moves.MOVES."""

    NEW = "new", _("new")
    ASSIGNED = "assigned", _("assigned")
    IN_REVIEW = "in_review", _("in review")
    WAITING = "waiting", _("waiting for information")
    ESCALATED = "escalated", _("escalated")
    PENDING_APPROVAL = "pending_approval", _("pending approval")
    CLOSED = "closed", _("closed")
    REOPENED = "reopened", _("reopened")


class Disposition(models.TextChoices):
    """What a case turned out to be."""

    CONFIRMED_FRAUD = "confirmed_fraud", _("confirmed fraud")
    FALSE_POSITIVE = "false_positive", _("false positive")
    SUSPICIOUS_REPORTED = "suspicious_reported", _("suspicious, reported")
    NO_ACTION = "no_action", _("no action")


_HELD = (CaseState.ASSIGNED, CaseState.IN_REVIEW, CaseState.WAITING)
_FREE = (CaseState.NEW, CaseState.REOPENED)


class Case(models.Model):
    """Alerts on one customer within a window. What it shows of them is kept by the services that gather and merge.

    ``version`` counts every change: who acts says which version was seen, and is refused if there is a newer one.
    ``wait_until`` is set while the case waits for information, ``labelled_at`` when its disposition has gone to the
    labels, after which a closing cannot be undone.
    """

    customer_id = models.CharField(max_length=64, db_collation="C")
    state = models.CharField(max_length=16, choices=CaseState.choices, db_default=CaseState.NEW)
    version = models.IntegerField(db_default=1)
    priority = models.SmallIntegerField(help_text="0 to 100, higher is more urgent; see services.cases.priority")
    opened_at = models.DateTimeField(db_default=Now())
    latest_at = models.DateTimeField(help_text="when its newest alert opened")
    due_at = models.DateTimeField(help_text="by when it is to be decided")
    breached_at = models.DateTimeField(null=True, help_text="when it was noticed that the deadline had passed")
    assignee = models.CharField(max_length=150, null=True, help_text="user:NAME")
    wait_until = models.DateTimeField(null=True)
    # What its alerts come to.
    alerts_count = models.IntegerField()
    score = models.FloatField(help_text="the highest of its alerts")
    blocked = models.BooleanField(help_text="whether a verdict among its alerts is 'block'")
    # Of the strongest alert: sums would add what must not be added, and hide what the case is about.
    amount = models.DecimalField(max_digits=20, decimal_places=4)
    currency = models.CharField(max_length=3)
    headline = models.TextField()
    disposition = models.CharField(max_length=24, choices=Disposition.choices, null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=150, null=True)
    labelled_at = models.DateTimeField(null=True)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="merged")

    class Meta:
        db_table = "alert_case"
        constraints = [
            models.CheckConstraint(name="case_state_known", condition=Q(state__in=CaseState.values)),
            models.CheckConstraint(
                name="case_disposition_known",
                condition=Q(disposition__isnull=True) | Q(disposition__in=Disposition.values),
            ),
            models.CheckConstraint(name="case_priority_range", condition=Q(priority__gte=0, priority__lte=100)),
            models.CheckConstraint(
                name="case_has_alerts", condition=Q(alerts_count__gt=0) | Q(merged_into__isnull=False)
            ),
            models.CheckConstraint(
                name="case_held_by_somebody",
                condition=(Q(state__in=_HELD) & Q(assignee__isnull=False))
                | (Q(state__in=_FREE) & Q(assignee__isnull=True))
                | ~Q(state__in=(*_HELD, *_FREE)),
            ),
            models.CheckConstraint(
                name="case_waits_until",
                condition=Q(state=CaseState.WAITING, wait_until__isnull=False)
                | (~Q(state=CaseState.WAITING) & Q(wait_until__isnull=True)),
            ),
            models.CheckConstraint(
                name="case_closed_as_what_by_whom_and_when",
                condition=Q(state=CaseState.CLOSED, closed_at__isnull=False, closed_by__isnull=False)
                & (
                    Q(disposition__isnull=False, merged_into__isnull=True)
                    | Q(disposition__isnull=True, merged_into__isnull=False)
                )
                | ~Q(state=CaseState.CLOSED)
                & Q(disposition__isnull=True, merged_into__isnull=True, closed_at__isnull=True, closed_by__isnull=True),
            ),
            models.CheckConstraint(name="case_not_into_itself", condition=~Q(merged_into=F("id"))),
        ]
        indexes = [
            # The queue: what nobody holds, by deadline.
            models.Index(
                fields=["due_at", "-priority", "id"],
                name="case_queue",
                condition=Q(state__in=["new", "reopened", "escalated"], assignee__isnull=True),
            ),
            # What is late, or about to be: the overview counts it every second.
            models.Index(fields=["due_at"], name="case_due", condition=~Q(state="closed")),
            # Lists by state: by deadline, newest first, by priority.
            models.Index(fields=["state", "due_at", "id"], name="case_state_due"),
            models.Index(fields=["state", "-id"], name="case_state_newest"),
            models.Index(fields=["state", "-priority", "-id"], name="case_state_priority"),
            # What is on somebody's desk.
            models.Index(fields=["assignee", "due_at"], name="case_assignee_due", condition=~Q(state="closed")),
            # The open case of a customer, and those of the past.
            models.Index(fields=["customer_id", "-id"], name="case_customer_newest"),
            # Deadlines to notice, closings to label, waits to end: the sweep asks every few seconds.
            models.Index(
                fields=["due_at"],
                name="case_deadline_unnoticed",
                condition=Q(breached_at__isnull=True) & ~Q(state="closed"),
            ),
            models.Index(
                fields=["closed_at"],
                name="case_unlabelled",
                condition=Q(state="closed", labelled_at__isnull=True, merged_into__isnull=True),
            ),
            models.Index(fields=["wait_until"], name="case_waiting", condition=Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return f"case {self.pk}"


class CaseWatch(models.Model):
    """Somebody wants to hear of what happens to a case."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="watches", db_index=False)
    actor = models.CharField(max_length=150)

    class Meta:
        db_table = "case_watch"
        constraints = [models.UniqueConstraint(fields=["case", "actor"], name="case_watch_once")]

    def __str__(self) -> str:
        return f"{self.actor} watches case {self.case_id}"


class CaseNotice(models.Model):
    """Something that somebody should see: a mention, a new hit, an assignment, a deadline that has passed.

    ``event`` is the audit event that says what happened; no foreign key, as nothing may hold the log.
    """

    actor = models.CharField(max_length=150, help_text="for whom: user:NAME")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notices", db_index=False)
    event = models.BigIntegerField()
    at = models.DateTimeField(db_default=Now(), editable=False)
    read_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "case_notice"
        constraints = [models.UniqueConstraint(fields=["actor", "event"], name="case_notice_once")]
        indexes = [
            # What is unread, for the count on every page; and the list, newest first.
            models.Index(fields=["actor", "-id"], name="case_notice_unread", condition=Q(read_at__isnull=True)),
            models.Index(fields=["actor", "-id"], name="case_notice_newest"),
        ]

    def __str__(self) -> str:
        return f"notice to {self.actor}"


class CaseEvidence(models.Model):
    """A file that somebody put to a case. Append-only: the database refuses any change."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="evidence")
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.IntegerField(help_text="bytes")
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    actor = models.CharField(max_length=150)
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "case_evidence"
        constraints = [
            models.UniqueConstraint(fields=["case", "sha256"], name="case_evidence_once"),
            models.CheckConstraint(name="case_evidence_hash_form", condition=Q(sha256__regex="^[0-9a-f]{64}$")),
            models.CheckConstraint(name="case_evidence_size", condition=Q(size__gt=0, size__lte=10 * 2**20)),
        ]

    def __str__(self) -> str:
        return self.name
