"""Cases follow what is decided alert by alert.

While a system from before there were cases is upgraded, its replicas still decide single alerts, and know nothing of
the case that these are in. Only they write audit events of such decisions: by these they are found.
"""

from datetime import timedelta
from types import MappingProxyType
from typing import Final

from django.db import transaction
from django.utils import timezone

from argus_records.models import Alert, AlertStatus, AuditEvent, Case, CaseState, Disposition
from argus_records.services.cases.moves import move

# An upgrade takes minutes; what was decided earlier has been followed since.
WITHIN: Final = timedelta(days=1)
# What such a decision says of a case. Nothing is learned from it: a block was not yet a fraud that was confirmed.
FORMER: Final = MappingProxyType(
    {AlertStatus.APPROVED: Disposition.NO_ACTION, AlertStatus.BLOCKED: Disposition.CONFIRMED_FRAUD}
)
_SYSTEM: Final = "system"


@transaction.atomic
def cases_follow() -> int:
    """Close cases whose alerts were all decided alike, and escalate those of an escalated one. Returns how many.

    A case that waits for a second person, or whose alerts were not all decided, or not alike, stays as it is: whoever
    works on it decides, and its alerts follow.
    """
    said = AuditEvent.objects.filter(
        action__in=[f"alert.{status}" for status in (*FORMER, AlertStatus.ESCALATED)],
        object_type="alert",
        at__gt=timezone.now() - WITHIN,
    )
    notes = {int(alert): note for alert, note in said.order_by("id").values_list("object_id", "note")}
    if not notes:
        return 0
    settled = [CaseState.CLOSED, CaseState.PENDING_APPROVAL]
    alerts = Alert.objects.filter(pk__in=notes).exclude(status=AlertStatus.OPEN).exclude(case__state__in=settled)
    cases = Case.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk__in=alerts.values("case_id"))
    return sum(_follow(case, notes) for case in cases.exclude(state__in=settled).order_by("id"))


def _follow(case: Case, notes: dict[int, str]) -> bool:
    alerts = list(Alert.objects.filter(case=case).order_by("decided_at"))
    statuses, last = {AlertStatus(alert.status) for alert in alerts}, alerts[-1]
    note, tell = notes.get(last.pk, "") or "-", [case.assignee or ""]
    if len(statuses) == 1 and alerts[0].status in FORMER:
        move(
            case, "close", actor=_SYSTEM, note=note, tell=tell, said={"by": last.decided_by},
            disposition=FORMER[AlertStatus(last.status)], closed_at=last.decided_at, closed_by=last.decided_by,
            labelled_at=last.decided_at,
        )  # fmt: skip
    elif AlertStatus.ESCALATED in statuses and case.state != CaseState.ESCALATED:
        move(case, "escalate", actor=_SYSTEM, note=note, tell=tell, said={"by": last.decided_by}, assignee=None)
    else:
        return False
    return True
