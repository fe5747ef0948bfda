"""Adding up stretches of customers' past for the windows that rules ask for."""

from collections.abc import Collection, Sequence
from typing import Any, Final

from argus_records import db

# The fields by which a stretch's transactions can be told apart, as argus_engine.aggregates.FIELDS names them.
FIELDS: Final = {
    "type": "type",
    "counterparty": "counterparty_id",
    "country": "country",
    "channel": "channel",
    "device": "device_id",
}
_VALUES: Final = ", ".join(f"CASE WHEN %s THEN t.{column} END" for column in FIELDS.values())

# One index range per stretch, added up where it lies. Fields that nobody asks for are NULL, and so make no groups.
# What is older than a shard's first pending transaction is decided: only the few rows that are not are looked up in the
# queue. All is one statement, so both are of one snapshot, and no late commit can slip between.
_SUMS: Final = f"""
WITH waiting AS MATERIALIZED (
    SELECT s.shard, (SELECT min(p.transaction_id) FROM pending p WHERE p.shard = s.shard) AS first
    FROM (SELECT DISTINCT unnest(%s::int[])) AS s(shard)
)
SELECT r.place, s.* FROM unnest(%s::int[], %s::text[], %s::bigint[], %s::bigint[]) WITH ORDINALITY
    AS r(shard, customer_id, after, until, place)
JOIN waiting w ON w.shard = r.shard
CROSS JOIN LATERAL (
    SELECT t.currency, count(*), sum(t.amount), max(t.amount), {_VALUES} FROM transaction t
    WHERE t.customer_id = r.customer_id
        AND t.occurred_at > 'epoch'::timestamptz + r.after * interval '1 microsecond'
        AND t.occurred_at <= 'epoch'::timestamptz + r.until * interval '1 microsecond'
        AND (t.id < coalesce(w.first, {2**63 - 1})
            OR NOT EXISTS (SELECT FROM pending p WHERE p.shard = t.shard AND p.transaction_id = t.id))
    GROUP BY 1, 5, 6, 7, 8, 9
) s
"""  # noqa: S608 - constants only


def window_sums(
    *,
    shards: Sequence[int],
    customers: Sequence[str],
    after: Sequence[int],
    until: Sequence[int],
    fields: Collection[str],
) -> list[tuple[Any, ...]]:
    """Transactions already processed within stretches (after, until], microseconds since 1970, added up.

    ``shards`` (n,): that of each stretch's customer, held by this transaction. A row: place of the stretch from 1,
    currency, count, sum and maximum of the amounts, then the values of FIELDS, None for those not among ``fields``.
    What it costs is reading the stretches' rows by index, each once; what comes back is a row per stretch, currency
    and value.
    """
    if not customers:
        return []
    asked = [name in fields for name in FIELDS]
    ranges = [list(shards), list(shards), list(customers), list(after), list(until)]
    with db.cursor() as cursor:
        cursor.execute(_SUMS, [*ranges, *asked], prepare=True, binary=True)
        return cursor.fetchall()
