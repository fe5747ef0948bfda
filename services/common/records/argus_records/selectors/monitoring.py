"""What a monitor asks of the ledger. Read-only, indexed, bounded: it is asked every few seconds."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db import connection

from argus_records.models import AlertStatus

# Counting stops here: a desk that far behind needs no exact number.
ALERTS_CAP: Final = 100_000

# Oldest first, in the order of an index: what is overdue comes before what is not.
_ALERTS: Final = """
SELECT s.status, count(w.opened_at), count(*) FILTER (WHERE w.opened_at < clock_timestamp() - %s)
FROM unnest(%s::text[]) AS s(status)
LEFT JOIN LATERAL (SELECT a.opened_at FROM alert a WHERE a.status = s.status ORDER BY a.id LIMIT %s) w ON true
GROUP BY s.status
"""


@dataclass(frozen=True, slots=True)
class Desk:
    """Alerts that wait for a person, by status, and how many of them for too long."""

    waiting: dict[str, int]
    overdue: int


def desk(*, due: timedelta) -> Desk:
    """The desk's load; an alert is overdue when it was opened longer than ``due`` ago."""
    with connection.cursor() as cursor:
        cursor.execute(_ALERTS, [due, [AlertStatus.OPEN.value, AlertStatus.ESCALATED.value], ALERTS_CAP])
        rows = cursor.fetchall()
    return Desk({status: count for status, count, _ in rows}, sum(overdue for *_, overdue in rows))


def database_bytes() -> int:
    """The size of the ledger's database with all indexes. Looks at every file: not for every second."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        (size,) = cursor.fetchone() or (0,)
    return int(size)
