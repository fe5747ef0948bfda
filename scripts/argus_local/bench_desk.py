"""What the desk's pages cost with 100,000 alerts: milliseconds to make each, and kilobytes to load it the first time.

The ledger is made by SQL in a database of its own; its alerts are gathered into cases by the service that gathers.
Pages are asked for by Django's test client: what gunicorn and the network add is measured by the other parts.
"""

import gzip
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

import psycopg

from argus_local.bench_ranges import times
from argus_local.servers import free_port, postgres, redis

ALERTS: Final = 100_000
CALLS: Final = 10
# Alerts on the busiest customer, whose case shows them all.
BUSY: Final = 100
_PASSWORD: Final = "bench bench bench"
_FILL: Final = """
SET session_replication_role = replica;
SET synchronous_commit = off;
INSERT INTO api_client (id, name) VALUES (1, 'bench');
INSERT INTO decision_batch (id, position, worker, ruleset_id, feature_schema_id, code_version, decided_at, size,
    reviewed, blocked, latency_counts)
SELECT b, b, 'w', 1, (SELECT digest FROM feature_schema LIMIT 1), '1', now() - (100 - b) * interval '6 hours',
    {alerts} * 4 / 100, 0, 0,
    array_fill(0, ARRAY[25])
FROM generate_series(1, 100) AS b;
INSERT INTO transaction (id, client_id, transaction_id, digest, occurred_at, received_at, customer_id, shard, amount,
    currency, type, counterparty_id, country, channel, device_id, ip_address, metadata)
SELECT n, 1, 'transaction-' || n, decode(md5(n::text), 'hex'), b.decided_at - interval '1 second', b.decided_at,
    CASE WHEN n <= {busy} THEN 'customer-busy' ELSE 'customer-' || n % ({alerts} * 2 / 3) END,
    n % 64, (1 + n % 99991)::numeric / 10, (ARRAY['EUR', 'EUR', 'USD'])[1 + n % 3], 'card_payment',
    'shop-' || n % 2000, (ARRAY['DE', 'FR', 'GB', 'US'])[1 + n % 4], (ARRAY['web', 'pos'])[1 + n % 2],
    'device-' || n % 50000, ('10.' || n % 200 || '.' || n / 7 % 200 || '.' || n % 250)::inet, '{{"terminal": "T-1"}}'
FROM generate_series(1, {alerts} * 4) AS n JOIN decision_batch b ON b.id = 1 + n % 100;
INSERT INTO decision (id, batch_id, transaction_id, verdict, score, reasons, features)
SELECT (1 + n % 100 << 14) + n / 100, 1 + n % 100, n,
    CASE WHEN n % 8 = 0 THEN 'block' WHEN n <= {alerts} THEN 'review' ELSE 'approve' END, (n % 1000) / 1000.0,
    jsonb_build_array(
        jsonb_build_object('code', 'rule_' || n % 12, 'kind', 'rule', 'weight', 0.5,
            'message', 'The fourth payment within ten minutes; this customer usually makes one or two.'),
        jsonb_build_object('code', 'rule_' || n % 7, 'kind', 'rule', 'weight', 0.3,
            'message', '3.2 times the median of this customer''s last 90 days.')),
    array_fill(0.25::float8, ARRAY[cardinality((SELECT names FROM feature_schema LIMIT 1))])
FROM generate_series(1, {alerts} * 4) AS n;
INSERT INTO alert (transaction_id, decision_id, opened_at, status, verdict, score, customer_id, amount, currency, codes,
    headline)
SELECT t.id, d.id, t.received_at, 'open', CASE WHEN t.id % 8 = 0 THEN 'block' ELSE 'review' END, d.score,
    t.customer_id, t.amount, t.currency, ARRAY['rule_' || t.id % 12, 'rule_' || t.id % 7],
    t.amount || ' ' || t.currency || ' is the fourth payment within ten minutes; this customer usually makes one.'
FROM transaction t JOIN decision d ON d.transaction_id = t.id WHERE t.id <= {alerts} ORDER BY t.id;
SET session_replication_role = origin;
"""
# Three cases in five have been decided.
_DECIDED: Final = """
UPDATE alert_case SET state = 'closed', disposition = CASE WHEN id % 20 = 0 THEN 'confirmed_fraud' ELSE 'false_positive'
    END, closed_at = latest_at + interval '9 hours', closed_by = 'user:bench', labelled_at = now()
WHERE id % 5 < 3 AND customer_id <> 'customer-busy';
UPDATE alert a SET status = CASE WHEN c.disposition = 'confirmed_fraud' THEN 'blocked' ELSE 'approved' END,
    decided_at = c.closed_at, decided_by = c.closed_by
FROM alert_case c WHERE a.case_id = c.id AND c.state = 'closed';
"""
PAGES: Final = (
    ("queue", "cases to take", "/cases/"),
    ("all", "all cases, by priority", "/cases/?pile=all&sort=priority"),
    ("closed", "closed cases, by amount", "/cases/?pile=closed&sort=amount"),
    ("words", "open cases, by words of the reason", "/cases/?pile=open&text=payment+within"),
    ("deep", "the last page of all cases", "/cases/?pile=all&sort=oldest&after={deep}"),
    ("case", "a case of one alert", "/cases/{case}/"),
    ("busy", f"a case of {BUSY} alerts", "/cases/{busy}/"),
    ("alerts", "open alerts", "/alerts/"),
    ("amounts", "all alerts, by amount", "/alerts/?status=all&sort=amount"),
    ("transactions", "transactions", "/transactions/"),
    ("trends", "trends of 90 days", "/overview/trends/?range=90d"),
    ("audit", "the audit log", "/audit/"),
    ("approvals", "approvals", "/approvals/"),
    ("month", "the report of the fullest month", "/reports/{month}/"),
)
# What is kept, not looked at: the kilobytes are the file's.
FILES: Final = (
    ("month_pdf", "the same report as PDF", "/reports/{month}/report.pdf"),
    ("busy_json", f"the file of a case of {BUSY} alerts as JSON", "/cases/{busy}/file.json"),
    ("busy_pdf", "the same file as PDF", "/cases/{busy}/file.pdf"),
)


def measure(*, alerts: int = ALERTS, calls: int = CALLS) -> dict[str, Any]:
    """Milliseconds and kilobytes of each page. In a process of its own: Django's settings are made once in each."""
    done = subprocess.run(
        [sys.executable, "-m", "argus_local.bench_desk", str(alerts), str(calls)],
        cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def run(alerts: int, calls: int) -> dict[str, Any]:
    """The same within this process."""
    with tempfile.TemporaryDirectory(prefix="argus-desk-") as folder:
        database, cache = postgres(Path(folder) / "data", port=free_port()), redis(Path(folder), port=free_port())
        database.start()
        cache.start()
        try:
            _connect(database.url, cache.url)
            return _measure(database.url, alerts, calls)
        finally:
            cache.stop()
            database.stop()
            database.delete()


def _connect(database: str, cache: str) -> None:
    """Django's web service on these, and its tables."""
    os.environ |= {"DATABASE_URL": database, "REDIS_URL": cache, "ARGUS_DEBUG": "1", "ARGUS_LOG_LEVEL": "ERROR"}
    os.environ["DJANGO_SETTINGS_MODULE"] = "argus_web.settings"
    subprocess.run([sys.executable, "-m", "django", "migrate", "--verbosity", "0"], check=True)
    import django

    django.setup()
    from django.conf import settings

    # As it is served: templates compiled once, nothing kept for a page of errors.
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["testserver"]
    warnings.filterwarnings("ignore", "No directory at")


def _measure(url: str, alerts: int, calls: int) -> dict[str, Any]:
    from argus_engine import catalogue
    from argus_records.models import Case, VolumeHour
    from argus_records.selectors.paging import cursor_encode
    from argus_records.services.cases.gather import cases_gather
    from argus_records.services.rollups import rollups_fold
    from argus_records.services.scoring import feature_schema_ensure
    from argus_web.accounts.roles import Role
    from argus_web.accounts.services import officer_create
    from django.db import connection
    from django.db.models import Sum
    from django.db.models.functions import TruncMonth
    from django.test import Client

    feature_schema_ensure(digest=catalogue.SCHEMA_DIGEST, names=[feature.name for feature in catalogue.FEATURES])
    with psycopg.connect(url, autocommit=True) as ledger:
        ledger.execute(_FILL.format(alerts=alerts, busy=BUSY))
        ledger.execute("VACUUM ANALYZE")
        begun = time.perf_counter()
        gathered = cases_gather()
        seconds = time.perf_counter() - begun
        ledger.execute(_DECIDED)
        while rollups_fold(limit=20_000) is not None:
            pass
        ledger.execute("VACUUM ANALYZE")
    busy = Case.objects.get(customer_id="customer-busy")
    alone = Case.objects.filter(alerts_count=1).exclude(state="closed").order_by("-id").first()
    deep = Case.objects.order_by("-id").values_list("id", flat=True)[60]
    fullest = VolumeHour.objects.values(month=TruncMonth("hour")).annotate(total=Sum("decisions")).order_by("-total")
    where = {
        "busy": busy.pk,
        "case": alone.pk if alone else busy.pk,
        "deep": cursor_encode(deep, deep),
        "month": f"{fullest[0]['month']:%Y-%m}",
    }
    browser = Client()
    browser.force_login(
        officer_create(username="bench", password=_PASSWORD, actor="system", roles=[Role.ADMINISTRATOR])
    )
    figures: dict[str, Any] = {
        "desk_alerts": gathered,
        "desk_cases": Case.objects.count(),
        "desk_gathered_per_s": round(gathered / seconds),
    }
    for name, _, path in PAGES:
        figures |= _page(browser, name, path.format(**where), calls)
    for name, _, path in FILES:
        figures |= _timed(browser, name, path.format(**where), calls)[0]
    begun = time.perf_counter()
    answer = browser.get("/cases.csv?pile=all")
    rows = sum(chunk.count(b"\n") for chunk in answer.streaming_content)  # type: ignore[attr-defined]
    figures["desk_csv_rows_per_s"] = round(rows / (time.perf_counter() - begun))
    connection.close()
    return figures


def _timed(browser: Any, name: str, path: str, calls: int) -> tuple[dict[str, Any], bytes]:
    """What to make it takes, how much it is, and the answer itself."""
    answer = browser.get(path)
    if answer.status_code != 200:
        raise AssertionError(f"{path}: {answer.status_code}")
    body = answer.getvalue()
    took = times(lambda: browser.get(path).getvalue(), calls)
    figures = {
        f"desk_{name}_p50_ms": round(median(took), 1),
        f"desk_{name}_p95_ms": round(quantiles(took, n=20)[-1], 1),
        f"desk_{name}_kb": round(len(body) / 1000),
    }
    return figures, body


def _page(browser: Any, name: str, path: str, calls: int) -> dict[str, Any]:
    figures, body = _timed(browser, name, path, calls)
    # The page as it is, and what it loads as it is served: compressed.
    weight = len(body) + sum(_size(found) for found in _assets(body.decode()))
    return figures | {f"desk_{name}_kb": round(weight / 1000)}


def _assets(page: str) -> set[str]:
    """Style sheets, scripts and pictures that a page loads, and the modules that its scripts load in turn."""
    found = set(re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|js|svg))"', page))
    todo = {path for path in found if path.endswith(".js") and "/vendor/" not in path}
    while todo:
        path = todo.pop()
        for name in re.findall(r'from "\./([\w.]+)"', _text(path)):
            module = f"{path.rpartition('/')[0]}/{name}"
            if module not in found:
                found.add(module)
                todo.add(module)
    return found


def _file(path: str) -> Path:
    from django.contrib.staticfiles import finders

    name = path.removeprefix("/static/")
    # A collected file has its digest in its name.
    known = finders.find(name) or finders.find(re.sub(r"\.[0-9a-f]{12}\.", ".", name))
    if known is None:
        raise AssertionError(f"{path} is not there")
    return Path(str(known))


def _text(path: str) -> str:
    return _file(path).read_text()


def _size(path: str) -> int:
    return len(gzip.compress(_file(path).read_bytes(), 9))


if __name__ == "__main__":
    print(json.dumps(run(*(int(word) for word in sys.argv[1:]))))
