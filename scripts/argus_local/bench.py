"""Measures Argus on this machine: everything on it, the load included.

Ratios hold on any machine, rates only on this one: the database's own rate of durable single-row inserts is measured in
the same run.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib import import_module
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any, Final

import psutil

from argus_local import load, viewers
from argus_local.client import Client, to_decided_ms, wait_for_model
from argus_local.processes import StartError
from argus_local.programs import ROOT
from argus_local.say import say
from argus_local.signals import stop_on_signals
from argus_local.simulator import Stream
from argus_local.stack import Stack, throw_away

SIZES: Final = {"single": 6000, "bulk": 30_000, "paced_seconds": 20, "pgbench_seconds": 8, "viewers": 100}
QUICK: Final = {"single": 1500, "bulk": 20_000, "paced_seconds": 5, "pgbench_seconds": 3, "viewers": 100}
BULK_SIZE: Final = 2500
CONCURRENCY: Final = 32
PACE: Final = 100
MODEL_SECONDS: Final = 90
NAMES: Final = ("single", "bulk", "paced", "dashboards", "pg", "backtest", "history", "engine", "ranges", "desk")
# What needs no running stack.
ALONE: Final = frozenset({"history", "engine", "ranges", "desk"})
# A row about as wide as a transaction, and as durable.
TABLE: Final = """CREATE TABLE IF NOT EXISTS bench_insert (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_id bigint, transaction_id text, occurred_at timestamptz, customer_id text, amount numeric(20, 4),
    currency text, type text, counterparty_id text, country text, metadata jsonb,
    UNIQUE (client_id, transaction_id))"""
DISK: Final = """SELECT sum(pg_total_relation_size(c.oid)) / (SELECT count(*) FROM decision) FROM pg_class c
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname <> 'bench_insert'"""
INSERT: Final = """\\set n random(1, 1000000000000)
INSERT INTO bench_insert
    (client_id, transaction_id, occurred_at, customer_id, amount, currency, type, counterparty_id, country)
VALUES (1, 'transaction-' || (:n)::text, now(), 'customer-' || ((:n)::bigint % 1000)::text, 12.50, 'EUR',
    'card_payment', 'shop', 'DE')
ON CONFLICT DO NOTHING;
"""


def parser() -> argparse.ArgumentParser:
    """What the command line takes."""
    made = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    made.add_argument("--quick", action="store_true", help="smaller numbers, rougher figures")
    made.add_argument("--only", choices=NAMES, action="append", help="measure this alone (may be repeated)")
    made.add_argument("--markdown", action="store_true", help="write the figures to docs/benchmarks.md")
    return made


def main() -> int:
    """Measure; the figures are the last line of standard output, as JSON."""
    options = parser().parse_args()
    chosen = options.only or list(NAMES)
    before = os.getloadavg()[0]
    if set(chosen) <= ALONE:
        figures = {"machine": machine() | {"load_before": round(before, 1)}}
        for name in chosen:
            figures |= import_module(f"argus_local.bench_{name}").measure()
        if options.markdown:
            _sections(chosen, figures)
        print(json.dumps(figures), flush=True)
        return 0
    try:
        with stop_on_signals(), throw_away("bench", say=say) as stack:
            stack.start()
            with Client(stack.url("web"), stack.api_key(client="bench", rate_limit=1_000_000)) as client:
                figures = Bench(stack, client, QUICK if options.quick else SIZES, chosen).run()
    except StartError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    # What others did on the machine meanwhile is not in the figures; whether they did, a reader should know.
    figures["machine"]["load_before"] = round(before, 1)
    if options.markdown:
        from argus_local.report import write

        write(ROOT / "docs" / "benchmarks.md", figures)
        _sections(chosen, figures)
    print(json.dumps(figures), flush=True)
    return 0


def _sections(chosen: Collection[str], figures: dict[str, Any]) -> None:
    """What has a section of its own in the benchmarks."""
    from argus_local.report import write_desk, write_ranges

    for name, write in (("ranges", write_ranges), ("desk", write_desk)):
        if name in chosen:
            write(ROOT / "docs" / "benchmarks.md", figures)


class Bench:
    """One run against a started stack."""

    def __init__(self, stack: Stack, client: Client, sizes: dict[str, int], chosen: list[str]) -> None:
        self.stack, self.client, self.sizes, self.chosen = stack, client, sizes, chosen
        self.port, self.key = stack.ports["web"], client.key
        self.after: str | None = None
        total = sum(sizes.values()) * 3 + sizes["bulk"] * 4 + PACE * sizes["paced_seconds"] + 10_000
        start = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=200)
        self.bodies = (event.body for event in islice(Stream(seed=11, customers=2000, start=start), total))

    def take(self, count: int) -> list[dict[str, Any]]:
        """The next transactions of the stream."""
        return list(islice(self.bodies, count))

    def run(self) -> dict[str, Any]:
        """All that was chosen, after a model has been trained."""
        say("Filling the ledger and training a model")
        self._bulk(self.take(5000))
        self.stack.train()
        model, probes = wait_for_model(self.client, seconds=MODEL_SECONDS)
        if model is None:
            raise StartError(f"no model took part within {MODEL_SECONDS} s; figures without one would say little")
        self._follow(len(probes))
        figures: dict[str, Any] = {"machine": machine(), "model_version": model}
        for name in NAMES:
            if name in self.chosen:
                say(f"Measuring: {name}")
                figures |= getattr(self, f"measure_{name}")()
        if {"single", "pg"} <= set(self.chosen):
            figures["single_to_pg_insert"] = round(figures["single_ingest_per_s"] / figures["pg_insert_per_s"], 3)
        figures["disk_bytes_per_transaction"] = self._disk()
        figures["peak_rss_mb"] = {name: round(used) for name, used in sorted(self.stack.peak_mb.items())}
        return figures

    def _disk(self) -> int:
        """What a decided transaction takes in the database, indexes and the states of customers included."""
        import psycopg

        with psycopg.connect(self.stack.postgres.url) as connection:
            row = connection.execute(DISK).fetchone()
        return round(row[0]) if row else 0

    def _follow(self, count: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        deadline = time.monotonic() + 300
        while len(found) < count:
            page, self.after = self.client.decisions(self.after)
            found += page
            if not page:
                if time.monotonic() > deadline:
                    raise StartError(f"{len(found)} of {count} were decided within 300 s")
                time.sleep(0.02)
        return found

    def _singles(self, count: int) -> float:
        prepared = load.singles(self.key, self.take(count))
        with cold_garbage():
            answers, seconds = load.send_all(self.port, prepared, concurrency=CONCURRENCY)
        accepted(answers, 202)
        return count / seconds

    def measure_single(self) -> dict[str, Any]:
        """Concurrent single POSTs, each answered after its commit."""
        count = self.sizes["single"]
        rate = self._singles(count)
        started = time.monotonic()
        self._follow(count)
        return {"single_ingest_per_s": round(rate), "single_backlog_s": round(time.monotonic() - started, 2)}

    def _bulk(self, bodies: list[dict[str, Any]]) -> float:
        prepared = load.batches(self.key, bodies, BULK_SIZE)
        started = time.perf_counter()
        answers, _ = load.send_all(self.port, prepared, concurrency=2)
        accepted(answers, 200)
        self._follow(len(bodies))
        return time.perf_counter() - started

    def measure_bulk(self) -> dict[str, Any]:
        """From the first byte sent until the feed has given out the last decision."""
        count = self.sizes["bulk"]
        return {"bulk_end_to_end_per_s": round(count / self._bulk(self.take(count)))}

    def measure_paced(self) -> dict[str, Any]:
        """A steady stream that leaves the machine room."""
        count = PACE * self.sizes["paced_seconds"]
        accepted(load.send_paced(self.port, load.singles(self.key, self.take(count)), rate=PACE), 202)
        times = [to_decided_ms(decision) for decision in self._follow(count)]
        return {
            "paced_received_to_decided_p50_ms": round(load.percentile(times, 0.5), 1),
            "paced_received_to_decided_p99_ms": round(load.percentile(times, 0.99), 1),
        }

    def measure_dashboards(self) -> dict[str, Any]:
        """Single ingest without, with and again without open live overviews."""
        count = self.sizes["single"] // 2
        without = self._singles(count)
        self._follow(count)
        with viewers.watching(self.stack, self.sizes["viewers"]) as watched:
            beside = self._singles(count)
        self._follow(count)
        # Before and after: what warms up or slows down in between is not the viewers' doing.
        without = (without + self._singles(count)) / 2
        self._follow(count)
        return {
            "dashboards": self.sizes["viewers"],
            "dashboard_events_seen": watched.events,
            "ingest_with_dashboards_ratio": round(beside / without, 2),
        }

    def measure_pg(self) -> dict[str, Any]:
        """The database's own durable single-row inserts, 8 clients."""
        program = self.stack.postgres.bin / "pgbench"
        url = self.stack.postgres.url
        import psycopg

        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(TABLE)
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
            script.write(INSERT)
            script.flush()
            done = subprocess.run(
                [program, "-n", "-c", "8", "-j", "2", "-M", "prepared", "-T", str(self.sizes["pgbench_seconds"]),
                 "-f", script.name, url],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
        if done.returncode:
            raise StartError(f"pgbench failed: {done.stderr[-500:]}")
        rate = next(line for line in done.stdout.splitlines() if line.startswith("tps"))
        return {"pg_insert_per_s": round(float(rate.split()[2]))}

    def measure_backtest(self) -> dict[str, Any]:
        """The whole ledger decided again, on one core; and bulk beside backtests, relative to without."""
        from argus_local.bench_backtest import Backtests

        count, backtests = self.sizes["bulk"], Backtests(self.stack)
        before = self._bulk(self.take(count))
        self._bulk(self.take(2 * count))
        alone = backtests.rate()
        with backtests.running():
            beside = self._bulk(self.take(count))
        # Before and after: what warms up or slows down in between is not the backtests' doing.
        without = (before + self._bulk(self.take(count))) / 2
        return {"backtest_per_s": alone, "bulk_beside_backtests_ratio": round(without / beside, 2)}

    def measure_history(self) -> dict[str, Any]:
        """What one more transaction costs after a million, against after ten."""
        from argus_local.bench_history import measure

        return measure()

    def measure_engine(self) -> dict[str, Any]:
        """What a decision costs the engine, features given."""
        from argus_local.bench_engine import measure

        return measure()

    def measure_desk(self) -> dict[str, Any]:
        """What the desk's pages cost with 100,000 alerts, in a database of their own."""
        from argus_local.bench_desk import measure

        return measure()

    def measure_ranges(self) -> dict[str, Any]:
        """What the trends of 90 days cost over a million transactions, in a database of their own."""
        from argus_local.bench_ranges import measure

        return measure()


@contextmanager
def cold_garbage() -> Iterator[None]:
    """Without garbage collection in the load's own process: it would be measured too."""
    import gc

    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def accepted(answers: list[load.Answer], status: int) -> None:
    """Figures of refused requests would be worth nothing."""
    for answer in answers:
        if answer.status != status or b'"rejected":[{' in answer.body:
            raise StartError(f"a request was answered with {answer.status}: {answer.body[:300]!r}")


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30),
        "python": platform.python_version(),
        "django": version("django"),
        "numpy": version("numpy"),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
    }


if __name__ == "__main__":
    sys.exit(main())
