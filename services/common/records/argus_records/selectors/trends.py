"""Long ranges of the past: volume, verdicts, fraud and hits per rule, from the sums by the hour and what lies beyond.

Each answer is one statement, hence of one moment: the mark, the sums up to it and the rows beyond it belong together,
and a fold between two questions changes nothing. Ranges begin and end at a full hour.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import psycopg
from django.db import transaction

from argus_records import db
from argus_records.beyond import RULES, SCORES, VOLUME, beyond

# Nothing is asked for so long but of a ledger whose past has not been summed yet.
TIMEOUT: Final = "5s"
# A page goes without scores rather than be held up by them.
SCORES_TIMEOUT: Final = "1s"

_WITHIN: Final = "b.decided_at >= %(since)s AND b.decided_at < %(until)s"
# OFFSET 0: what is beyond the mark is little, and is what the index is to be asked for first.
_BATCHES: Final = f"""batches AS MATERIALIZED (
    SELECT id, decided_at, model_version FROM (
        SELECT id, decided_at, model_version FROM decision_batch
        WHERE position > (SELECT position FROM mark) OFFSET 0
    ) b WHERE {_WITHIN}
    UNION ALL
    SELECT id, decided_at, model_version FROM (
        SELECT id, decided_at, model_version FROM decision_batch WHERE position IS NULL OFFSET 0
    ) b WHERE {_WITHIN}
)"""  # noqa: S608 - constants only
_BEYOND: Final = f"""
WITH mark AS MATERIALIZED (
    SELECT coalesce(max(position), 0) AS position, coalesce(max(label), 0) AS label FROM rollup_mark
), {_BATCHES}, {
    beyond(
        batches="batches",
        position="(SELECT position FROM mark)",
        label="(SELECT label FROM mark)",
        within=_WITHIN,
    )
}"""  # noqa: S608 - constants only

_VOLUME: Final = f"""
{_BEYOND}
SELECT date_bin(%(step)s, hour, %(since)s) AS start, currency, verdict, sum(decisions)::bigint, sum(amount),
    sum(fraud)::bigint, sum(fraud_amount), sum(genuine)::bigint
FROM (
    SELECT hour, currency, verdict, decisions, amount, fraud, fraud_amount, genuine FROM volume_hour
    WHERE hour >= %(since)s AND hour < %(until)s
    UNION ALL ({VOLUME})
) v GROUP BY 1, 2, 3 HAVING sum(decisions) > 0 ORDER BY 1, 2, 3
"""  # noqa: S608 - constants only

_RULES: Final = f"""
{_BEYOND}
SELECT code, sum(hits)::bigint, sum(fraud)::bigint, sum(genuine)::bigint
FROM (
    SELECT currency, code, hits, fraud, genuine FROM rule_hour WHERE hour >= %(since)s AND hour < %(until)s
    UNION ALL SELECT currency, code, hits, fraud, genuine FROM ({RULES}) r
) r WHERE %(currency)s = '' OR currency = %(currency)s
GROUP BY code HAVING sum(hits) > 0 ORDER BY 2 DESC, 1
"""  # noqa: S608 - constants only

_SCORES: Final = f"""
WITH mark AS MATERIALIZED (SELECT coalesce(max(scores), 0) AS position FROM rollup_mark), {_BATCHES}
SELECT date_bin(%(step)s, hour, %(since)s) AS start, model_version, bucket, sum(decisions)::bigint
FROM (
    SELECT hour, model_version, bucket, decisions FROM score_hour WHERE hour >= %(since)s AND hour < %(until)s
    UNION ALL ({SCORES})
) s GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""  # noqa: S608 - constants only


class StillSummingError(Exception):
    """What lies beyond the mark is too much to be added up while somebody waits."""


@dataclass(frozen=True, slots=True)
class Volume:
    """Decisions of one step in one currency with one verdict. ``fraud`` and ``genuine``: by the labels in force."""

    start: datetime
    currency: str
    verdict: str
    decisions: int
    amount: Decimal
    fraud: int
    fraud_amount: Decimal
    genuine: int


@dataclass(frozen=True, slots=True)
class RuleHits:
    """Decisions that name one reason. ``fraud`` and ``genuine``: by the labels in force."""

    code: str
    hits: int
    fraud: int
    genuine: int


@dataclass(frozen=True, slots=True)
class Scores:
    """Decisions of one step by one version of the model with a score of one bucket of argus_records.stability.

    ``model_version``: empty for decisions in which no model took part.
    """

    start: datetime
    model_version: str
    bucket: int
    decisions: int


def volume(*, since: datetime, until: datetime, step: timedelta) -> list[Volume]:
    """Decisions of [since, until) by the step in which they were made, by currency and verdict.

    Raises StillSummingError.
    """
    return [Volume(*row) for row in _ask(_VOLUME, {"since": since, "until": until, "step": step})]


def rule_hits(*, since: datetime, until: datetime, currency: str = "") -> list[RuleHits]:
    """How often each reason was named in decisions of [since, until), most often first; of one currency, or of all.

    Raises StillSummingError.
    """
    return [RuleHits(*row) for row in _ask(_RULES, {"since": since, "until": until, "currency": currency})]


def scores(*, since: datetime, until: datetime, step: timedelta) -> list[Scores]:
    """How the scores of [since, until) are spread, by the step in which they were given and the model that gave them.

    Raises StillSummingError.
    """
    return [Scores(*row) for row in _ask(_SCORES, {"since": since, "until": until, "step": step}, SCORES_TIMEOUT)]


def _ask(statement: str, asked: Mapping[str, Any], timeout: str | None = None) -> Sequence[tuple[Any, ...]]:
    try:
        with transaction.atomic(), db.cursor() as cursor:
            # What is beyond the mark is not known when the statement is planned, and would be taken for a third of all.
            cursor.execute(
                "SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true), "
                "set_config('statement_timeout', %s, true)",
                [timeout or TIMEOUT],
            )
            cursor.execute(statement, asked)
            return cursor.fetchall()
    except psycopg.errors.QueryCanceled as error:
        raise StillSummingError("the sums by the hour are far behind") from error
