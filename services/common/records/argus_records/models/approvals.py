"""Four eyes: what one person proposes and another grants or refuses."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class ApprovalKind(models.TextChoices):
    """What is proposed."""

    CASE_CLOSE = "case_close", _("close a case")
    CASE_REOPEN = "case_reopen", _("reopen a case")
    RULESET_LIVE = "ruleset_live", _("put a rule set in force")
    LIST_ADD = "list_add", _("add to a list")
    LIST_REMOVE = "list_remove", _("take off a list")


class ApprovalState(models.TextChoices):
    """Where a proposal stands."""

    WAITING = "waiting", _("waiting")
    GRANTED = "granted", _("granted")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Approval(models.Model):
    """One proposal. That nobody decides on their own is held by the database."""

    kind = models.CharField(max_length=16, choices=ApprovalKind.choices)
    subject = models.CharField(max_length=64, help_text="id of the case, version of the rule set, name of the list")
    proposal = models.JSONField(help_text="what will be done, in the words of the service that does it")
    reason = models.TextField()
    proposed_by = models.CharField(max_length=150)
    proposed_at = models.DateTimeField(db_default=Now(), editable=False)
    state = models.CharField(max_length=12, choices=ApprovalState.choices, db_default=ApprovalState.WAITING)
    decided_by = models.CharField(max_length=150, null=True)
    decided_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True, db_default="")

    class Meta:
        db_table = "approval"
        constraints = [
            models.CheckConstraint(name="approval_kind_known", condition=Q(kind__in=ApprovalKind.values)),
            models.CheckConstraint(
                name="approval_not_by_its_author",
                condition=Q(state=ApprovalState.WAITING, decided_by__isnull=True, decided_at__isnull=True)
                | Q(state=ApprovalState.WITHDRAWN, decided_by=F("proposed_by"), decided_at__isnull=False)
                | (
                    Q(state__in=[ApprovalState.GRANTED, ApprovalState.REFUSED], decided_at__isnull=False)
                    & ~Q(decided_by=F("proposed_by"))
                    & Q(decided_by__isnull=False)
                ),
            ),
            models.CheckConstraint(name="approval_reason_given", condition=~Q(reason="")),
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=Q(state="waiting") & ~Q(kind__in=["list_add", "list_remove"]),
                name="approval_one_waiting",
            ),
        ]
        indexes = [models.Index(fields=["-id"], name="approval_waiting", condition=Q(state="waiting"))]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
