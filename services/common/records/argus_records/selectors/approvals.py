"""Proposals that wait for a second person, and those of the past."""

from argus_records.models import Approval, ApprovalState


def approvals(*, waiting: bool, before: int | None = None, limit: int = 50) -> list[Approval]:
    """Those that wait, or those that were decided, newest first."""
    rows = Approval.objects.order_by("-id")
    rows = rows.filter(state=ApprovalState.WAITING) if waiting else rows.exclude(state=ApprovalState.WAITING)
    return list((rows if before is None else rows.filter(id__lt=before))[:limit])


def approval_get(*, approval_id: int) -> Approval:
    """One proposal. Raises Approval.DoesNotExist."""
    return Approval.objects.get(pk=approval_id)


def approval_waiting(*, kind: str, subject: str) -> Approval | None:
    """The newest proposal of this kind on this subject that waits."""
    found = Approval.objects.filter(kind=kind, subject=subject, state=ApprovalState.WAITING)
    return found.order_by("-id").first()


def approvals_to_decide(*, actor: str, at_most: int = 99) -> int:
    """How many wait for somebody else than their author ``actor``, up to ``at_most`` + 1."""
    waiting = Approval.objects.filter(state=ApprovalState.WAITING).exclude(proposed_by=actor)
    return waiting[: at_most + 1].count()
