"""What officers do with alerts."""

from types import MappingProxyType
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from argus_records.models import Alert, AlertStatus
from argus_records.services.audit import audit_record

# From status -> action -> to status.
MOVES: Final = MappingProxyType(
    {
        AlertStatus.OPEN: {
            "approve": AlertStatus.APPROVED,
            "block": AlertStatus.BLOCKED,
            "escalate": AlertStatus.ESCALATED,
        },
        AlertStatus.ESCALATED: {
            "approve": AlertStatus.APPROVED,
            "block": AlertStatus.BLOCKED,
        },
        AlertStatus.APPROVED: {},
        AlertStatus.BLOCKED: {},
    }
)
NOTE_MAX_LENGTH: Final = 4000


class AlertError(Exception):
    """The action is not possible; the message says why."""


def alert_moves(status: str) -> list[str]:
    """The actions that are possible from ``status``."""
    return list(MOVES[AlertStatus(status)])


@transaction.atomic
def alert_decide(*, alert_id: int, action: str, note: str, actor: str) -> Alert:
    """Move an alert, with a note that says why.

    Raises Alert.DoesNotExist, or AlertError when the note is missing or the alert has moved meanwhile.
    """
    note = note.strip()
    if not note or len(note) > NOTE_MAX_LENGTH:
        raise AlertError(_("Write a note of 1 to %d characters that says why.") % NOTE_MAX_LENGTH)
    alert = Alert.objects.select_for_update().get(pk=alert_id)
    target = MOVES[AlertStatus(alert.status)].get(action)
    if target is None:
        said = {"status": alert.get_status_display(), "who": alert.decided_by or "–"}
        raise AlertError(_("This alert is %(status)s already, by %(who)s; this is not possible now.") % said)
    before = {"status": alert.status, "decided_by": alert.decided_by}
    alert.status, alert.decided_by, alert.decided_at = target, actor, timezone.now()
    alert.save(update_fields=["status", "decided_by", "decided_at"])
    audit_record(
        actor=actor,
        action=f"alert.{target}",
        object_type="alert",
        object_id=alert.pk,
        before=before,
        after={"status": target, "decided_by": actor},
        note=note,
    )
    return alert
