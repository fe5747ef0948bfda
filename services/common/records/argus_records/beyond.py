"""The SQL of what lies between two marks of the rollups: what a fold adds to them, and what a reader adds to them.

A mark is a place in the decision feed and a label id. Both become visible in their order (see
:mod:`argus_records.services.feed` and :mod:`argus_records.services.labels`), so what lies up to a mark is known for
good, and sums up to one mark and from it to the next are sums up to the next.
"""

from typing import Final

from argus_engine.reasons import MODEL_UNAVAILABLE

from argus_records.models import Decision
from argus_records.stability import BOUNDS

# Of a transaction, the latest statement; of two at the same time, the one that came later.
_IN_FORCE: Final = """LATERAL (
    SELECT label FROM label WHERE transaction_id = t.id AND id <= {until} ORDER BY observed_at DESC, id DESC LIMIT 1
)"""

# A batch is one range of the primary key.
_OF_BATCH: Final = f"id >= b.id << {Decision.BATCH_BITS} AND id < (b.id + 1) << {Decision.BATCH_BITS}"
# OFFSET 0 keeps the planner from joining whole tables: what is new is little, and each row looks up its own.
_TRANSACTION: Final = """CROSS JOIN LATERAL (
    SELECT id, currency, amount FROM transaction WHERE id = d.transaction_id OFFSET 0
) t"""
_HOUR: Final = "date_trunc('hour', b.decided_at, 'UTC') AS hour, t.currency, d.verdict, t.amount, d.codes"
# Of reasons only their codes are carried on: explanations of alerts are long. That no model took part is said of a
# decision, and is none of its reasons.
_DECISION: Final = f"""transaction_id, batch_id, verdict,
    jsonb_path_query_array(reasons, '$[*].code ? (@ <> "{MODEL_UNAVAILABLE}")') AS codes"""


def beyond(*, batches: str, position: str, label: str, until: str = "9223372036854775807", within: str = "true") -> str:
    """The tables ``fresh``, ``moved`` and ``changes`` for a WITH clause.

    ``batches``: a table of the batches beyond the mark (id, decided_at). ``position``, ``label``: the mark; ``until``:
    labels up to this id count. ``within``: which batches ``b`` up to the mark are of interest. ``changes`` has
    a row per decision beyond the mark, and one per decision up to it whose label in force is another now.
    """
    return f"""
    fresh AS MATERIALIZED (
        SELECT {_HOUR}, l.label
        FROM {batches} b
        CROSS JOIN LATERAL (
            SELECT {_DECISION} FROM decision WHERE {_OF_BATCH} OFFSET 0
        ) d
        {_TRANSACTION}
        LEFT JOIN {_IN_FORCE.format(until=until)} l ON true
    ), moved AS MATERIALIZED (
        SELECT {_HOUR}, former.label AS former, l.label
        FROM (SELECT DISTINCT transaction_id FROM label WHERE id > {label} AND id <= {until} OFFSET 0) said
        CROSS JOIN LATERAL (
            SELECT {_DECISION} FROM decision WHERE transaction_id = said.transaction_id OFFSET 0
        ) d
        CROSS JOIN LATERAL (
            SELECT decided_at FROM decision_batch b
            WHERE id = d.batch_id AND position <= {position} AND {within} OFFSET 0
        ) b
        {_TRANSACTION}
        LEFT JOIN {_IN_FORCE.format(until=label)} former ON true
        CROSS JOIN {_IN_FORCE.format(until=until)} l
        WHERE former.label IS DISTINCT FROM l.label
    ), changes AS (
        SELECT hour, currency, verdict, amount, codes, 1 AS decisions,
            coalesce((label = 'fraud')::int, 0) AS fraud, coalesce((label = 'genuine')::int, 0) AS genuine
        FROM fresh
        UNION ALL
        SELECT hour, currency, verdict, amount, codes, 0,
            (label = 'fraud')::int - coalesce((former = 'fraud')::int, 0),
            (label = 'genuine')::int - coalesce((former = 'genuine')::int, 0)
        FROM moved
    )"""  # noqa: S608 - constants only


VOLUME: Final = """
    SELECT hour, currency, verdict, sum(decisions)::bigint AS decisions, sum(amount * decisions) AS amount,
        sum(fraud)::bigint AS fraud, sum(amount * fraud) AS fraud_amount, sum(genuine)::bigint AS genuine
    FROM changes GROUP BY hour, currency, verdict
"""
# A decision that names a reason twice is one hit.
RULES: Final = """
    SELECT hour, currency, code, sum(decisions)::bigint AS hits, sum(fraud)::bigint AS fraud,
        sum(genuine)::bigint AS genuine
    FROM changes CROSS JOIN LATERAL (SELECT DISTINCT code FROM jsonb_array_elements_text(codes) AS c(code)) c
    GROUP BY hour, currency, code
"""
# Of a table ``batches`` (id, decided_at, model_version). No label moves a score. A version that failed on a transaction
# took no part in its decision.
SCORES: Final = f"""
    SELECT date_trunc('hour', b.decided_at, 'UTC') AS hour,
        CASE WHEN d.forest_score IS NULL THEN '' ELSE coalesce(b.model_version, '') END AS model_version,
        width_bucket(d.score, '{{{", ".join(map(str, BOUNDS))}}}'::float8[]) AS bucket, count(*) AS decisions
    FROM batches b
    CROSS JOIN LATERAL (SELECT score, forest_score FROM decision WHERE {_OF_BATCH} OFFSET 0) d
    GROUP BY 1, 2, 3
"""  # noqa: S608 - constants only
