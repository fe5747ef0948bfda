"""What a monitor asks of the ledger. Read-only, indexed, bounded: it is asked every few seconds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from argus_engine.reasons import MODEL_UNAVAILABLE
from django.db import connection
from django.utils import timezone

from argus_records.models import AlertStatus, Case
from argus_records.selectors.cases import late

# Counting stops here: a desk that far behind needs no exact number.
DESK_CAP: Final = 100_000

_ALERTS: Final = """
SELECT s.status, w.waiting FROM unnest(%s::text[]) AS s(status)
CROSS JOIN LATERAL (SELECT count(*) AS waiting FROM (SELECT FROM alert a WHERE a.status = s.status LIMIT %s) a) w
"""
# Of the newest alerts so many are looked through; their times have no index of their own.
REASONS_AMONG: Final = 20_000
_REASONS: Final = """
WITH newest AS MATERIALIZED (SELECT opened_at, codes FROM alert ORDER BY id DESC LIMIT %s)
SELECT code, count(*) FROM newest CROSS JOIN LATERAL unnest(codes) AS code
WHERE opened_at >= %s AND code <> %s GROUP BY code ORDER BY count(*) DESC, code LIMIT %s
"""
_ARRIVALS: Final = """
SELECT extract(epoch FROM date_trunc('minute', received_at))::bigint, count(*)
FROM (SELECT received_at FROM pending LIMIT %s) waiting GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Desk:
    """Alerts that wait for a person, by status, and cases that are past their deadline; each up to DESK_CAP."""

    waiting: dict[str, int]
    overdue: int


def desk() -> Desk:
    """The desk's load."""
    with connection.cursor() as cursor:
        cursor.execute(_ALERTS, [[AlertStatus.OPEN.value, AlertStatus.ESCALATED.value], DESK_CAP])
        waiting = dict(cursor.fetchall())
    return Desk(waiting, Case.objects.filter(late(timezone.now())).order_by()[:DESK_CAP].count())


def database_bytes() -> int:
    """The size of the ledger's database with all indexes. Looks at every file: not for every second."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        (size,) = cursor.fetchone() or (0,)
    return int(size)


def reasons(*, since: datetime, limit: int = 8) -> list[tuple[str, int]]:
    """For what alerts were opened since then: codes of reasons and how many alerts name each, most often first."""
    with connection.cursor() as cursor:
        # That no model took part is said of an alert, and is none of its reasons.
        cursor.execute(_REASONS, [REASONS_AMONG, since, MODEL_UNAVAILABLE, limit])
        return [(code, count) for code, count in cursor.fetchall()]


def arrivals_waiting(*, cap: int) -> dict[int, int]:
    """Transactions that wait, ``cap`` at most, by the minute (seconds since 1970) in which they were received."""
    with connection.cursor() as cursor:
        cursor.execute(_ARRIVALS, [cap])
        return dict(cursor.fetchall())
