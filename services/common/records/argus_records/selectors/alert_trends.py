"""Long ranges of the past: alerts opened and decided, what waits and for how long, and what came of each rule's.

Alerts are a small part of what is decided and change as people work: they are counted as they are, by the indexes on
their times, and no sums of them are kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from argus_records import db

# One statement, hence of one moment: what waits is what was opened less what was decided.
_MOVES: Final = """
SELECT 'opened', date_bin(%(step)s, opened_at, %(since)s) AS start, '', 0, count(*) FROM alert
WHERE opened_at >= %(since)s AND opened_at < %(until)s AND (%(currency)s = '' OR currency = %(currency)s)
GROUP BY start
UNION ALL
SELECT 'decided', date_bin(%(step)s, decided_at, %(since)s) AS start, status, 0, count(*) FROM alert
WHERE status IN ('approved', 'blocked') AND decided_at >= %(since)s AND decided_at < %(until)s
    AND (%(currency)s = '' OR currency = %(currency)s)
GROUP BY start, status
UNION ALL
SELECT 'waits', NULL, status, width_bucket(opened_at, %(edges)s::timestamptz[]), count(*) FROM alert
WHERE status IN ('open', 'escalated') AND (%(currency)s = '' OR currency = %(currency)s)
GROUP BY 3, 4
"""

# An alert that names a reason twice is one.
_BY_RULE: Final = """
SELECT code, status, count(*) FROM alert
CROSS JOIN LATERAL (SELECT DISTINCT code FROM unnest(codes) AS c(code)) c
WHERE opened_at >= %(since)s AND opened_at < %(until)s AND (%(currency)s = '' OR currency = %(currency)s)
GROUP BY code, status
"""


@dataclass(frozen=True, slots=True)
class AlertMoves:
    """What came and went, and what waits.

    ``opened`` by the start of the step; ``decided`` by the start of the step and the status it came to; ``waits`` by
    status and age: place 0 is older than the first of the edges, place i was opened at edge i - 1 or later.
    """

    opened: dict[datetime, int]
    decided: dict[tuple[datetime, str], int]
    waits: dict[tuple[str, int], int]


def alert_moves(
    *, since: datetime, until: datetime, step: timedelta, edges: Sequence[datetime], currency: str = ""
) -> AlertMoves:
    """Alerts opened and decided in [since, until), and those that wait now, parted at ``edges``, ascending times."""
    found = AlertMoves({}, {}, {})
    with db.cursor() as cursor:
        cursor.execute(
            _MOVES, {"since": since, "until": until, "step": step, "edges": list(edges), "currency": currency}
        )
        for kind, start, status, age, count in cursor:
            if kind == "opened":
                found.opened[start] = count
            elif kind == "decided":
                found.decided[start, status] = count
            else:
                found.waits[status, age] = count
    return found


def alerts_by_rule(*, since: datetime, until: datetime, currency: str = "") -> dict[str, dict[str, int]]:
    """Alerts opened in [since, until) by the codes of their reasons, and by the status they have now."""
    found: dict[str, dict[str, int]] = {}
    with db.cursor() as cursor:
        cursor.execute(_BY_RULE, {"since": since, "until": until, "currency": currency})
        for code, status, count in cursor:
            found.setdefault(code, {})[status] = count
    return found
