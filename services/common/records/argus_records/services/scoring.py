"""The worker's side of the ledger: claim pending transactions, read what scoring needs, record decisions.

All of it happens inside one database transaction per batch. A shard is held by a transaction-level
advisory lock: it frees itself with commit, rollback or the death of the connection, and until then no
other worker touches that shard's customers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from argus_records import db, latency
from argus_records.models import Decision
from argus_records.names import SHARDS
from argus_records.services.memory import Mark

# First key of the two-part advisory lock on a shard; the second is the shard.
_SHARD_LOCK: Final = 0x53484152
# How many rows one shard gives to one claim. A claim of several thousand takes several shards and leaves
# the others to other workers; a quiet system's claim takes them all.
PER_SHARD: Final = 256

_BACKLOG: Final = """
SELECT s.shard, f.n
FROM generate_series(0, %s) AS s(shard)
CROSS JOIN LATERAL (
    SELECT count(*) AS n, min(x.transaction_id) AS oldest FROM (
        SELECT p.transaction_id FROM pending p WHERE p.shard = s.shard ORDER BY p.transaction_id LIMIT %s
    ) x
) f
WHERE f.n > 0 ORDER BY f.oldest
"""
_LOCK_SHARDS: Final = "SELECT s FROM unnest(%s::int[]) AS s WHERE pg_try_advisory_xact_lock(%s, s)"

_TAKE: Final = f"""
SELECT {db.TRANSACTION}, t.received_at, t.shard
FROM unnest(%s::int[]) AS s(shard)
CROSS JOIN LATERAL (
    SELECT p.transaction_id FROM pending p WHERE p.shard = s.shard ORDER BY p.transaction_id LIMIT %s
) p
JOIN transaction t ON t.id = p.transaction_id
ORDER BY t.id
"""  # noqa: S608 - constants only

# OFFSET 0 keeps the planner from turning one short index range per customer into a join over the ledger.
_HISTORY: Final = f"""
SELECT h.* FROM unnest(%s::text[], %s::bigint[], %s::bigint[]) AS r(customer_id, after, until)
CROSS JOIN LATERAL (
    SELECT {db.TRANSACTION} FROM transaction t
    WHERE t.customer_id = r.customer_id
        AND t.occurred_at > 'epoch'::timestamptz + r.after * interval '1 microsecond'
        AND t.occurred_at <= 'epoch'::timestamptz + r.until * interval '1 microsecond'
        AND NOT EXISTS (SELECT FROM pending p WHERE p.shard = t.shard AND p.transaction_id = t.id)
    OFFSET 0
) h
"""  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True)
class Claim:
    """Claimed transactions in processing order, and whether more are waiting."""

    # (id, occurred_at in microseconds, customer_id, amount, currency, type, counterparty_id, country,
    #  channel, device_id, latitude, longitude, received_at, shard)
    rows: list[tuple[Any, ...]]
    more: bool


def claim(*, limit: int, per_shard: int = PER_SHARD) -> Claim:
    """Lock shards that have work and read up to about ``limit`` of their oldest pending transactions.

    Call inside a transaction. Locking and reading are two statements: the second one's snapshot is
    younger than the lock, so it cannot see rows that the shard's previous holder has just decided.
    """
    with db.cursor() as cursor:
        cursor.execute(_BACKLOG, [SHARDS - 1, per_shard], prepare=True)
        backlog = cursor.fetchall()
        wanted, total = [], 0
        for shard, count in backlog:
            if total >= limit:
                break
            wanted.append(shard)
            total += count
        if not wanted:
            return Claim([], more=False)
        cursor.execute(_LOCK_SHARDS, [wanted, _SHARD_LOCK], prepare=True)
        held = [row[0] for row in cursor]
        if not held:
            return Claim([], more=False)
        cursor.execute(_TAKE, [held, per_shard], prepare=True, binary=True)
        rows = cursor.fetchall()
    full = any(count == per_shard for shard, count in backlog if shard in set(held))
    return Claim(rows, more=full or len(wanted) < len(backlog))


def history(*, customers: Sequence[str], after: Sequence[int], until: Sequence[int]) -> list[tuple[Any, ...]]:
    """Transactions already processed, per customer within (after, until], in microseconds since 1970."""
    if not customers:
        return []
    with db.cursor() as cursor:
        cursor.execute(_HISTORY, [list(customers), list(after), list(until)], prepare=True, binary=True)
        return cursor.fetchall()


def profiles(*, customers: Iterable[str]) -> dict[str, bytes]:
    """The engine's stored states of these customers; new ones are absent."""
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT customer_id, state FROM customer_profile WHERE customer_id = ANY(%s)",
            [list(customers)],
            prepare=True,
            binary=True,
        )
        return dict(cursor.fetchall())


def links(*, pairs: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those (customer, counterparty) pairs that have dealt with each other before."""
    return _known("counterparty_link", "counterparty_id", pairs)


def device_links(*, pairs: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those (customer, device) pairs that have been seen together before."""
    return _known("device_link", "device_id", pairs)


def _known(table: str, other: str, pairs: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    wanted = list(pairs)
    if not wanted:
        return set()
    with db.cursor() as cursor:
        cursor.execute(
            f"""SELECT l.customer_id, l.{other} FROM unnest(%s::text[], %s::text[]) AS k(customer_id, other)
            JOIN {table} l ON l.customer_id = k.customer_id AND l.{other} = k.other""",  # noqa: S608 - constants only
            [[pair[0] for pair in wanted], [pair[1] for pair in wanted]],
            prepare=True,
        )
        return set(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class NewDecision:
    """One decision to record. ``features`` is a PostgreSQL array literal, ``reasons`` JSON."""

    transaction_id: int
    verdict: str
    score: float
    forest_score: float | None
    reasons: str
    features: str


@dataclass(frozen=True, slots=True)
class NewAlert:
    """One alert to open, with the ids that its headline may name; ``place`` is its decision's place in the batch."""

    place: int
    customer_id: str
    amount: str
    currency: str
    codes: list[str]
    headline: str
    counterparty_id: str | None
    device_id: str | None


@dataclass(frozen=True, slots=True)
class NewBatch:
    """A claim's decisions and all that belongs to them. ``memory``: the mark when shared states were read."""

    worker: str
    ruleset_version: int
    feature_schema: str
    model_version: str | None
    model_digest: str | None
    code_version: str
    lists_revision: int
    lists_at: datetime
    claim: Claim
    decisions: list[NewDecision]
    alerts: list[NewAlert]
    profiles: dict[str, bytes]
    links: list[tuple[str, str]]
    devices: list[tuple[str, str]]
    memory: Mark


@dataclass(frozen=True, slots=True)
class StoredBatch:
    """What was recorded: the batch's id and, per alert, its id and its transaction's ledger id."""

    id: int
    latencies: list[float]
    alerts: list[tuple[int, int]]


def batch_store(*, batch: NewBatch) -> StoredBatch:
    """Record decisions, alerts, states and the audit trail, and take the rows off the queue.

    Call inside the transaction of the claim.
    """
    size = len(batch.decisions)
    if not 0 < size < 1 << Decision.BATCH_BITS:
        raise ValueError(f"a batch has 1 to {(1 << Decision.BATCH_BITS) - 1} decisions, not {size}")
    verdicts = [decision.verdict for decision in batch.decisions]
    tallies = {"size": size, "reviewed": verdicts.count("review"), "blocked": verdicts.count("block")}
    with db.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        decided_at = db.one(cursor)
        latencies = [max(0.0, (decided_at - row[12]).total_seconds()) for row in batch.claim.rows]
        cursor.execute(
            """INSERT INTO decision_batch (worker, ruleset_id, feature_schema_id, model_version, model_digest,
                code_version, lists_revision, lists_at, decided_at, size, reviewed, blocked, latency_counts,
                memory_position, memory_label)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id""",
            [
                batch.worker, batch.ruleset_version, batch.feature_schema, batch.model_version,
                batch.model_digest, batch.code_version, batch.lists_revision, batch.lists_at, decided_at,
                *tallies.values(), latency.count(latencies), batch.memory.position, batch.memory.label,
            ],
            prepare=True,
        )  # fmt: skip
        batch_id = db.one(cursor)
        base = batch_id << Decision.BATCH_BITS
        with cursor.copy(
            "COPY decision (id, batch_id, transaction_id, verdict, score, forest_score, reasons, features) FROM STDIN"
        ) as copy:
            for place, new in enumerate(batch.decisions):
                copy.write_row(
                    (
                        base + place, batch_id, new.transaction_id, new.verdict, new.score, new.forest_score,
                        new.reasons, new.features,
                    )
                )  # fmt: skip
        alerts = _open_alerts(cursor, batch, base)
        _keep_state(cursor, batch)
        cursor.execute(
            "DELETE FROM pending p USING unnest(%s::int[], %s::bigint[]) AS d(shard, transaction_id) "
            "WHERE p.shard = d.shard AND p.transaction_id = d.transaction_id",
            [[row[13] for row in batch.claim.rows], [row[0] for row in batch.claim.rows]],
            prepare=True,
        )
        if cursor.rowcount != size:
            raise RuntimeError(f"batch {batch_id}: {size} decisions, but {cursor.rowcount} rows were queued")
        cursor.execute(
            """INSERT INTO audit_event (actor, action, object_type, object_id, after)
            VALUES (%s, 'decisions.recorded', 'decision_batch', %s, %s)""",
            [
                f"worker:{batch.worker}",
                str(batch_id),
                orjson.dumps(tallies | {"ruleset": batch.ruleset_version, "model": batch.model_version}).decode(),
            ],
            prepare=True,
        )
    return StoredBatch(batch_id, latencies, alerts)


def _open_alerts(cursor: Any, batch: NewBatch, base: int) -> list[tuple[int, int]]:
    if not batch.alerts:
        return []
    rows = []
    for alert in batch.alerts:
        decision = batch.decisions[alert.place]
        rows.append(
            {
                "transaction_id": decision.transaction_id,
                "decision_id": base + alert.place,
                "verdict": decision.verdict,
                "score": decision.score,
                "customer_id": alert.customer_id,
                "amount": alert.amount,
                "currency": alert.currency,
                "codes": alert.codes,
                "headline": alert.headline,
            }
        )
    cursor.execute(
        """
        WITH opened AS (
            INSERT INTO alert
                (transaction_id, decision_id, verdict, score, customer_id, amount, currency, codes, headline)
            SELECT j.transaction_id, j.decision_id, j.verdict, j.score, j.customer_id, j.amount, j.currency,
                ARRAY(SELECT json_array_elements_text(j.codes)), j.headline
            FROM json_to_recordset(%s::json) AS j(transaction_id bigint, decision_id bigint, verdict text,
                score float8, customer_id text, amount numeric, currency text, codes json, headline text)
            ORDER BY j.decision_id
            RETURNING id, transaction_id, verdict, score
        ), audited AS (
            INSERT INTO audit_event (actor, action, object_type, object_id, after)
            SELECT %s, 'alert.opened', 'alert', id::text,
                jsonb_build_object('status', 'open', 'verdict', verdict, 'score', score) FROM opened
        )
        SELECT id, transaction_id FROM opened
        """,
        [orjson.dumps(rows).decode(), f"worker:{batch.worker}"],
        prepare=True,
    )
    opened: list[tuple[int, int]] = cursor.fetchall()
    return opened


def _keep_state(cursor: Any, batch: NewBatch) -> None:
    cursor.execute(
        """INSERT INTO customer_profile (customer_id, state) SELECT * FROM unnest(%b::text[], %b::bytea[])
        ON CONFLICT (customer_id) DO UPDATE SET state = excluded.state""",
        [list(batch.profiles), list(batch.profiles.values())],
        prepare=True,
    )
    for table, other, new in (
        ("counterparty_link", "counterparty_id", batch.links),
        ("device_link", "device_id", batch.devices),
    ):
        if new:
            cursor.execute(
                f"""INSERT INTO {table} (customer_id, {other})
                SELECT * FROM unnest(%s::text[], %s::text[]) ON CONFLICT DO NOTHING""",  # noqa: S608 - constants only
                [[pair[0] for pair in new], [pair[1] for pair in new]],
                prepare=True,
            )


def feature_schema_ensure(*, digest: str, names: Sequence[str]) -> None:
    """Record what the places of stored feature values mean, once per schema."""
    with db.cursor() as cursor:
        cursor.execute(
            "INSERT INTO feature_schema (digest, names) VALUES (%s, %s) ON CONFLICT DO NOTHING", [digest, list(names)]
        )
