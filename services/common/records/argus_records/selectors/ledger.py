"""Reading the ledger from its beginning, in the order in which transactions were decided."""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import psycopg
from argus_engine.catalogue import INDEX
from django.db import connection, transaction

from argus_records import db
from argus_records.models import Decision, RuleSetState, RuleSetVersion

# Batches from before there was a memory, or by a worker of that version beside newer ones, knew what those before
# them knew at most. A batch is one range of the decisions' primary key, read in the order of the outer rows.
_DECIDED: Final = f"""
SELECT {db.TRANSACTION}, b.position, b.memory_position, b.memory_label, d.features[%s], d.features[%s]
FROM (
    SELECT id, position,
        coalesce(memory_position, max(memory_position) OVER (ORDER BY id), 0) AS memory_position,
        coalesce(memory_label, max(memory_label) OVER (ORDER BY id), 0) AS memory_label
    FROM decision_batch
    ORDER BY 3, 4, id
) b
CROSS JOIN LATERAL (
    SELECT id, transaction_id, features FROM decision
    WHERE id >= b.id << {Decision.BATCH_BITS} AND id < (b.id + 1) << {Decision.BATCH_BITS}
    OFFSET 0
) d
JOIN transaction t ON t.id = d.transaction_id
ORDER BY b.memory_position, b.memory_label, b.id, d.id
"""  # noqa: S608 - constants only

_TOLD: Final = f"""
SELECT {db.TRANSACTION}, l.id, l.label = 'fraud', (extract(epoch FROM l.observed_at) * 1000000)::bigint
FROM label l JOIN transaction t ON t.id = l.transaction_id
WHERE l.id > %s AND l.id <= %s ORDER BY l.id
"""  # noqa: S608 - constants only

_LABELS: Final = """
SELECT DISTINCT ON (transaction_id) transaction_id, label FROM label
WHERE observed_at <= %s AND received_at <= %s
ORDER BY transaction_id, observed_at DESC, id DESC
"""


def decided_transactions(*, chunk: int = 20_000) -> Generator[list[tuple[Any, ...]], None, None]:
    """All decided transactions in the order of what was known when they were decided, ``chunk`` rows at a time.

    Of one customer that is the order in which they were decided. A row: id, occurred_at in microseconds since 1970,
    customer_id, amount, currency, type, counterparty_id, country, channel, device_id, latitude, longitude; the place
    of its batch in the feed, None without one; up to which place and which label id shared states were advanced when
    it was scored; whether its customer had been found to meet the counterparty, and the device, for the first time: 1,
    0 or None. A server-side cursor reads one snapshot: of each customer it holds all that was decided up to some
    moment, with nothing missing in between.
    """
    with transaction.atomic():
        connection.ensure_connection()
        with psycopg.ServerCursor(connection.connection, name="ledger") as cursor:
            cursor.execute(_DECIDED, [INDEX["counterparty_new"] + 1, INDEX["device_new"] + 1], binary=True)
            while rows := cursor.fetchmany(chunk):
                yield rows


def labels_told(after: int, until: int) -> list[tuple[Any, ...]]:
    """Labels with ids in (after, until], by id.

    A row: twelve columns of the transaction as above; the label's id, whether it says fraud, observed when.
    """
    with db.cursor() as cursor:
        cursor.execute(_TOLD, [after, until], binary=True)
        return cursor.fetchall()


def labels_known(*, by: datetime) -> dict[int, str]:
    """The label in force of each labelled transaction, by ledger id, as it was known at the time ``by``.

    The latest ``observed_at`` is in force; of two with the same, the one that came in later.
    """
    with db.cursor() as cursor:
        cursor.execute(_LABELS, [by, by])
        return dict(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class LiveRuleSet:
    """The rule set in force."""

    version: int
    document: dict[str, Any]


def ruleset_live() -> LiveRuleSet:
    """The rule set in force. Raises RuleSetVersion.DoesNotExist where the ledger was never migrated fully."""
    found = RuleSetVersion.objects.get(state=RuleSetState.LIVE)
    return LiveRuleSet(found.version, found.document)
