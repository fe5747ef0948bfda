"""The decision feed."""

from dataclasses import dataclass
from typing import Any, Final

import orjson

from argus_records import db
from argus_records.models import Decision

# How many decisions one page looks at, whosever they are: a client with few among many others' gets short pages and
# a cursor that moves on, never a long wait. Exceeded by one batch at most.
SCANNED: Final = 20_000
# A second look takes at least so many at once.
STEP: Final = 4_000
# Batches in one look: their number is bounded too, for on quiet days they are small.
BATCHES: Final = 2_000

# Place of the last decision that a batch could have.
_LAST: Final = (1 << Decision.BATCH_BITS) - 1

# The next batches in the order of the feed, until those before have enough decisions.
_BATCHES: Final = """
SELECT id, position, ruleset_id, model_version, decided_at, size FROM (
    SELECT b.*, sum(size) OVER (ORDER BY position) - size AS before FROM (
        SELECT id, position, ruleset_id, model_version, decided_at, size FROM decision_batch
        WHERE position > %s OR (position = %s AND (id << %s) + %s > %s)
        ORDER BY position LIMIT %s
    ) b
) s
WHERE before < %s ORDER BY position
"""

# One short range of the primary key per batch; the inner LIMIT ends it early when all of it is the client's.
_DECISIONS: Final = """
SELECT r.i, d.* FROM unnest(%s::bigint[], %s::bigint[]) WITH ORDINALITY AS r(low, high, i)
CROSS JOIN LATERAL (
    SELECT d.id, t.transaction_id, d.verdict, d.score, d.reasons::text, t.received_at
    FROM decision d JOIN transaction t ON t.id = d.transaction_id
    WHERE d.id > r.low AND d.id <= r.high AND t.client_id = %s
    ORDER BY d.id LIMIT %s
) d
ORDER BY r.i, d.id LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the feed: everything up to this decision has been seen."""

    position: int
    decision_id: int


START: Final = Place(0, 0)


def decisions_after(*, client_id: int, after: Place, limit: int) -> tuple[list[dict[str, Any]], Place]:
    """Up to ``limit`` decisions of a client after a place, in the order of commit, and the place reached.

    Ready for orjson: the stored reasons are passed on as they are. The place moves on over other clients' decisions
    too, so that nobody reads them twice; it stays where it is when there is nothing new.
    """
    found: list[dict[str, Any]] = []
    place, scanned, step = after, 0, limit
    while len(found) < limit and scanned < SCANNED:
        batches = _next_batches(place, step)
        if not batches:
            break
        rows = _look(batches, client_id=client_id, after=place, limit=limit - len(found))
        found.extend(_entry(batches[row[0] - 1], row) for row in rows)
        if len(found) == limit:
            last = batches[rows[-1][0] - 1]
            return found, Place(last[1], rows[-1][1])
        place = Place(batches[-1][1], _end(batches[-1][0]))
        scanned += sum(batch[5] for batch in batches)
        step = max(limit, STEP)
    return found, place


def _next_batches(place: Place, enough: int) -> list[tuple[Any, ...]]:
    with db.cursor() as cursor:
        cursor.execute(
            _BATCHES,
            [place.position, place.position, Decision.BATCH_BITS, _LAST, place.decision_id, BATCHES, enough],
            prepare=True,
        )
        return cursor.fetchall()


def _look(batches: list[tuple[Any, ...]], *, client_id: int, after: Place, limit: int) -> list[tuple[Any, ...]]:
    low = [(batch[0] << Decision.BATCH_BITS) - 1 for batch in batches]
    if batches[0][1] == after.position:
        low[0] = max(low[0], after.decision_id)
    with db.cursor() as cursor:
        cursor.execute(_DECISIONS, [low, [_end(batch[0]) for batch in batches], client_id, limit, limit], prepare=True)
        return cursor.fetchall()


def _end(batch_id: int) -> int:
    return (batch_id << Decision.BATCH_BITS) + _LAST


def _entry(batch: tuple[Any, ...], row: tuple[Any, ...]) -> dict[str, Any]:
    return {
        "transaction_id": row[2],
        "verdict": row[3],
        "score": row[4],
        "reasons": orjson.Fragment(row[5]),
        "ruleset_version": batch[2],
        "model_version": batch[3],
        "decided_at": batch[4],
        "received_at": row[6],
    }
