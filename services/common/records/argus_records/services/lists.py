"""Keeping the managed lists. Every change counts their revision up, so that any moment's lists can be told again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from argus_engine.rules.language.checks import OWN_LISTS
from argus_engine.rules.terms import country_codes
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from argus_records import db
from argus_records.models import ListEntry, ListKind, ManagedList
from argus_records.services.audit import audit_record

MOST_AT_ONCE: Final = 1_000
VALUE_MAX_LENGTH: Final = 64
REASON_MAX_LENGTH: Final = 500

# They add to the lists within rule sets. The high-risk countries do not: who cites an authority names its whole list.
STANDARD: Final = {
    "blocked_customers": "Blocked, whatever else is known",
    "blocked_counterparties": "Blocked, whatever else is known",
    "blocked_countries": "Blocked, whatever else is known",
    "allowed_customers": "Known to be fine: lifts all but firm rules",
    "allowed_counterparties": "Known to be fine: lifts all but firm rules",
}
_NEVER: Final = frozenset(OWN_LISTS) - frozenset(STANDARD)


class ListError(Exception):
    """The change is not possible. ``field`` names what it is about."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Added:
    """How many values were added, and which were on the list already."""

    added: int
    present: list[str]


@transaction.atomic
def list_create(*, name: str, kind: str, purpose: str, actor: str) -> ManagedList:
    """Make an empty list. Its name is what rules ask for. Raises ListError."""
    if name in _NEVER:
        raise ListError(_("The list %s is part of each rule set.") % name, "name")
    if kind not in ListKind.values:
        raise ListError(_("A list holds one of %s.") % ", ".join(ListKind.values), "kind")
    made, new = ManagedList.objects.get_or_create(
        name=name, defaults={"kind": kind, "purpose": purpose, "author": actor}
    )
    if not new:
        raise ListError(_("There is a list %s already.") % name, "name")
    audit_record(
        actor=actor, action="list.created", object_type="list", object_id=name, after={"kind": kind, "purpose": purpose}
    )
    return made


def list_entries_check(*, name: str, values: Sequence[str], reason: str, expires_at: datetime | None) -> list[str]:
    """The values as they would be added. Raises ManagedList.DoesNotExist and ListError."""
    wanted = _checked(ManagedList.objects.get(name=name), values)
    _reason(reason)
    if expires_at is not None and expires_at <= timezone.now():
        raise ListError(_("It would have expired already."), "expires_at")
    return wanted


@transaction.atomic
def list_entries_add(
    *, name: str, values: Sequence[str], reason: str, expires_at: datetime | None, actor: str
) -> Added:
    """Put values on a list, with one reason. What is on it already stays as it is; what has expired is renewed.

    Raises ManagedList.DoesNotExist and ListError.
    """
    wanted = list_entries_check(name=name, values=values, reason=reason, expires_at=expires_at)
    reason = _reason(reason)
    found = ManagedList.objects.get(name=name)
    revision = _next_revision()
    now = timezone.now()
    present = {entry.value: entry for entry in found.entries.filter(value__in=wanted, removed_revision=None)}
    gone = [entry for entry in present.values() if entry.expires_at is not None and entry.expires_at <= now]
    for entry in gone:
        _take_off(entry, revision=revision, actor=actor, why="expired, and added anew")
        del present[entry.value]
    new = [value for value in wanted if value not in present]
    ListEntry.objects.bulk_create(
        ListEntry(
            list=found, value=value, reason=reason, expires_at=expires_at, author=actor, added_revision=revision,
        )
        for value in new
    )  # fmt: skip
    if new:
        audit_record(
            actor=actor,
            action="list.added",
            object_type="list",
            object_id=name,
            after={
                "revision": revision,
                "values": new,
                "expires_at": expires_at.isoformat() if expires_at else None,
            },
            note=reason,
        )
    return Added(len(new), sorted(present))


@transaction.atomic
def list_entry_remove(*, entry_id: int, why: str, actor: str) -> ListEntry:
    """Take a value off its list. Raises ListEntry.DoesNotExist and ListError."""
    why = _reason(why)
    revision = _next_revision()
    entry = ListEntry.objects.select_for_update().get(pk=entry_id)
    if entry.removed_revision is not None:
        raise ListError(
            _("%(who)s has taken %(value)s off the list already.") % {"who": entry.removed_by, "value": entry.value}
        )
    _take_off(entry, revision=revision, actor=actor, why=why)
    audit_record(
        actor=actor,
        action="list.removed",
        object_type="list",
        object_id=entry.list_id,
        before={"value": entry.value, "reason": entry.reason},
        after={"revision": revision},
        note=why,
    )
    return entry


def _take_off(entry: ListEntry, *, revision: int, actor: str, why: str) -> None:
    entry.removed_at, entry.removed_by, entry.removed_why = timezone.now(), actor, why
    entry.removed_revision = revision
    entry.save(update_fields=["removed_at", "removed_by", "removed_why", "removed_revision"])


def _next_revision() -> int:
    """Count the revision up. Its row stays locked until the commit: whoever sees a revision sees all up to it."""
    with db.cursor() as cursor:
        cursor.execute(
            "INSERT INTO list_revision (id, revision) VALUES (1, 1) "
            "ON CONFLICT (id) DO UPDATE SET revision = list_revision.revision + 1 RETURNING revision"
        )
        return int(db.one(cursor))


def _checked(found: ManagedList, values: Sequence[str]) -> list[str]:
    wanted = list(dict.fromkeys(value.strip() for value in values if value.strip()))
    if not wanted:
        raise ListError(_("Name at least one value."), "values")
    if len(wanted) > MOST_AT_ONCE:
        raise ListError(_("%s values at a time is the most.") % f"{MOST_AT_ONCE:,}", "values")
    if found.kind == ListKind.COUNTRY:
        wanted = [value.upper() for value in wanted]
    for value in wanted:
        if len(value) > VALUE_MAX_LENGTH or "\0" in value:
            said = {"value": value[:20], "most": VALUE_MAX_LENGTH}
            raise ListError(_("%(value)s... is longer than %(most)d characters.") % said, "values")
        if found.kind == ListKind.COUNTRY and value not in country_codes():
            raise ListError(_("%s is not an ISO 3166-1 alpha-2 country code.") % value, "values")
    return wanted


def _reason(reason: str) -> str:
    reason = reason.strip()
    if not reason or len(reason) > REASON_MAX_LENGTH:
        raise ListError(_("Give a reason of 1 to %d characters.") % REASON_MAX_LENGTH, "reason")
    return reason


def lists_ensure_standard() -> None:
    """Make the lists that shipped rules ask for. Runs after every migration."""
    with connection.cursor() as cursor:
        if ManagedList._meta.db_table not in connection.introspection.table_names(cursor):
            return
    ManagedList.objects.bulk_create(
        [
            ManagedList(name=name, kind=OWN_LISTS[name], purpose=purpose, author="system")
            for name, purpose in STANDARD.items()
        ],
        ignore_conflicts=True,
    )
