"""A past period of the ledger: what was decided, on what, and what is known of it by now.

A period is one of the transactions' own times. It is read in the order of decisions, in short statements: a snapshot
held for minutes would keep the queue's dead rows from being cleared away.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from argus_records import db
from argus_records.models import Decision

# So many bits of a decision's id are dropped to number a part: 16 batches each.
PART_BITS: Final = Decision.BATCH_BITS + 4

_PARTS: Final = f"""
SELECT d.id >> {PART_BITS}, min(d.id), max(d.id), (extract(epoch FROM min(t.occurred_at)) * 1000000)::bigint, count(*)
FROM transaction t JOIN decision d ON d.transaction_id = t.id JOIN decision_batch b ON b.id = d.batch_id
WHERE t.occurred_at >= %(begin)s AND t.occurred_at < %(end)s AND b.position <= %(position)s
GROUP BY 1 ORDER BY 1
"""  # noqa: S608 - constants only

_KINDS: Final = f"""
SELECT DISTINCT ruleset_id, feature_schema_id FROM decision_batch
WHERE id >= %s >> {Decision.BATCH_BITS} AND id <= %s >> {Decision.BATCH_BITS}
"""  # noqa: S608 - constants only

# NULLs within an array become NaN, so that all of one schema have the same length and are read at once. OFFSET 0 keeps
# the planner from joining whole tables for each chunk: decisions are walked by their key, and each looks up its own.
_DECIDED: Final = f"""
SELECT {db.TRANSACTION}, d.id, d.verdict, d.score, b.ruleset_id, b.model_version, b.lists_revision,
    (extract(epoch FROM b.lists_at) * 1000000)::bigint,
    CASE WHEN t.occurred_at >= %(begin)s THEN array_send(array_replace(d.features, NULL, 'NaN')) END
FROM decision d
CROSS JOIN LATERAL (SELECT * FROM transaction t WHERE t.id = d.transaction_id OFFSET 0) t
CROSS JOIN LATERAL (SELECT * FROM decision_batch b WHERE b.id = d.batch_id OFFSET 0) b
WHERE """  # noqa: S608 - constants only
_AFTER: Final = (
    _DECIDED
    + """d.id > %(after)s AND d.id <= %(until)s AND t.occurred_at >= %(first)s AND t.occurred_at < %(end)s
    AND b.position <= %(position)s ORDER BY d.id LIMIT %(limit)s"""
)
_THESE: Final = _DECIDED + "d.transaction_id = ANY(%(ids)s) AND b.position <= %(position)s"

_LABELS: Final = """
SELECT DISTINCT ON (transaction_id) transaction_id, label FROM label
WHERE transaction_id = ANY(%s) AND observed_at <= %s AND received_at <= %s
ORDER BY transaction_id, observed_at DESC, id DESC
"""


@dataclass(frozen=True, slots=True)
class Part:
    """Decisions with the ids ``first`` to ``last`` that belong to a period: how many, and the ``earliest`` event time.

    In microseconds since 1970.
    """

    number: int
    first: int
    last: int
    earliest: int
    count: int


def position_now() -> int:
    """Up to which place in the feed everything is committed: who reads up to there twice reads the same."""
    with db.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(position), 0) FROM decision_batch")
        return int(db.one(cursor))


def parts(*, begin: datetime, end: datetime, position: int) -> list[Part]:
    """The parts of the ledger with transactions of [begin, end) that were decided up to ``position``."""
    with db.cursor() as cursor:
        cursor.execute(_PARTS, {"begin": begin, "end": end, "position": position})
        return [Part(*row) for row in cursor.fetchall()]


def kinds(*, first: int, last: int) -> set[tuple[int, str]]:
    """By which rule-set versions, and with which feature schemas, the batches of these decisions were decided."""
    with db.cursor() as cursor:
        cursor.execute(_KINDS, [first, last])
        return set(cursor.fetchall())


def decisions_held() -> int:
    """How many decisions the whole ledger holds."""
    with db.cursor() as cursor:
        cursor.execute("SELECT coalesce(sum(size), 0)::bigint FROM decision_batch")
        return int(db.one(cursor))


def decided_after(
    *, after: int, until: int, first: datetime, begin: datetime, end: datetime, position: int, limit: int
) -> list[tuple[Any, ...]]:
    """The next decisions with ids in (after, until] on transactions of [first, end), by id.

    A row: twelve columns of the transaction; the decision's id, verdict and score; its batch's rule-set version, model
    version or None, revision of the lists and when they were looked at, in microseconds, or None; the feature values
    as PostgreSQL sends an array, None before ``begin``.
    """
    asked = {
        "after": after, "until": until, "first": first, "begin": begin, "end": end, "position": position,
        "limit": limit,
    }  # fmt: skip
    with transaction.atomic(), db.cursor() as cursor:
        # Of a ledger that has grown fast there are no statistics yet: alone, the planner reads and sorts all of it.
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(_AFTER, asked, prepare=True, binary=True)
        return cursor.fetchall()


def decided_on(*, ids: list[int], begin: datetime, position: int) -> list[tuple[Any, ...]]:
    """The decisions on these transactions, in any order; rows as of :func:`decided_after`."""
    with db.cursor() as cursor:
        cursor.execute(_THESE, {"ids": ids, "begin": begin, "position": position}, binary=True)
        return cursor.fetchall()


def labels_of(*, ids: list[int], by: datetime) -> dict[int, str]:
    """The label in force of each of these transactions that has one, as it was known at the time ``by``."""
    with db.cursor() as cursor:
        cursor.execute(_LABELS, [ids, by, by])
        return dict(cursor.fetchall())
