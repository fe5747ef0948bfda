"""What the latest days' scores and alerts were, for holding alerts to what can be worked."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from argus_records import db
from argus_records.models import Decision

if TYPE_CHECKING:
    from argus_engine.capacity import Day

# A batch is one range of the decisions' primary key. Decisions by rules alone have scores of another meaning.
_DAYS: Final = f"""
SELECT floor(extract(epoch FROM %(now)s - b.decided_at) / 86400)::int AS ago, count(*),
    count(*) FILTER (WHERE d.verdict <> 'approve'),
    coalesce(array_agg(d.score) FILTER (WHERE d.score >= %(floor)s), '{{}}')
FROM decision_batch b
JOIN decision d ON d.id >= b.id << {Decision.BATCH_BITS} AND d.id < (b.id + 1) << {Decision.BATCH_BITS}
WHERE b.decided_at > %(since)s AND b.decided_at <= %(now)s AND b.model_version IS NOT NULL
GROUP BY 1 ORDER BY 1 DESC
"""  # noqa: S608 - constants only


def alert_days(*, now: datetime | None = None) -> "list[Day]":
    """The latest days, each of 24 hours up to ``now``, oldest first; days on which no model decided are left out."""
    import numpy as np
    from argus_engine.capacity import FLOOR, LOOK_BACK, Day

    now = now or datetime.now(UTC)
    since = now - timedelta(days=LOOK_BACK)
    with db.cursor() as cursor:
        cursor.execute(_DAYS, {"now": now, "since": since, "floor": FLOOR})
        return [Day(count, np.array(upper, np.float64), alerts) for _, count, alerts, upper in cursor.fetchall()]
