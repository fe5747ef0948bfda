"""The table of moves, and the one way in which a case changes: locked, checked, counted, audited, told."""

from collections.abc import Iterable
from types import MappingProxyType
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from argus_records.models import Alert, AlertStatus, AuditEvent, Case, CaseState, CaseWatch, Disposition
from argus_records.services.audit import audit_record
from argus_records.services.cases.notices import notices_send

_S = CaseState
_OPEN_TO_ALL: Final = {
    "assign": _S.ASSIGNED,
    "begin": _S.IN_REVIEW,
    "wait": _S.WAITING,
    "escalate": _S.ESCALATED,
    "close": _S.CLOSED,
    "propose": _S.PENDING_APPROVAL,
    "merge": _S.CLOSED,
}
# From state -> action -> to state.
MOVES: Final = MappingProxyType(
    {
        _S.NEW: _OPEN_TO_ALL,
        _S.REOPENED: _OPEN_TO_ALL,
        _S.ASSIGNED: _OPEN_TO_ALL | {"release": _S.NEW},
        _S.IN_REVIEW: {name: to for name, to in _OPEN_TO_ALL.items() if name != "begin"} | {"release": _S.NEW},
        _S.WAITING: _OPEN_TO_ALL | {"release": _S.NEW, "wake": _S.ASSIGNED},
        _S.ESCALATED: {name: to for name, to in _OPEN_TO_ALL.items() if name != "escalate"},
        _S.PENDING_APPROVAL: {"grant": _S.CLOSED, "refuse": _S.IN_REVIEW, "withdraw": _S.IN_REVIEW},
        _S.CLOSED: {"undo": _S.IN_REVIEW, "reopen": _S.REOPENED},
    }
)
NOTE_MAX_LENGTH: Final = 4000
# What has to say why.
NOTED: Final = frozenset({"wait", "escalate", "close", "propose", "merge", "refuse", "reopen"})
_MIRRORED: Final = {
    Disposition.CONFIRMED_FRAUD: AlertStatus.BLOCKED,
    Disposition.SUSPICIOUS_REPORTED: AlertStatus.BLOCKED,
    Disposition.FALSE_POSITIVE: AlertStatus.APPROVED,
    Disposition.NO_ACTION: AlertStatus.APPROVED,
}


class CaseError(Exception):
    """The action is not possible. ``field`` names what it is about."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class CaseMovedError(CaseError):
    """Somebody was first: the case is not any more as the person who acts has seen it."""


def case_moves(state: str) -> list[str]:
    """The actions that are possible from ``state``."""
    return list(MOVES[CaseState(state)])


def locked(case_id: int, seen: int | None) -> Case:
    """The case, nobody else's until the commit. Raises Case.DoesNotExist and CaseMovedError.

    ``seen``: the version that the person who acts has looked at; None for what does not depend on it.
    """
    case = Case.objects.select_for_update(of=("self",)).get(pk=case_id)
    if seen is not None:
        seen_checked(case, seen)
    return case


def seen_checked(case: Case, seen: int) -> None:
    """Raises CaseMovedError when there is a newer version than the person who acts has looked at."""
    if case.version != seen:
        raise CaseMovedError(_("The case has changed since you looked at it. Look again before you decide."))


def note_checked(note: str, *, needed: bool) -> str:
    """A note without the space around it. Raises CaseError."""
    note = note.strip().replace("\0", "")
    if (needed and not note) or len(note) > NOTE_MAX_LENGTH:
        raise CaseError(_("Write a note of 1 to %s characters that says why.") % NOTE_MAX_LENGTH, "note")
    return note


def target_of(case: Case, action: str) -> CaseState:
    """Where an action leads from here. Raises CaseError when the table has no such move."""
    target = MOVES[CaseState(case.state)].get(action)
    if target is None:
        raise CaseError(
            _("Case %(case)s is %(state)s; %(action)s is not possible now.")
            % {"case": case.pk, "state": case.get_state_display(), "action": action}
        )
    return target


def move(
    case: Case,
    action: str,
    *,
    actor: str,
    note: str = "",
    tell: Iterable[str] = (),
    said: dict[str, Any] | None = None,
    **changes: Any,
) -> AuditEvent:
    """Make a move on a locked case: its state and ``changes``, its alerts, the audit event, the notices.

    ``tell``: who hears of it beside the watchers; ``said``: what the event says beside what changed.
    """
    note = note_checked(note, needed=action in NOTED)
    changes = {"state": target_of(case, action)} | changes
    return changed(case, f"case.{action}", actor=actor, note=note, tell=tell, said=said, **changes)


def changed(
    case: Case,
    event: str,
    *,
    actor: str,
    note: str = "",
    tell: Iterable[str] = (),
    said: dict[str, Any] | None = None,
    **changes: Any,
) -> AuditEvent:
    """Write ``changes`` to a locked case with their audit event, and tell those who wait for such."""
    if changes.get("state", case.state) != CaseState.WAITING and case.wait_until is not None:
        changes["wait_until"] = None
    before = {name: _plain(getattr(case, name)) for name in changes}
    for name, value in changes.items():
        setattr(case, name, value)
    case.version += 1
    case.save(update_fields=[*changes, "version"])
    if "state" in changes:
        mirror(case, actor=actor)
    recorded = audit_record(
        actor=actor,
        action=event,
        object_type="case",
        object_id=case.pk,
        before=before or None,
        after={name: _plain(getattr(case, name)) for name in changes} | (said or {}) or None,
        note=note,
    )
    watchers = CaseWatch.objects.filter(case=case).values_list("actor", flat=True)
    notices_send(case_id=case.pk, event=recorded, actors={*tell, *watchers})
    return recorded


def mirror(case: Case, *, actor: str) -> None:
    """What a case's state means for the status of its alerts."""
    alerts = Alert.objects.filter(case=case)
    if case.state == CaseState.CLOSED and case.disposition:
        status = _MIRRORED[Disposition(case.disposition)]
    elif case.state == CaseState.ESCALATED:
        status = AlertStatus.ESCALATED
    else:
        alerts.exclude(status=AlertStatus.OPEN).update(status=AlertStatus.OPEN, decided_at=None, decided_by=None)
        return
    alerts.exclude(status=status).update(status=status, decided_at=timezone.now(), decided_by=actor)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
