"""The decision feed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from argus_records import db
from argus_records.models import Decision

# How many decisions one page looks at, whosever they are: a client with few among many others' gets short pages and
# a cursor that moves on, never a long wait.
SCANNED: Final = 20_000

# One range of the primary key per batch; OFFSET 0 keeps the planner from reading the whole table for a join.
_FEED: Final = """
SELECT b.position, b.ruleset_id, b.model_version, b.decided_at, d.id, d.verdict, d.score, d.reasons::text,
    t.transaction_id, t.received_at, t.client_id
FROM (
    SELECT * FROM decision_batch WHERE position >= %s ORDER BY position LIMIT %s
) b
CROSS JOIN LATERAL (
    SELECT * FROM decision d
    WHERE d.id >= (b.id << %s) AND d.id < ((b.id + 1) << %s) AND (b.position > %s OR d.id > %s)
    OFFSET 0
) d
JOIN transaction t ON t.id = d.transaction_id
ORDER BY b.position, d.id
LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the feed: everything up to this decision has been seen."""

    position: int
    decision_id: int


START: Final = Place(0, 0)


def decisions_after(*, client_id: int, after: Place, limit: int) -> tuple[list[dict[str, Any]], Place]:
    """Up to ``limit`` decisions of a client after a place, in the order of commit, and the place reached.

    Ready for orjson: the stored reasons are passed on as they are.

    The place moves on over other clients' decisions too, so that nobody reads them twice.
    """
    with db.cursor() as cursor:
        cursor.execute(
            _FEED,
            [
                after.position, limit + 1, Decision.BATCH_BITS, Decision.BATCH_BITS, after.position,
                after.decision_id, SCANNED,
            ],
            prepare=True,
        )  # fmt: skip
        rows: Sequence[Any] = cursor.fetchall()
    found: list[dict[str, Any]] = []
    place = after
    for row in rows:
        place = Place(row[0], row[4])
        if row[10] != client_id:
            continue
        found.append(
            {
                "transaction_id": row[8],
                "verdict": row[5],
                "score": row[6],
                "reasons": orjson.Fragment(row[7]),
                "ruleset_version": row[1],
                "model_version": row[2],
                "decided_at": row[3],
                "received_at": row[9],
            }
        )
        if len(found) == limit:
            break
    return found, place
