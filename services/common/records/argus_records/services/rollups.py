"""Sums by the hour: advanced by one folder at a time, behind a mark that changes with them or not at all.

Nobody who decides writes to them, so no two workers ever wait for the same hour's row. The sweep folds in what has come
since, and whoever reads adds what lies beyond the mark: they are exact at any moment, folded or not. A ledger from
before there were such sums is folded in the same way, from its beginning.
"""

from dataclasses import dataclass
from typing import Any, Final

import psycopg
from django.db import transaction
from psycopg.sql import SQL, Identifier

from argus_records import db
from argus_records.beyond import RULES, SCORES, VOLUME, beyond
from argus_records.services.audit import audit_record

# Any fixed number: the key of the advisory lock that makes one process the folder.
_LOCK: Final = 0x524F4C4C
# Decisions, and labels, of one fold: so many hold the lock, and are done again if it fails.
FOLD: Final = 20_000

_NEXT: Final = "SELECT position, size FROM decision_batch WHERE position > %s ORDER BY position LIMIT %s"
_LABELS: Final = """
SELECT coalesce(max(id), %(after)s) FROM (SELECT id FROM label WHERE id > %(after)s ORDER BY id LIMIT %(limit)s) l
"""

# Rows that are there are updated by a statement of their own: what a label changes is no row that stands by itself.
_ADD: Final = f"""
WITH batches AS MATERIALIZED (
    SELECT id, decided_at FROM decision_batch WHERE position > %(position)s AND position <= %(until_position)s
), {beyond(batches="batches", position="%(position)s", label="%(label)s", until="%(until_label)s")}
, volume AS MATERIALIZED ({VOLUME}), rules AS MATERIALIZED ({RULES})
, volume_more AS (
    UPDATE volume_hour v SET decisions = v.decisions + n.decisions, amount = v.amount + n.amount,
        fraud = v.fraud + n.fraud, fraud_amount = v.fraud_amount + n.fraud_amount, genuine = v.genuine + n.genuine
    FROM volume n WHERE v.hour = n.hour AND v.currency = n.currency AND v.verdict = n.verdict
), volume_new AS (
    INSERT INTO volume_hour (hour, currency, verdict, decisions, amount, fraud, fraud_amount, genuine)
    SELECT * FROM volume n WHERE NOT EXISTS (
        SELECT FROM volume_hour v WHERE v.hour = n.hour AND v.currency = n.currency AND v.verdict = n.verdict
    )
), rules_more AS (
    UPDATE rule_hour r SET hits = r.hits + n.hits, fraud = r.fraud + n.fraud, genuine = r.genuine + n.genuine
    FROM rules n WHERE r.hour = n.hour AND r.currency = n.currency AND r.code = n.code
)
INSERT INTO rule_hour (hour, currency, code, hits, fraud, genuine)
SELECT * FROM rules n WHERE NOT EXISTS (
    SELECT FROM rule_hour r WHERE r.hour = n.hour AND r.currency = n.currency AND r.code = n.code
)
"""  # noqa: S608 - constants only

_ADD_SCORES: Final = f"""
WITH batches AS MATERIALIZED (
    SELECT id, decided_at, model_version FROM decision_batch
    WHERE position > %(scores)s AND position <= %(until_scores)s
)
INSERT INTO score_hour AS s (hour, model_version, bucket, decisions) {SCORES}
ON CONFLICT (hour, model_version, bucket) DO UPDATE SET decisions = s.decisions + excluded.decisions
"""  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True)
class Folded:
    """What one fold took in, and whether there may be more. ``decisions``: of scores or of the rest, if more."""

    decisions: int
    labels_until: int
    more: bool


@transaction.atomic
def rollups_fold(*, limit: int = FOLD) -> Folded | None:
    """Take in what comes next, with the mark that says so; None when nothing is left or another is at it."""
    with db.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not db.one(cursor):
            return None
        # Another statement, whose snapshot is younger than the lock: the mark is the one that the last folder left.
        cursor.execute("SELECT position, scores, label FROM rollup_mark")
        position, scores, label = cursor.fetchone() or (0, 0, 0)
        until_position, size, more = _reach(cursor, position, limit)
        until_scores, scored, more_scores = _reach(cursor, scores, limit)
        cursor.execute(_LABELS, {"after": label, "limit": limit})
        until_label = db.one(cursor)
        if (until_position, until_scores, until_label) == (position, scores, label):
            return None
        # Lost in a crash together with its mark, and folded again: nobody needs to wait for the disk. Where the planner
        # knows nothing yet it would read whole tables.
        cursor.execute(
            "SELECT set_config('synchronous_commit', 'off', true), set_config('enable_seqscan', 'off', true), "
            "set_config('jit', 'off', true)"
        )
        cursor.execute(
            _ADD,
            {"position": position, "label": label, "until_position": until_position, "until_label": until_label},
        )
        cursor.execute(_ADD_SCORES, {"scores": scores, "until_scores": until_scores})
        cursor.execute(
            """INSERT INTO rollup_mark (id, position, scores, label) VALUES (1, %s, %s, %s) ON CONFLICT (id)
            DO UPDATE SET position = excluded.position, scores = excluded.scores, label = excluded.label""",
            [until_position, until_scores, until_label],
        )
    return Folded(max(size, scored), until_label, more or more_scores or until_label > label)


def _reach(cursor: psycopg.Cursor[Any], position: int, limit: int) -> tuple[int, int, bool]:
    """Up to which place whole batches of so many decisions reach, how many these are, and whether more may follow."""
    cursor.execute(_NEXT, [position, limit])
    until, size = position, 0
    rows = cursor.fetchall()
    for place, count in rows:
        if size and size + count > limit:
            break
        until, size = place, size + count
    return until, size, bool(rows) and (until < rows[-1][0] or len(rows) == limit)


@transaction.atomic
def rollups_forget() -> None:
    """Begin anew: no sums, and the mark at nothing. Waits for a folder that is at it. The owner of the tables may."""
    with db.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        for table in ("volume_hour", "rule_hour", "score_hour", "rollup_mark"):
            cursor.execute(SQL("DELETE FROM {}").format(Identifier(table)))
    audit_record(actor="system", action="rollups.forgotten", object_type="rollups", object_id="all")
