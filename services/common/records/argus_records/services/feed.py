"""Giving committed batches their place in the decision feed."""

from django.db import connection, transaction

# Any fixed number: the key of the advisory lock that serialises the giving of places.
_LOCK = 0x41524755


@transaction.atomic
def feed_place() -> int:
    """Number the batches that have none yet, in id order. Returns how many.

    Runs after a batch's own commit and sees committed batches alone; the lock makes numbers appear in
    order, so whoever read up to place n has nothing left to come at or below n. A worker that dies
    before this call leaves its batch to the next caller or to the sweep.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute(
            """
            WITH unplaced AS (
                SELECT id, row_number() OVER (ORDER BY id) AS n FROM decision_batch WHERE position IS NULL
            )
            UPDATE decision_batch b
            SET position = u.n + (SELECT coalesce(max(position), 0) FROM decision_batch)
            FROM unplaced u WHERE b.id = u.id
            """
        )
        placed: int = cursor.rowcount
        return placed
