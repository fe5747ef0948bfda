"""Taking in what became known later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

import orjson
from django.db import transaction

from argus_records import db


@dataclass(frozen=True, slots=True)
class LabelItem:
    """One statement of a client about one of its transactions."""

    transaction_id: str
    label: str
    source: str
    observed_at: datetime


class LabelOutcome(StrEnum):
    """What became of one item."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    UNKNOWN_TRANSACTION = "unknown_transaction"


# Any fixed number: the key of the advisory lock that lets one call at a time give out label ids.
_LOCK: Final = 0x4C41424C

_ADD: Final = """
WITH item AS MATERIALIZED (
    SELECT j.i, t.id AS ledger_id, j.label, j.source, j.observed_at
    FROM json_to_recordset(%s::json) AS j(i int, transaction_id text, label text, source text, observed_at timestamptz)
    JOIN transaction t ON t.client_id = %s AND t.transaction_id = j.transaction_id
), added AS (
    INSERT INTO label (transaction_id, label, source, observed_at, received_at, actor)
    SELECT ledger_id, label, source, observed_at, now(), %s FROM item ORDER BY ledger_id, source, observed_at, label
    ON CONFLICT (transaction_id, source, observed_at, label) DO NOTHING
    RETURNING transaction_id, label, source, observed_at
), audited AS (
    INSERT INTO audit_event (at, actor, action, object_type, object_id, after, note)
    SELECT now(), %s, 'label.added', 'transaction', transaction_id::text,
        jsonb_build_object('label', label, 'source', source, 'observed_at', observed_at), ''
    FROM added
)
SELECT item.i, added.transaction_id IS NOT NULL
FROM item LEFT JOIN added ON added.transaction_id = item.ledger_id AND added.label = item.label
    AND added.source = item.source AND added.observed_at = item.observed_at
"""


def labels_add(*, client_id: int, actor: str, items: Sequence[LabelItem]) -> list[LabelOutcome]:
    """Add labels, with an audit event each; one outcome per item.

    Nothing is overwritten: what was said with a later ``observed_at`` supersedes. The same statement again
    is a duplicate. Ids become visible in their order, so that whoever has read up to one has nothing left to come below
    it.
    """
    first: dict[LabelItem, int] = {}
    for index, item in enumerate(items):
        first.setdefault(item, index)
    payload = orjson.dumps(
        [
            {
                "i": index,
                "transaction_id": item.transaction_id,
                "label": item.label,
                "source": item.source,
                "observed_at": item.observed_at,
            }
            for item, index in first.items()
        ]
    )
    with transaction.atomic(), db.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute(_ADD, [payload.decode(), client_id, actor, actor])
        added = dict(cursor.fetchall())
    outcomes = []
    for index, item in enumerate(items):
        new = added.get(first[item])
        if new is None:
            outcomes.append(LabelOutcome.UNKNOWN_TRANSACTION)
        elif new and first[item] == index:
            outcomes.append(LabelOutcome.ACCEPTED)
        else:
            outcomes.append(LabelOutcome.DUPLICATE)
    return outcomes


_ADD_LEDGER: Final = """
WITH added AS (
    INSERT INTO label (transaction_id, label, source, observed_at, received_at, actor)
    SELECT ledger_id, %s, %s, %s, now(), %s FROM unnest(%s::bigint[]) AS i(ledger_id) ORDER BY ledger_id
    ON CONFLICT (transaction_id, source, observed_at, label) DO NOTHING
    RETURNING transaction_id, label, source, observed_at
)
INSERT INTO audit_event (at, actor, action, object_type, object_id, after, note)
SELECT now(), %s, 'label.added', 'transaction', transaction_id::text,
    jsonb_build_object('label', label, 'source', source, 'observed_at', observed_at), ''
FROM added
"""


@transaction.atomic
def labels_of_ledger(*, ledger_ids: Sequence[int], label: str, source: str, observed_at: datetime, actor: str) -> None:
    """Say the same of several transactions, named by their ids in the ledger. What was said so before is no news."""
    with db.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute(_ADD_LEDGER, [label, source, observed_at, actor, list(ledger_ids), actor])
