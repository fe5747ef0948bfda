"""Reading the ledger from its beginning, in the order in which transactions were decided."""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import psycopg
from django.db import connection, transaction

from argus_records import db
from argus_records.models import RuleSetVersion

_DECIDED: Final = """
SELECT t.id, (extract(epoch FROM t.occurred_at) * 1000000)::bigint, t.customer_id, t.amount, t.currency,
    t.type, t.counterparty_id, t.country, t.channel, t.device_id, t.latitude, t.longitude
FROM decision d JOIN transaction t ON t.id = d.transaction_id
ORDER BY d.id
"""

_LABELS: Final = """
SELECT DISTINCT ON (transaction_id) transaction_id, label FROM label
WHERE observed_at <= %s AND received_at <= %s
ORDER BY transaction_id, observed_at DESC, id DESC
"""


def decided_transactions(*, chunk: int = 20_000) -> Generator[list[tuple[Any, ...]], None, None]:
    """All decided transactions in the order in which they were decided, ``chunk`` rows at a time.

    A row: id, occurred_at in microseconds since 1970, customer_id, amount, currency, type, counterparty_id,
    country, channel, device_id, latitude, longitude. A server-side cursor reads one snapshot: of each
    customer it holds all that was decided up to some moment, with nothing missing in between.
    """
    with transaction.atomic():
        connection.ensure_connection()
        with psycopg.ServerCursor(connection.connection, name="ledger") as cursor:
            cursor.execute(_DECIDED, binary=True)
            while rows := cursor.fetchmany(chunk):
                yield rows


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
    found = RuleSetVersion.objects.get(live=True)
    return LiveRuleSet(found.version, found.document)
