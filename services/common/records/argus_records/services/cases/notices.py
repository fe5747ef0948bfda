"""Telling people what happened to cases they have to do with."""

from collections.abc import Iterable

from django.utils import timezone

from argus_records.models import AuditEvent, CaseNotice


def notices_send(*, case_id: int, event: AuditEvent, actors: Iterable[str]) -> None:
    """One notice of an event to each of ``actors``, but not to who did it."""
    CaseNotice.objects.bulk_create(
        [CaseNotice(case_id=case_id, event=event.pk, actor=actor) for actor in sorted({*actors} - {event.actor, ""})],
        ignore_conflicts=True,
    )


def notices_read(*, actor: str, case_id: int | None = None) -> int:
    """What this person has seen now: of one case, or everything. Returns how many notices that were."""
    unread = CaseNotice.objects.filter(actor=actor, read_at=None)
    if case_id is not None:
        unread = unread.filter(case_id=case_id)
    return unread.update(read_at=timezone.now())
