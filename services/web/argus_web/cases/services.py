"""Deciding on what one has seen."""

from argus_records.models import Alert
from argus_records.services.alerts import AlertError, alert_decide
from django.db import transaction


class AlertMovedError(AlertError):
    """Somebody was first: the alert is not any more in the status that the officer saw."""


@transaction.atomic
def alert_decide_as_seen(*, alert_id: int, seen: str, action: str, note: str, actor: str) -> Alert:
    """Decide, unless the alert has moved since the officer looked.

    An escalated alert may still be approved, but not by somebody who does not know that it was escalated.
    """
    alert = Alert.objects.select_for_update().get(pk=alert_id)
    if alert.status != seen:
        raise AlertMovedError(f"The alert is {alert.status} by now.")
    return alert_decide(alert_id=alert_id, action=action, note=note, actor=actor)
