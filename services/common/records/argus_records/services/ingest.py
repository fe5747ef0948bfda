"""Taking transactions into the ledger."""

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

import orjson

from argus_records import db
from argus_records.names import SHARDS


def shard_of(customer_id: str) -> int:
    """The shard of a customer, 0 to SHARDS - 1."""
    return zlib.crc32(customer_id.encode()) % SHARDS


@dataclass(frozen=True, slots=True)
class NewTransaction:
    """One valid transaction in normal form: defaults filled in, time in UTC, amount with its minor digits."""

    transaction_id: str
    occurred_at: datetime
    customer_id: str
    amount: str
    currency: str
    type: str = "other"
    counterparty_id: str | None = None
    country: str | None = None
    channel: str | None = None
    device_id: str | None = None
    ip_address: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    metadata: dict[str, Any] | None = None
    digest: str = field(init=False)
    shard: int = field(init=False)

    def __post_init__(self) -> None:
        said = (
            self.occurred_at.astimezone(UTC), self.customer_id, self.amount, self.currency, self.type,
            self.counterparty_id, self.country, self.channel, self.device_id, self.ip_address,
            self.latitude, self.longitude, self.metadata,
        )  # fmt: skip
        normal = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
        object.__setattr__(self, "digest", hashlib.blake2b(normal, digest_size=16).hexdigest())
        object.__setattr__(self, "shard", shard_of(self.customer_id))


class Outcome(StrEnum):
    """What became of a submitted transaction."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The outcome for one item. ``id`` and ``received_at`` are those of the row in the ledger."""

    outcome: Outcome
    id: int
    received_at: datetime


# Ids are drawn in the order of submission, so that a customer's transactions are processed in it; rows are
# inserted in the order of their unique key, so that two overlapping batches cannot deadlock.
_INSERT: Final = """
WITH item AS MATERIALIZED (
    SELECT nextval(pg_get_serial_sequence('transaction', 'id')) AS id, j.*
    FROM json_to_recordset(%s::json) AS j(
        client_id bigint, transaction_id text, digest text, occurred_at timestamptz, customer_id text, shard smallint,
        amount numeric, currency text, type text, counterparty_id text, country text, channel text,
        device_id text, ip_address inet, latitude float8, longitude float8, metadata jsonb)
), added AS (
    INSERT INTO transaction (id, client_id, transaction_id, digest, occurred_at, received_at, customer_id, shard,
        amount, currency, type, counterparty_id, country, channel, device_id, ip_address, latitude,
        longitude, metadata)
    SELECT id, client_id, transaction_id, decode(digest, 'hex'), occurred_at, clock_timestamp(), customer_id, shard,
        amount, currency, type, counterparty_id, country, channel, device_id, ip_address, latitude,
        longitude, metadata
    FROM item ORDER BY client_id, transaction_id
    ON CONFLICT (client_id, transaction_id) DO NOTHING
    RETURNING id, client_id, transaction_id, shard, received_at
), queued AS (
    INSERT INTO pending (shard, transaction_id, received_at) SELECT shard, id, received_at FROM added ORDER BY id
)
SELECT client_id, transaction_id, id, received_at FROM added
"""

_FIND: Final = """
SELECT t.client_id, t.transaction_id, t.id, t.received_at, encode(t.digest, 'hex')
FROM unnest(%s::bigint[], %s::text[]) AS k(client_id, transaction_id)
JOIN transaction t ON t.client_id = k.client_id AND t.transaction_id = k.transaction_id
"""


def transactions_accept(*, items: Sequence[tuple[int, NewTransaction]]) -> list[Accepted]:
    """Commit ``(client id, transaction)`` pairs to ledger and queue; one outcome per item, in order.

    Durable when it returns: the one statement that writes is its own database transaction (autocommit, one round
    trip), unless one is open. A client's id that is in the ledger already, or twice among the items, is a duplicate of
    the first, or a conflict when the bodies differ.
    """
    first: dict[tuple[int, str], NewTransaction] = {}
    for client_id, item in items:
        first.setdefault((client_id, item.transaction_id), item)
    with db.cursor() as cursor:
        payload = orjson.dumps([{"client_id": key[0], **_columns(item)} for key, item in first.items()])
        cursor.execute(_INSERT, [payload.decode()], prepare=True)
        added = {(row[0], row[1]): (row[2], row[3]) for row in cursor}
        missing = [key for key in first if key not in added]
        found = {}
        if missing:
            cursor.execute(_FIND, [[key[0] for key in missing], [key[1] for key in missing]])
            found = {(row[0], row[1]): row[2:] for row in cursor}
    outcomes, seen = [], set()
    for client_id, item in items:
        key = (client_id, item.transaction_id)
        if key in added:
            ledger_id, received_at = added[key]
            digest = first[key].digest
            repeated = key in seen
        else:
            ledger_id, received_at, digest = found[key]
            repeated = True
        seen.add(key)
        outcome = Outcome.ACCEPTED if not repeated else Outcome.DUPLICATE if digest == item.digest else Outcome.CONFLICT
        outcomes.append(Accepted(outcome, ledger_id, received_at))
    return outcomes


def _columns(item: NewTransaction) -> dict[str, Any]:
    return {name: getattr(item, name) for name in NewTransaction.__slots__}
