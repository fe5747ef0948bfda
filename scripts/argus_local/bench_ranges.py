"""What the page "Trends" asks of a million transactions over 90 days, by its sums and from the ledger's own tables.

The ledger is made by SQL in a database of its own: batches of ten, two alerts and one label in a hundred transactions,
some superseded, three currencies, twelve rules, a new version of the model each week and every fiftieth batch decided
without one. The last of it is left unfolded, as between two sweeps.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final, LiteralString

import psycopg
from psycopg.sql import SQL, Identifier

from argus_local.servers import free_port, postgres

TRANSACTIONS: Final = 1_000_000
DAYS: Final = 90
BATCH: Final = 10
# What a busy ledger decides between two sweeps.
UNFOLDED: Final = 2_000
CALLS: Final = 20
DAY: Final = timedelta(days=1)
_FEATURES: Final = 60

_FILL: Final = """
SET session_replication_role = replica;
SET synchronous_commit = off;
SELECT setseed(0.5);
INSERT INTO api_client (id, name) VALUES (1, 'bench');
INSERT INTO feature_schema (digest, names) VALUES ('bench', '{{}}');
INSERT INTO decision_batch (id, position, worker, ruleset_id, feature_schema_id, code_version, decided_at, size,
    reviewed, blocked, latency_counts, model_version, model_digest)
SELECT b, b, 'w', 1, 'bench', '1',
    '{until}'::timestamptz - ({batches} - b + 0.5) * {days} * interval '1 day' / {batches}, {batch},
    0, 0, array_fill(0, ARRAY[25]),
    CASE WHEN b % 50 > 0 THEN 1 + b::bigint * {days} / 7 / {batches} END, CASE WHEN b % 50 > 0 THEN 'd' END
FROM generate_series(1, {batches}) AS b;
INSERT INTO transaction (id, client_id, transaction_id, digest, occurred_at, received_at, customer_id, shard, amount,
    currency, type, counterparty_id, country)
SELECT n, 1, 'transaction-' || n, decode(md5(n::text), 'hex'), b.decided_at - interval '1 second', b.decided_at,
    'customer-' || n % 5000, n % 64, (1 + n % 99991)::numeric / 100,
    (ARRAY['EUR', 'EUR', 'EUR', 'USD', 'GBP'])[1 + n % 5], 'card_payment', 'shop-' || n % 2000, 'DE'
FROM generate_series(1, {count}) AS n JOIN decision_batch b ON b.id = (n - 1) / {batch} + 1;
INSERT INTO decision (id, batch_id, transaction_id, verdict, score, forest_score, reasons, features)
SELECT ((n - 1) / {batch} + 1 << 14) | ((n - 1) % {batch}), (n - 1) / {batch} + 1, n,
    CASE WHEN n % 200 = 0 THEN 'block' WHEN n % 67 = 0 THEN 'review' ELSE 'approve' END,
    0.005 / (0.005 + (n % 10007 * 7919 % 10007) / 10007.0), CASE WHEN ((n - 1) / {batch} + 1) % 50 > 0 THEN 0.4 END,
    CASE WHEN n % 200 = 0 OR n % 67 = 0 OR n % 9 = 0 THEN jsonb_build_array(
        jsonb_build_object('code', 'rule_' || n % 12, 'kind', 'rule', 'weight', 0.5,
            'message', 'The fourth payment within ten minutes; this customer usually makes one or two.'),
        jsonb_build_object('code', 'rule_' || n % 7, 'kind', 'rule', 'weight', 0.3,
            'message', '3.2 times the median of this customer''s last 90 days.')
    ) ELSE '[]' END,
    array_fill(0.25::float8, ARRAY[{features}])
FROM generate_series(1, {count}) AS n;
INSERT INTO alert (transaction_id, decision_id, opened_at, status, verdict, score, customer_id, amount, currency, codes,
    headline, decided_at, decided_by)
SELECT d.transaction_id, d.id, b.decided_at, s.status, d.verdict, 0.5, t.customer_id, t.amount, t.currency,
    ARRAY(SELECT DISTINCT r ->> 'code' FROM jsonb_array_elements(d.reasons) r),
    'The fourth payment within ten minutes; this customer usually makes one or two.',
    CASE WHEN s.status <> 'open' THEN b.decided_at + interval '9 hours' END, CASE WHEN s.status <> 'open' THEN 'a' END
FROM decision d JOIN transaction t ON t.id = d.transaction_id JOIN decision_batch b ON b.id = d.batch_id
CROSS JOIN LATERAL (SELECT CASE WHEN b.decided_at > '{until}'::timestamptz - interval '2 days' THEN 'open'
    WHEN d.id % 20 = 0 THEN 'blocked' WHEN d.id % 50 = 1 THEN 'escalated' ELSE 'approved' END AS status) s
WHERE d.verdict <> 'approve' ORDER BY d.id;
INSERT INTO label (transaction_id, label, source, observed_at, actor)
SELECT t.id, CASE WHEN t.id % 3 = 0 THEN 'fraud' ELSE 'genuine' END, 'chargeback',
    t.occurred_at + interval '20 days', 'client:bench'
FROM transaction t WHERE t.id % 100 = 0
UNION ALL
SELECT t.id, 'genuine', 'review', t.occurred_at + interval '30 days', 'client:bench'
FROM transaction t WHERE t.id % 900 = 0;
SET session_replication_role = origin;
"""

# The same questions, asked of the ledger's own tables.
_LABELS: Final = (
    "SELECT DISTINCT ON (transaction_id) transaction_id, label FROM label ORDER BY 1, observed_at DESC, id DESC"
)
_VOLUME: Final = f"""
SELECT date_bin(%(step)s, b.decided_at, %(since)s), t.currency, d.verdict, count(*), sum(t.amount),
    count(*) FILTER (WHERE l.label = 'fraud'), coalesce(sum(t.amount) FILTER (WHERE l.label = 'fraud'), 0),
    count(*) FILTER (WHERE l.label = 'genuine')
FROM decision d JOIN decision_batch b ON b.id = d.batch_id JOIN transaction t ON t.id = d.transaction_id
LEFT JOIN ({_LABELS}) l ON l.transaction_id = t.id
WHERE b.decided_at >= %(since)s AND b.decided_at < %(until)s GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
_RULES: Final = f"""
SELECT c.code, count(*), count(*) FILTER (WHERE l.label = 'fraud'), count(*) FILTER (WHERE l.label = 'genuine')
FROM decision d JOIN decision_batch b ON b.id = d.batch_id
CROSS JOIN LATERAL (SELECT DISTINCT r ->> 'code' FROM jsonb_array_elements(d.reasons) r) c(code)
LEFT JOIN ({_LABELS}) l ON l.transaction_id = d.transaction_id
WHERE b.decided_at >= %(since)s AND b.decided_at < %(until)s GROUP BY 1 ORDER BY 2 DESC, 1
"""
_SCORES: Final = """
SELECT date_bin(%(step)s, b.decided_at, %(since)s), coalesce(b.model_version, ''),
    width_bucket(d.score, %(bounds)s::float8[]), count(*)
FROM decision d JOIN decision_batch b ON b.id = d.batch_id
WHERE b.decided_at >= %(since)s AND b.decided_at < %(until)s GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""

# Alerts have no sums; these are the questions of the page as somebody would ask them, one after the other.
_ALERTS: Final = """
SELECT 'opened', date_bin(%(step)s, opened_at, %(since)s), '', count(*) FROM alert
WHERE opened_at >= %(since)s AND opened_at < %(until)s GROUP BY 2
UNION ALL SELECT 'decided', date_bin(%(step)s, decided_at, %(since)s), status, count(*) FROM alert
WHERE status IN ('approved', 'blocked') AND decided_at >= %(since)s AND decided_at < %(until)s GROUP BY 2, 3
UNION ALL SELECT 'waits', NULL, status, count(*) FROM alert WHERE status IN ('open', 'escalated') GROUP BY 3
ORDER BY 1, 2, 3
"""
_NOISE: Final = """
SELECT r.code, a.status, count(*) FROM alert a JOIN decision d ON d.id = a.decision_id
CROSS JOIN LATERAL (SELECT DISTINCT j ->> 'code' FROM jsonb_array_elements(d.reasons) j) r(code)
WHERE a.opened_at >= %(since)s AND a.opened_at < %(until)s GROUP BY 1, 2 ORDER BY 1, 2
"""
_PLAIN: Final[dict[str, LiteralString]] = {
    "volume": _VOLUME, "rules": _RULES, "scores": _SCORES, "alerts": _ALERTS, "noise": _NOISE,
}  # fmt: skip


def measure(*, transactions: int = TRANSACTIONS, calls: int = CALLS) -> dict[str, Any]:
    """Milliseconds of each question, and of the same from the ledger's own tables. Raises if the answers differ."""
    with tempfile.TemporaryDirectory(prefix="argus-ranges-") as folder:
        server = postgres(Path(folder) / "data", port=free_port())
        server.start()
        try:
            _connect(server.url)
            return _measure(server.url, transactions, calls)
        finally:
            server.stop()
            server.delete()


def _connect(url: str) -> None:
    """Django on this database, and its tables."""
    os.environ |= {"DATABASE_URL": url, "REDIS_URL": "redis://127.0.0.1:1/0"}
    os.environ["DJANGO_SETTINGS_MODULE"] = "argus_worker.settings"
    subprocess.run([sys.executable, "-m", "django", "migrate", "--verbosity", "0"], check=True)
    import django

    django.setup()


def _measure(url: str, transactions: int, calls: int) -> dict[str, Any]:
    from argus_records.selectors import alert_trends, trends
    from argus_records.services.rollups import rollups_fold
    from argus_records.stability import BOUNDS
    from django.db import connection

    until = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    since = until - DAYS * DAY
    with psycopg.connect(url, autocommit=True) as ledger:
        ledger.execute(
            _FILL.format(
                until=until,
                days=DAYS,
                batch=BATCH,
                batches=transactions // BATCH,
                count=transactions,
                features=_FEATURES,
            )
        )
        ledger.execute("VACUUM ANALYZE")
        begun = time.perf_counter()
        limit, left = 20_000, transactions - UNFOLDED
        folded = 0
        while folded < left and (done := rollups_fold(limit=min(limit, left - folded))) is not None:
            folded += done.decisions
        seconds = time.perf_counter() - begun
        ledger.execute("VACUUM ANALYZE volume_hour, rule_hour, score_hour")
        asked = {"since": since, "until": until, "step": DAY, "bounds": list(BOUNDS)}
        edges = [until - age * DAY for age in (7, 3, 1)]
        questions: dict[str, Callable[[], Any]] = {
            "volume": lambda: trends.volume(since=since, until=until, step=DAY),
            "rules": lambda: trends.rule_hits(since=since, until=until),
            "scores": lambda: trends.scores(since=since, until=until, step=DAY),
            "alerts": lambda: alert_trends.alert_moves(since=since, until=until, step=DAY, edges=edges),
            "noise": lambda: alert_trends.alerts_by_rule(since=since, until=until),
        }
        figures: dict[str, Any] = {"ranges_fold_per_s": round(folded / seconds), "ranges_days": DAYS}
        for table in ("transaction", "alert", "label"):
            counted = ledger.execute(SQL("SELECT count(*) FROM {}").format(Identifier(table))).fetchone()
            figures[f"ranges_{table}s"] = counted[0] if counted else 0
        for name, ask in questions.items():
            took = times(ask, calls)
            figures[f"ranges_{name}_p50_ms"] = round(median(took), 1)
            figures[f"ranges_{name}_p95_ms"] = round(quantiles(took, n=20)[-1], 1)
        for name, statement in _PLAIN.items():
            took = times(partial(_rows, ledger, statement, asked), 3)
            figures[f"ranges_{name}_unrolled_ms"] = round(median(took))
            if _answer(questions[name]()) != _rows(ledger, statement, asked):
                raise AssertionError(f"{name}: the sums are not what the ledger says")
    connection.close()
    return figures


def _rows(ledger: "psycopg.Connection[Any]", statement: LiteralString, asked: dict[str, Any]) -> list[Any]:
    return ledger.execute(statement, asked).fetchall()


def _answer(found: Any) -> list[Any]:
    """What a selector gave, as the rows of the plain statement."""
    if isinstance(found, list):
        return [tuple(getattr(row, name) for name in row.__slots__) for row in found]
    if isinstance(found, dict):
        return sorted((code, status, number) for code, by in found.items() for status, number in by.items())
    waits: dict[str, int] = {}
    for (status, _), number in found.waits.items():
        waits[status] = waits.get(status, 0) + number
    return [
        *(("decided", start, status, number) for (start, status), number in sorted(found.decided.items())),
        *(("opened", start, "", number) for start, number in sorted(found.opened.items())),
        *(("waits", None, status, number) for status, number in sorted(waits.items())),
    ]


def times(ask: Callable[[], Any], calls: int) -> list[float]:
    """Milliseconds of each of so many calls, after one that is not counted."""
    ask()
    took = []
    for _ in range(calls):
        begun = time.perf_counter()
        ask()
        took.append((time.perf_counter() - begun) * 1000)
    return took
