"""Reading the managed lists."""

from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils import timezone

from argus_records.models import ListEntry, ManagedList


@dataclass(frozen=True, slots=True)
class ListShown:
    """A list and how many values are on it now."""

    list: ManagedList
    active: int


def lists_shown() -> list[ListShown]:
    """All lists by name."""
    now = timezone.now()
    active = Q(entries__removed_revision=None) & (Q(entries__expires_at=None) | Q(entries__expires_at__gt=now))
    found = ManagedList.objects.annotate(active=Count("entries", filter=active)).order_by("name")
    return [ListShown(one, one.active) for one in found]


def list_get(*, name: str) -> ManagedList:
    """One list. Raises ManagedList.DoesNotExist."""
    return ManagedList.objects.get(pk=name)


def entries_shown(*, name: str, past: bool, text: str, before: int | None, limit: int) -> list[ListEntry]:
    """Entries of a list, newest first: those that hold now, or those that are past."""
    holds = Q(removed_revision=None) & (Q(expires_at=None) | Q(expires_at__gt=timezone.now()))
    found = ListEntry.objects.filter(~holds if past else holds, list_id=name)
    if text:
        found = found.filter(Q(value__icontains=text) | Q(reason__icontains=text))
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found.order_by("-pk")[:limit])
