"""Stored decisions with all that they were made of, for those who execute them again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from argus_records import db

_FIND: Final = """
SELECT d.id, c.name FROM transaction t JOIN api_client c ON c.id = t.client_id
LEFT JOIN decision d ON d.transaction_id = t.id
WHERE t.transaction_id = %s AND (%s::text IS NULL OR c.name = %s) ORDER BY c.name
"""
_HEAD: Final = """
SELECT id, ruleset_id, feature_schema_id, model_version, model_digest, code_version, lists_revision,
    (extract(epoch FROM lists_at) * 1000000)::bigint, decided_at
FROM decision_batch WHERE id = %s
"""
_DECIDED: Final = f"""
SELECT {db.TRANSACTION}, c.name, t.transaction_id, d.id, d.verdict, d.score, d.forest_score, d.reasons::text,
    array_replace(d.features, NULL, 'NaN')
FROM decision d JOIN transaction t ON t.id = d.transaction_id JOIN api_client c ON c.id = t.client_id
WHERE d.batch_id = %s ORDER BY d.id
"""  # noqa: S608 - constants only
_PAST: Final = f"""
SELECT h.* FROM unnest(%s::text[]) AS r(customer_id)
CROSS JOIN LATERAL (
    SELECT {db.TRANSACTION} FROM transaction t JOIN decision d ON d.transaction_id = t.id
    WHERE t.customer_id = r.customer_id AND d.id < %s
        AND t.occurred_at > 'epoch'::timestamptz + %s * interval '1 microsecond'
    OFFSET 0
) h
"""  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True)
class Head:
    """What the decisions of a batch have in common; ``lists_at`` in microseconds since 1970."""

    id: int
    ruleset: int
    feature_schema: str
    model_version: str | None
    model_digest: str | None
    code_version: str
    lists_revision: int | None
    lists_at: int | None
    decided_at: datetime


def decisions_on(*, transaction_id: str, client: str | None) -> list[tuple[int | None, str]]:
    """Of each client's transaction of this id: the decision's id, None while it is pending, and the client's name."""
    with db.cursor() as cursor:
        cursor.execute(_FIND, [transaction_id, client, client])
        return cursor.fetchall()


def decisions_drawn(*, count: int) -> list[int]:
    """Ids of so many decisions, drawn at random."""
    with db.cursor() as cursor:
        cursor.execute("SELECT id FROM decision ORDER BY random() LIMIT %s", [count])
        return [row[0] for row in cursor.fetchall()]


def batch_head(*, batch_id: int) -> Head:
    """Raises LookupError where there is none."""
    with db.cursor() as cursor:
        cursor.execute(_HEAD, [batch_id])
        row = cursor.fetchone()
    if row is None:
        raise LookupError(f"there is no batch {batch_id}")
    return Head(*row)


def batch_decisions(*, batch_id: int) -> list[tuple[Any, ...]]:
    """In their order. A row: twelve columns of the transaction, client, transaction_id, then the decision's id,
    verdict, score, forest score, reasons and feature values."""
    with db.cursor() as cursor:
        cursor.execute(_DECIDED, [batch_id])
        return [(*row[:-2], orjson.loads(row[-2]), row[-1]) for row in cursor.fetchall()]


def processed_before(*, customers: list[str], decision: int, after: int) -> list[tuple[Any, ...]]:
    """These customers' transactions with event times after ``after``, microseconds since 1970, that were decided before
    ``decision``: what windows could see of them then. Twelve columns each."""
    with db.cursor() as cursor:
        cursor.execute(_PAST, [customers, decision, after])
        return cursor.fetchall()
