"""Making one case of two."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from argus_records.models import Alert, Case, CaseState
from argus_records.services.cases.moves import CaseError, changed, move, note_checked, seen_checked
from argus_records.services.cases.priority import due, priority


@transaction.atomic
def case_merge(*, case_id: int, seen: int, into: int, note: str, actor: str) -> Case:
    """Give all alerts of a case to another that is open, and close it. Returns the other.

    Raises Case.DoesNotExist and CaseError.
    """
    if case_id == into:
        raise CaseError(_("A case cannot be merged into itself."), "into")
    note = note_checked(note, needed=True)
    # In the order of their ids, as everybody locks cases.
    found = {
        case.pk: case
        for case in Case.objects.select_for_update(of=("self",)).filter(pk__in=[case_id, into]).order_by("id")
    }
    if case_id not in found:
        raise Case.DoesNotExist
    if into not in found:
        raise CaseError(_("There is no case %s.") % into, "into")
    source, target = found[case_id], found[into]
    seen_checked(source, seen)
    if target.state in {CaseState.CLOSED, CaseState.PENDING_APPROVAL}:
        raise CaseError(
            _("Case %(case)s is %(state)s: choose one that is open.")
            % {"case": into, "state": target.get_state_display()},
            "into",
        )
    alerts = source.alerts_count + target.alerts_count
    move(
        source, "merge", actor=actor, note=note, said={"into": into}, tell=[source.assignee or ""],
        merged_into=target, alerts_count=0, closed_at=timezone.now(), closed_by=actor, labelled_at=timezone.now(),
    )  # fmt: skip
    Alert.objects.filter(case=source).update(case=target)
    stronger = source.score > target.score
    blocked, score = source.blocked or target.blocked, max(source.score, target.score)
    points = max(source.priority, target.priority, priority(score=score, blocked=blocked, alerts=alerts))
    changed(
        target,
        "case.merged",
        actor=actor,
        note=note,
        tell=[target.assignee or ""],
        said={"from": source.pk},
        state=target.state,
        alerts_count=alerts,
        score=score,
        blocked=blocked,
        latest_at=max(source.latest_at, target.latest_at),
        priority=points,
        due_at=min(source.due_at, target.due_at, due(timezone.now(), points)),
        **({"amount": source.amount, "currency": source.currency, "headline": source.headline} if stronger else {}),
    )
    return target
