"""Closing cases and opening them again; what their dispositions teach."""

from datetime import timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from argus_records import db
from argus_records.models import (
    Alert,
    Approval,
    ApprovalKind,
    ApprovalState,
    Case,
    CaseState,
    Disposition,
    Label,
    LabelValue,
)
from argus_records.services.cases.moves import CaseError, locked, move
from argus_records.services.cases.priority import due
from argus_records.services.labels import labels_of_ledger

# How long a closing may be taken back by who made it: its labels go out only after that.
UNDO: Final = timedelta(seconds=30)
# What a disposition says of the transactions of its case. "No action" says nothing of what they were.
LABELS: Final = MappingProxyType(
    {
        Disposition.CONFIRMED_FRAUD: LabelValue.FRAUD,
        Disposition.SUSPICIOUS_REPORTED: LabelValue.FRAUD,
        Disposition.FALSE_POSITIVE: LabelValue.GENUINE,
    }
)
SOURCE: Final = "case"


def disposition_checked(case: Case, disposition: str) -> None:
    """Raises CaseError for what a case cannot be closed as.

    "No action" says nothing, so the model would go on learning from the fraud that an earlier closing has told of.
    """
    if disposition not in Disposition.values:
        raise CaseError(_("Choose what the case turned out to be."), "disposition")
    if disposition == Disposition.NO_ACTION and _taught_fraud(case):
        raise CaseError(
            _("It was closed as fraud before, and that is learned from: say whether it was."), "disposition"
        )


def _taught_fraud(case: Case) -> bool:
    in_force = (
        Label.objects.filter(transaction__alert__case=case)
        .order_by("transaction_id", "-observed_at", "-id")
        .distinct("transaction_id")
    )
    return (LabelValue.FRAUD, SOURCE) in in_force.values_list("label", "source")


def four_eyes_why(case: Case, disposition: str) -> str:
    """Why closing this case so needs a second person; empty when it does not.

    Amounts are compared within their currency, with ARGUS_FOUR_EYES_AMOUNTS; nothing is converted.
    """
    return _("reported as suspicious") if disposition == Disposition.SUSPICIOUS_REPORTED else _large(case)


def four_eyes_whys(case: Case) -> dict[str, str]:
    """The same for every disposition."""
    large = _large(case)
    return dict.fromkeys(Disposition.values, large) | {
        Disposition.SUSPICIOUS_REPORTED: four_eyes_why(case, Disposition.SUSPICIOUS_REPORTED)
    }


def _large(case: Case) -> str:
    """The amount among its alerts that needs a second person, whatever the case is closed as."""
    largest = Alert.objects.filter(case=case).values("currency").annotate(most=Max("amount")).order_by("currency")
    limits: dict[str, Decimal] = settings.FOUR_EYES_AMOUNTS
    for row in largest:
        limit = limits.get(row["currency"], limits["*"])
        if row["most"] >= limit:
            return _("%(amount)s %(currency)s reaches %(limit)s") % {
                "amount": f"{row['most'].normalize():,f}",
                "currency": row["currency"],
                "limit": f"{limit.normalize():,f}",
            }
    return ""


@transaction.atomic
def case_close(*, case_id: int, seen: int, disposition: str, note: str, actor: str) -> Case:
    """Close a case as one of Disposition; its alerts follow.

    Raises Case.DoesNotExist, and CaseError also for what needs a second person: propose it instead.
    """
    case = locked(case_id, seen)
    disposition_checked(case, disposition)
    why = four_eyes_why(case, disposition)
    if why:
        raise CaseError(_("A second person must agree: %s.") % why, "disposition")
    close(case, "close", disposition=disposition, note=note, actor=actor)
    return case


def close(
    case: Case, action: str, *, disposition: str, note: str, actor: str, said: dict[str, Any] | None = None
) -> None:
    """Close a locked case, by "close" or by "grant"."""
    move(
        case,
        action,
        actor=actor,
        note=note,
        said=said,
        tell=[case.assignee or ""],
        disposition=disposition,
        closed_at=timezone.now(),
        closed_by=actor,
        labelled_at=None,
    )


@transaction.atomic
def case_undo(*, case_id: int, seen: int, actor: str) -> Case:
    """Take one's own closing back, within seconds of it. Raises Case.DoesNotExist and CaseError."""
    case = locked(case_id, seen)
    if case.state != CaseState.CLOSED or case.closed_by != actor or case.merged_into_id or not undoable(case):
        raise CaseError(_("This cannot be undone any more. Ask for it to be reopened instead."))
    move(case, "undo", actor=actor, assignee=actor, disposition=None, closed_at=None, closed_by=None)
    return case


def undoable(case: Case) -> bool:
    """Whether a closing may still be taken back: it has taught nothing yet, and nobody asks a second person to."""
    if case.closed_at is None or case.labelled_at is not None or timezone.now() - case.closed_at >= UNDO:
        return False
    asked = Approval.objects.filter(kind=ApprovalKind.CASE_REOPEN, subject=str(case.pk), state=ApprovalState.WAITING)
    return not asked.exists()


def reopen(case: Case, *, note: str, actor: str, said: dict[str, Any] | None = None) -> None:
    """Open a locked case again; its deadline begins anew."""
    if case.merged_into_id:
        raise CaseError(_("Its alerts are in case %s by now: reopen that one.") % case.merged_into_id)
    move(
        case, "reopen", actor=actor, note=note, said=said, tell=[case.assignee or "", case.closed_by or ""],
        assignee=None, disposition=None, closed_at=None, closed_by=None, breached_at=None,
        due_at=due(timezone.now(), case.priority),
    )  # fmt: skip


def cases_label(*, limit: int = 500) -> int:
    """Turn dispositions that cannot be undone any more into labels of their transactions. Returns how many cases."""
    with transaction.atomic():
        closed = list(
            Case.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(
                state=CaseState.CLOSED, labelled_at=None, merged_into=None, closed_at__lte=timezone.now() - UNDO
            )
            .order_by("id")[:limit]
        )  # fmt: skip
        for case in closed:
            label = LABELS.get(Disposition(case.disposition)) if case.disposition else None
            if label is not None and case.closed_at is not None:
                ids = list(Alert.objects.filter(case=case).values_list("transaction_id", flat=True))
                labels_of_ledger(
                    ledger_ids=ids, label=label, source=SOURCE, observed_at=case.closed_at, actor=case.closed_by or ""
                )
        with db.cursor() as cursor:
            cursor.execute(
                "UPDATE alert_case SET labelled_at = now() WHERE id = ANY(%s)", [[case.pk for case in closed]]
            )
    return len(closed)
