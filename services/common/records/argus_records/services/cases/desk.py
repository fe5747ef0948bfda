"""Taking cases up, handing them on, waiting, escalating, notes and watching."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from argus_records.models import Case, CaseState, CaseWatch
from argus_records.services.audit import audit_record
from argus_records.services.cases.moves import CaseError, changed, locked, move, note_checked
from argus_records.services.cases.notices import notices_send

WAIT_AT_MOST: Final = timedelta(days=90)
_TAKEN: Final = (CaseState.NEW, CaseState.REOPENED)


@transaction.atomic
def case_next(*, actor: str, escalated: bool = False, but: int | None = None) -> Case | None:
    """The most urgent case for this person, in review by them from now on; None when nothing waits.

    Urgent is what is due first: urgent cases have short deadlines, and one of low priority that has waited long comes
    up too. What is assigned to them comes before what nobody holds. ``escalated``: whether they decide on escalated
    cases. Two people never get the same: a case that somebody else is just taking is passed over.
    """
    for mine in (True, False):
        states = [CaseState.ASSIGNED] if mine else [*_TAKEN, *([CaseState.ESCALATED] if escalated else [])]
        found = Case.objects.select_for_update(skip_locked=True, of=("self",)).filter(state__in=states)
        found = found.filter(assignee=actor) if mine else found.filter(assignee=None)
        case = (found.exclude(pk=but) if but else found).order_by("due_at", "-priority", "id").first()
        if case is not None:
            move(case, "begin", actor=actor, assignee=actor)
            return case
    return None


@transaction.atomic
def case_begin(*, case_id: int, seen: int, actor: str) -> Case:
    """Take a case into review. Raises Case.DoesNotExist and CaseError."""
    case = locked(case_id, seen)
    move(case, "begin", actor=actor, assignee=actor)
    return case


@transaction.atomic
def case_assign(*, case_id: int, seen: int, to: str, actor: str, note: str = "") -> Case:
    """Give a case to somebody, who hears of it. Raises Case.DoesNotExist and CaseError."""
    case = locked(case_id, seen)
    if case.assignee == to and case.state == CaseState.ASSIGNED:
        raise CaseError(_("It is assigned to %s already.") % to.removeprefix("user:"), "to")
    move(case, "assign", actor=actor, note=note, assignee=to, tell=[to, case.assignee or ""])
    return case


@transaction.atomic
def case_release(*, case_id: int, seen: int, actor: str, note: str = "") -> Case:
    """Put a case back where everybody may take it. Raises Case.DoesNotExist and CaseError."""
    case = locked(case_id, seen)
    move(case, "release", actor=actor, note=note, assignee=None, tell=[case.assignee or ""])
    return case


@transaction.atomic
def case_wait(*, case_id: int, seen: int, until: datetime, note: str, actor: str) -> Case:
    """Put a case aside until a time; a further hit or the time itself brings it back.

    Raises Case.DoesNotExist and CaseError.
    """
    case = locked(case_id, seen)
    now = timezone.now()
    if not now < until <= now + WAIT_AT_MOST:
        raise CaseError(_("Choose a time from now to %s days ahead.") % WAIT_AT_MOST.days, "until")
    move(case, "wait", actor=actor, note=note, assignee=case.assignee or actor, wait_until=until)
    return case


@transaction.atomic
def case_escalate(*, case_id: int, seen: int, note: str, actor: str, to: str | None = None) -> Case:
    """Hand a case to the supervisors, or to one of them. Raises Case.DoesNotExist and CaseError."""
    case = locked(case_id, seen)
    move(case, "escalate", actor=actor, note=note, assignee=to, tell=[to or ""])
    return case


@transaction.atomic
def case_note(*, case_id: int, note: str, actor: str, mentioned: Collection[str] = ()) -> None:
    """Write a note on a case, whatever its state. ``mentioned`` hear of it. Raises Case.DoesNotExist and CaseError."""
    case = locked(case_id, None)
    event = audit_record(
        actor=actor,
        action="case.noted",
        object_type="case",
        object_id=case.pk,
        after={"mentioned": sorted(mentioned)} if mentioned else None,
        note=note_checked(note, needed=True),
    )
    watchers = CaseWatch.objects.filter(case=case).values_list("actor", flat=True)
    notices_send(case_id=case.pk, event=event, actors={*mentioned, *watchers, case.assignee or ""})


@transaction.atomic
def case_watch(*, case_id: int, actor: str, on: bool) -> None:
    """Hear of what happens to a case, or not any more. Raises Case.DoesNotExist."""
    case = locked(case_id, None)
    if on:
        CaseWatch.objects.get_or_create(case=case, actor=actor)
    else:
        CaseWatch.objects.filter(case=case, actor=actor).delete()


@transaction.atomic
def cases_wake(*, limit: int = 500) -> int:
    """Cases whose wait is over go back to who holds them. Returns how many."""
    over = (
        Case.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state=CaseState.WAITING, wait_until__lte=timezone.now())
        .order_by("id")[:limit]
    )
    for case in (cases := list(over)):
        move(case, "wake", actor="system", wait_until=None, tell=[case.assignee or ""])
    return len(cases)


@transaction.atomic
def cases_breach(*, limit: int = 500) -> int:
    """Notice deadlines that have passed, once each: in the timeline, and to who holds or watches. Returns how many."""
    late = (
        Case.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(breached_at=None, due_at__lt=timezone.now())
        .exclude(state=CaseState.CLOSED)
        .order_by("id")[:limit]
    )
    for case in (cases := list(late)):
        changed(
            case,
            "case.deadline_missed",
            actor="system",
            tell=[case.assignee or ""],
            said={"due_at": case.due_at.isoformat()},
            breached_at=timezone.now(),
        )
    return len(cases)
