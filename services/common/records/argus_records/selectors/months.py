"""What a month came to: alerts and cases as the ledger knows them now, and which months there are.

A closing or a decision counts in the month in which it was made, unless it was taken back since; of a case that was
opened again, the last closing counts. Volumes and hits of rules are asked of argus_records.selectors.trends.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from argus_records import db

_DONE: Final = "status IN ('approved', 'blocked')"
_IN: Final = ">= %(since)s AND {0} < %(until)s"
_DECIDED: Final = f"{_DONE} AND decided_at {_IN.format('decided_at')}"
# What was merged has its alerts elsewhere: it is not closed as anything.
_CLOSED: Final = f"merged_into_id IS NULL AND closed_at {_IN.format('closed_at')}"

_CASES: Final = f"""
SELECT 'opened', date_trunc('day', opened_at, 'UTC'), count(*) FROM alert_case
WHERE opened_at {_IN.format("opened_at")} GROUP BY 2
UNION ALL
SELECT 'closed', date_trunc('day', closed_at, 'UTC'), count(*) FROM alert_case WHERE {_CLOSED} GROUP BY 2
UNION ALL
SELECT 'merged', NULL, count(*) FROM alert_case
WHERE merged_into_id IS NOT NULL AND closed_at {_IN.format("closed_at")}
"""  # noqa: S608 - constants only

_CLOSINGS: Final = f"""
SELECT disposition, count(*), percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY closed_at - opened_at),
    count(*) FILTER (WHERE closed_at <= due_at)
FROM alert_case WHERE {_CLOSED} GROUP BY GROUPING SETS ((disposition), ()) HAVING count(*) > 0
"""  # noqa: S608 - constants only

# An alert that names a reason twice is one.
_BY_RULE: Final = f"""
SELECT code, status, count(*) FROM alert
CROSS JOIN LATERAL (SELECT DISTINCT code FROM unnest(codes) AS c(code)) c
WHERE {_DECIDED} GROUP BY code, status
"""  # noqa: S608 - constants only

_AMOUNTS: Final = f"SELECT currency, status, count(*), sum(amount) FROM alert WHERE {_DECIDED} GROUP BY 1, 2"  # noqa: S608

_BACKLOG: Final = f"""
SELECT (SELECT count(*) FROM alert WHERE opened_at < %(at)s)
    - (SELECT count(*) FROM alert WHERE {_DONE} AND decided_at < %(at)s),
    count(*), count(*) FILTER (WHERE due_at < %(at)s)
FROM alert_case WHERE opened_at < %(at)s AND (closed_at IS NULL OR closed_at >= %(at)s)
"""  # noqa: S608 - constants only

_FIRST: Final = "SELECT decided_at FROM decision_batch ORDER BY decided_at LIMIT 1"
_HELD: Final = f"""
SELECT m.since, EXISTS (SELECT FROM decision_batch WHERE decided_at >= m.since AND decided_at < m.until),
    (SELECT count(*) FROM alert WHERE opened_at >= m.since AND opened_at < m.until),
    (SELECT count(*) FROM alert WHERE {_DONE} AND decided_at >= m.since AND decided_at < m.until),
    coalesce(c.closed, 0)
FROM unnest(%(since)s::timestamptz[], %(until)s::timestamptz[]) AS m(since, until)
LEFT JOIN (
    SELECT date_trunc('month', closed_at, 'UTC') AS since, count(*) AS closed FROM alert_case
    WHERE closed_at IS NOT NULL AND merged_into_id IS NULL GROUP BY 1
) c ON c.since = m.since
"""  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True)
class Cases:
    """Cases by the day on which they were opened and closed, and how many were merged into others."""

    opened: dict[datetime, int]
    closed: dict[datetime, int]
    merged: int


@dataclass(frozen=True, slots=True)
class Closings:
    """Cases closed as one disposition: how long they took from opening to closing, and how many kept their deadline.

    ``median`` and ``ninety``: the shortest time within which at least a half, and nine in ten, were closed.
    """

    count: int
    median: timedelta
    ninety: timedelta
    in_time: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """What had been opened and was neither decided nor closed; cases that were past their deadline."""

    alerts: int
    cases: int
    late: int


@dataclass(frozen=True, slots=True)
class Held:
    """What there is of a month."""

    decisions: bool
    opened: int
    decided: int
    closed: int


def cases(*, since: datetime, until: datetime) -> Cases:
    """Cases opened, closed and merged in [since, until), by days of UTC."""
    found = Cases({}, {}, 0)
    merged = 0
    with db.cursor() as cursor:
        cursor.execute(_CASES, {"since": since, "until": until})
        for kind, day, count in cursor:
            if kind == "merged":
                merged = count
            else:
                (found.opened if kind == "opened" else found.closed)[day] = count
    return Cases(found.opened, found.closed, merged)


def closings(*, since: datetime, until: datetime) -> dict[str | None, Closings]:
    """Cases closed in [since, until) by disposition, and all together under None; nothing for what did not occur."""
    with db.cursor() as cursor:
        cursor.execute(_CLOSINGS, {"since": since, "until": until})
        return {
            disposition: Closings(count, median, ninety, in_time)
            for disposition, count, (median, ninety), in_time in cursor
        }


def alerts_decided_by_rule(*, since: datetime, until: datetime) -> dict[str, dict[str, int]]:
    """Alerts decided in [since, until) by the codes of their reasons, and by what they were decided to be."""
    found: dict[str, dict[str, int]] = {}
    with db.cursor() as cursor:
        cursor.execute(_BY_RULE, {"since": since, "until": until})
        for code, status, count in cursor:
            found.setdefault(code, {})[status] = count
    return found


def alerts_decided_amounts(*, since: datetime, until: datetime) -> dict[tuple[str, str], tuple[int, Decimal]]:
    """Number and amount of alerts decided in [since, until), by currency and by what they were decided to be."""
    with db.cursor() as cursor:
        cursor.execute(_AMOUNTS, {"since": since, "until": until})
        return {(currency, status): (count, amount) for currency, status, count, amount in cursor}


def backlog(*, at: datetime) -> Backlog:
    """What waited at a time."""
    with db.cursor() as cursor:
        cursor.execute(_BACKLOG, {"at": at})
        row = cursor.fetchone()
    assert row is not None
    return Backlog(*row)


def first_decided() -> datetime | None:
    """When the first decision was made."""
    with db.cursor() as cursor:
        cursor.execute(_FIRST)
        row = cursor.fetchone()
    return row[0] if row else None


def months_held(*, ranges: Sequence[tuple[datetime, datetime]]) -> Mapping[datetime, Held]:
    """What there is of each of these months, by its beginning."""
    asked = {"since": [since for since, _ in ranges], "until": [until for _, until in ranges]}
    with db.cursor() as cursor:
        cursor.execute(_HELD, asked)
        return {since: Held(*rest) for since, *rest in cursor}
