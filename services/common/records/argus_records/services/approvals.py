"""Four eyes: proposing what needs a second person, and deciding on what another has proposed.

Whatever a proposal leads to is done by the service that does it, in the transaction of its being granted. That nobody
decides on their own proposal is asked here, to say it in words, and held by the database.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from argus_records.models import (
    Approval,
    ApprovalKind,
    ApprovalState,
    Case,
    ListEntry,
    RuleSetState,
    RuleSetVersion,
)
from argus_records.services.audit import audit_record
from argus_records.services.cases import closing
from argus_records.services.cases.moves import CaseError, changed, locked, move, note_checked, target_of
from argus_records.services.lists import list_entries_add, list_entries_check, list_entry_remove
from argus_records.services.rulesets import RuleSetMoveError, ruleset_move, ruleset_moves, rulesets_lock

NOTE_MAX_LENGTH: Final = 4000


class ApprovalError(Exception):
    """The proposal or the decision on it is not possible; the message says why."""


@transaction.atomic
def case_close_propose(*, case_id: int, seen: int, disposition: str, note: str, actor: str) -> Approval:
    """Ask a second person to agree that a case is closed. Raises Case.DoesNotExist and CaseError."""
    case = locked(case_id, seen)
    closing.disposition_checked(case, disposition)
    proposal = {
        "disposition": disposition,
        "alerts": case.alerts_count,
        "why": closing.four_eyes_why(case, disposition),
    }
    move(case, "propose", actor=actor, note=note, said=proposal, assignee=actor)
    return _propose(ApprovalKind.CASE_CLOSE, str(case.pk), proposal, note, actor)


@transaction.atomic
def case_reopen_propose(*, case_id: int, seen: int, note: str, actor: str) -> Approval:
    """Ask a second person to agree that a closed case is opened again. Raises Case.DoesNotExist and CaseError."""
    case = locked(case_id, seen)
    target_of(case, "reopen")
    if case.merged_into_id:
        raise CaseError(_("Its alerts are in case %s by now: reopen that one.") % case.merged_into_id)
    note = note_checked(note, needed=True)
    changed(case, "case.reopen_proposed", actor=actor, note=note)
    return _propose(
        ApprovalKind.CASE_REOPEN,
        str(case.pk),
        {"disposition": case.disposition, "closed_by": case.closed_by},
        note,
        actor,
    )


@transaction.atomic
def ruleset_live_propose(*, version: int, note: str, actor: str) -> Approval:
    """Ask a second person to put a version in force.

    Raises RuleSetVersion.DoesNotExist, and RuleSetMoveError when it could not be put in force anyway.
    """
    found = RuleSetVersion.objects.get(pk=version)
    if "activate" not in ruleset_moves(found.state):
        raise RuleSetMoveError(
            _("Version %(version)s is %(state)s; it cannot be put in force now.")
            % {"version": version, "state": found.get_state_display()}
        )
    live = RuleSetVersion.objects.filter(state=RuleSetState.LIVE).values_list("pk", flat=True).first()
    return _propose(
        ApprovalKind.RULESET_LIVE, str(version), {"version": version, "digest": found.digest, "live": live}, note, actor
    )


@transaction.atomic
def list_add_propose(
    *, name: str, values: Sequence[str], reason: str, expires_at: datetime | None, actor: str
) -> Approval:
    """Ask a second person to put values on a list. Raises ManagedList.DoesNotExist and ListError."""
    wanted = list_entries_check(name=name, values=values, reason=reason, expires_at=expires_at)
    return _propose(
        ApprovalKind.LIST_ADD,
        name,
        {"values": wanted, "expires_at": expires_at.isoformat() if expires_at else None},
        reason,
        actor,
    )


@transaction.atomic
def list_remove_propose(*, entry_id: int, why: str, actor: str) -> Approval:
    """Ask a second person to take a value off its list. Raises ListEntry.DoesNotExist and ApprovalError."""
    # Locked, so that of two who ask at once the second finds what the first has asked.
    entry = ListEntry.objects.select_for_update().get(pk=entry_id)
    if entry.removed_revision is not None:
        raise ApprovalError(_("%s is off the list already.") % entry.value)
    again = Approval.objects.filter(
        kind=ApprovalKind.LIST_REMOVE, state=ApprovalState.WAITING, proposal__entry=entry_id
    )
    if again.exists():
        raise ApprovalError(_("That %s is taken off waits for approval already.") % entry.value)
    return _propose(ApprovalKind.LIST_REMOVE, entry.list_id, {"entry": entry_id, "value": entry.value}, why, actor)


def _propose(kind: ApprovalKind, subject: str, proposal: dict[str, Any], reason: str, actor: str) -> Approval:
    reason = reason.strip()
    if not reason or len(reason) > NOTE_MAX_LENGTH:
        raise ApprovalError(_("Give a reason of 1 to %s characters.") % NOTE_MAX_LENGTH)
    try:
        with transaction.atomic():
            made = Approval.objects.create(
                kind=kind, subject=subject, proposal=proposal, reason=reason, proposed_by=actor
            )
    except IntegrityError as error:
        raise ApprovalError(_("This waits for approval already.")) from error
    _audit(made, "approval.proposed", actor, reason)
    return made


@transaction.atomic
def approval_grant(*, approval_id: int, actor: str, answer: str = "") -> Approval:
    """Agree to what another proposed, and do it.

    Raises Approval.DoesNotExist, ApprovalError, and whatever the service raises that does it: then nothing is done.
    """
    approval = _waiting(approval_id)
    if approval.proposed_by == actor:
        raise ApprovalError(_("Nobody approves what they proposed themselves: a second person must look at it."))
    _decide(approval, ApprovalState.GRANTED, actor, answer)
    _DO[ApprovalKind(approval.kind)](approval, actor)
    return approval


@transaction.atomic
def approval_refuse(*, approval_id: int, actor: str, answer: str) -> Approval:
    """Refuse what another proposed, saying why. Raises Approval.DoesNotExist and ApprovalError."""
    approval = _waiting(approval_id)
    if approval.proposed_by == actor:
        raise ApprovalError(_("Withdraw your own proposal instead of refusing it."))
    if not answer.strip():
        raise ApprovalError(_("Say why: who proposed it has to go on from there."))
    _decide(approval, ApprovalState.REFUSED, actor, answer)
    _undone(approval, "refuse", actor, answer)
    return approval


@transaction.atomic
def approval_withdraw(*, approval_id: int, actor: str) -> Approval:
    """Take one's own proposal back. Raises Approval.DoesNotExist and ApprovalError."""
    approval = _waiting(approval_id)
    if approval.proposed_by != actor:
        raise ApprovalError(_("Only who proposed it can withdraw it."))
    _decide(approval, ApprovalState.WITHDRAWN, actor, "")
    _undone(approval, "withdraw", actor, "")
    return approval


def _waiting(approval_id: int) -> Approval:
    # Cases are locked before approvals wherever both are: a proposal is made by who holds the case.
    found = Approval.objects.get(pk=approval_id)
    if found.kind in {ApprovalKind.CASE_CLOSE, ApprovalKind.CASE_REOPEN}:
        locked(int(found.subject), None)
    approval = Approval.objects.select_for_update().get(pk=approval_id)
    if approval.state != ApprovalState.WAITING:
        said = {"who": (approval.decided_by or "").removeprefix("user:"), "state": approval.get_state_display()}
        raise ApprovalError(_("%(who)s was first: it is %(state)s by now.") % said)
    return approval


def _decide(approval: Approval, state: ApprovalState, actor: str, answer: str) -> None:
    answer = answer.strip()
    if len(answer) > NOTE_MAX_LENGTH:
        raise ApprovalError(_("An answer has at most %s characters.") % NOTE_MAX_LENGTH)
    approval.state, approval.decided_by, approval.decided_at, approval.answer = state, actor, timezone.now(), answer
    approval.save(update_fields=["state", "decided_by", "decided_at", "answer"])
    _audit(approval, f"approval.{state}", actor, answer)


def _audit(approval: Approval, action: str, actor: str, note: str) -> None:
    audit_record(
        actor=actor,
        action=action,
        object_type="approval",
        object_id=approval.pk,
        after={"kind": approval.kind, "subject": approval.subject, "proposal": approval.proposal},
        note=note,
    )


def _undone(approval: Approval, action: str, actor: str, answer: str) -> None:
    if approval.kind == ApprovalKind.CASE_CLOSE:
        case = Case.objects.get(pk=int(approval.subject))
        move(case, action, actor=actor, note=answer, tell=[approval.proposed_by], assignee=approval.proposed_by)
    elif approval.kind == ApprovalKind.CASE_REOPEN:
        case = Case.objects.get(pk=int(approval.subject))
        changed(case, f"case.reopen_{approval.state}", actor=actor, note=answer, tell=[approval.proposed_by])


def _close(approval: Approval, actor: str) -> None:
    case = Case.objects.get(pk=int(approval.subject))
    if case.alerts_count != approval.proposal["alerts"]:
        raise ApprovalError(
            _(
                "The case had %(then)s alerts when its closing was proposed and has %(now)s by now. Refuse it: nobody "
                "has judged what is new."
            )
            % {"then": approval.proposal["alerts"], "now": case.alerts_count}
        )
    # The proposal's note says why; its author has judged, the second person agrees.
    closing.close(
        case,
        "grant",
        disposition=approval.proposal["disposition"],
        note=approval.answer,
        actor=actor,
        said={"proposed_by": approval.proposed_by},
    )


def _reopen(approval: Approval, actor: str) -> None:
    case = Case.objects.get(pk=int(approval.subject))
    closing.reopen(case, note=approval.reason, actor=actor, said={"proposed_by": approval.proposed_by})


def _ruleset(approval: Approval, actor: str) -> None:
    rulesets_lock()
    live = RuleSetVersion.objects.filter(state=RuleSetState.LIVE).values_list("pk", flat=True).first()
    if live != approval.proposal["live"]:
        raise ApprovalError(
            _(
                "Version %(live)s went live since this was proposed against version %(then)s. Refuse it; it can be "
                "proposed anew, with what it would change now."
            )
            % {"live": live, "then": approval.proposal["live"]}
        )
    ruleset_move(
        version=approval.proposal["version"],
        action="activate",
        actor=actor,
        note=f"{approval.reason} (proposed by {approval.proposed_by})"[:NOTE_MAX_LENGTH],
    )


def _list_add(approval: Approval, actor: str) -> None:
    until = approval.proposal["expires_at"]
    list_entries_add(
        name=approval.subject,
        values=approval.proposal["values"],
        reason=approval.reason,
        expires_at=datetime.fromisoformat(until) if until else None,
        actor=actor,
    )


def _list_remove(approval: Approval, actor: str) -> None:
    list_entry_remove(entry_id=approval.proposal["entry"], why=approval.reason, actor=actor)


_DO: Final[MappingProxyType[ApprovalKind, Callable[[Approval, str], None]]] = MappingProxyType(
    {
        ApprovalKind.CASE_CLOSE: _close,
        ApprovalKind.CASE_REOPEN: _reopen,
        ApprovalKind.RULESET_LIVE: _ruleset,
        ApprovalKind.LIST_ADD: _list_add,
        ApprovalKind.LIST_REMOVE: _list_remove,
    }
)
