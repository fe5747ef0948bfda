"""The audit log: pages of it, newest first, and all of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import QuerySet

from argus_records.models import AuditEvent
from argus_records.selectors.paging import Page, beyond, cursor_decode, page_of, read_moment

# Rows that a stream holds in memory at a time.
CHUNK: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which events; what is empty does not restrict. An object's id goes with its type."""

    actor: str = ""
    action: str = ""
    object_type: str = ""
    object_id: str = ""
    since: datetime | None = None
    until: datetime | None = None


def _filtered(filters: AuditFilter) -> QuerySet[AuditEvent]:
    conditions: dict[str, Any] = {
        "actor": _actor(filters.actor),
        "action": filters.action,
        "object_type": filters.object_type,
        "object_id": filters.object_id,
        "at__gte": filters.since,
        "at__lt": filters.until,
    }
    given = {name: value for name, value in conditions.items() if value not in (None, "")}
    return AuditEvent.objects.filter(**given).order_by("-at", "-id")


def _actor(said: str) -> str:
    """People are asked for by their bare names; anything else as it stands in the log."""
    if not said or ":" in said or AuditEvent.objects.filter(actor=said).exists():
        return said
    return f"user:{said}"


def audit_page(*, filters: AuditFilter, cursor: str = "", limit: int = 50) -> Page[AuditEvent]:
    """One page, newest first."""
    rows = _filtered(filters)
    after = cursor_decode(cursor, kinds=(read_moment, int))
    if after:
        rows = rows.filter(beyond("at", *after))
    return page_of(list(rows[: limit + 1]), limit=limit, key=lambda event: (event.at, event.pk))


def audit_stream(*, filters: AuditFilter) -> Iterator[AuditEvent]:
    """All that match, newest first, through a cursor on the server: as of one moment, in little memory."""
    with transaction.atomic():
        yield from _filtered(filters).iterator(chunk_size=CHUNK)


def audit_values(column: str) -> list[str]:
    """The values that occur in ``action`` or ``object_type``, found by leaping from one to the next in its index."""
    if column not in {"action", "object_type"}:
        raise ValueError(f"{column} is not listed")
    with connection.cursor() as cursor:
        cursor.execute(
            f"""WITH RECURSIVE leap AS (
                (SELECT {column} AS value FROM audit_event ORDER BY {column} LIMIT 1)
                UNION ALL
                SELECT (SELECT {column} FROM audit_event WHERE {column} > leap.value ORDER BY {column} LIMIT 1)
                FROM leap WHERE leap.value IS NOT NULL
            ) SELECT value FROM leap WHERE value IS NOT NULL ORDER BY value"""  # noqa: S608
        )
        return [row[0] for row in cursor.fetchall()]
