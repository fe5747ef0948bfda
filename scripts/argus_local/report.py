"""Writes docs/benchmarks.md from one run's figures."""

from pathlib import Path
from typing import Any

# Figure, what it says, and the bar it must reach ("at least" or "at most").
LINES = (
    ("single_ingest_per_s", "single POSTs a second, each answered after its commit, 32 connections", "≥ 600"),
    (
        "bulk_end_to_end_per_s",
        "bulk, transactions a second from the first byte sent to the last decision read",
        "≥ 3,000",
    ),
    ("paced_received_to_decided_p50_ms", "100 single POSTs a second: received to decided, median, ms", ""),
    ("paced_received_to_decided_p99_ms", "the same, 99th percentile, ms", "≤ 250"),
    ("pg_insert_per_s", "the database's own durable single-row inserts a second (pgbench, 8 clients)", ""),
    ("single_to_pg_insert", "single POSTs relative to that", ""),
    ("ingest_with_dashboards_ratio", "single ingest beside 100 open dashboards, relative to without", ""),
    ("engine_single_ms", "one decision in the engine, features given, explanation included, median, ms", "< 1"),
    ("engine_batch_per_s", "the same in batches of 1,000 on one core, decisions a second", "≥ 30,000"),
    ("engine_attribution_ms", "what each feature adds to one row's forest score, median, ms", "< 1"),
    ("backtest_per_s", "backtest: transactions decided again a second, one process on one core", "≥ 20,000"),
    ("bulk_beside_backtests_ratio", "bulk beside a running backtest, relative to without", "≥ 0.9"),
    ("history_many_us", "one more transaction of a customer who has a million, in the engine, microseconds", ""),
    ("history_cost_ratio", "the same relative to a customer who has ten", "≤ 2"),
    ("disk_bytes_per_transaction", "bytes in the database per decided transaction, indexes and states included", ""),
    ("single_backlog_s", "seconds until the workers had caught up after the single POSTs", ""),
)
MEMORY_BARS = {"web": "≤ 200", "worker": "≤ 400"}


# Question of the page "Trends": what it asks, and what others publish of theirs.
RANGES = (
    ("volume", "decisions, amounts and fraud by day, currency and verdict", "67 (a summary)"),
    ("rules", "hits of each rule, and what labels say of them", "106 (top rules)"),
    ("scores", "how scores are spread, by day and version of the model", ""),
    ("alerts", "alerts opened and decided by day, and what waits by age", ""),
    ("noise", "alerts of each rule by what became of them", ""),
)


def write_ranges(path: Path, figures: dict[str, Any]) -> None:
    """The section "Long ranges", anew in its place or at the end. All else stays."""
    machine = figures["machine"]
    rows = []
    for name, text, others in RANGES:
        p50, p95, plain = (figures[f"ranges_{name}_{what}_ms"] for what in ("p50", "p95", "unrolled"))
        rows.append(f"| {text} | {p50} | {p95} | < 100 | {plain:,} | {others} |")
    section = "\n".join(
        [
            "## Long ranges",
            "",
            f"Written by `scripts/bench --only ranges --markdown` on {machine['date']} ({machine['cpu']}, "
            f"{machine['cores']} cores, {machine['memory_gb']} GB; load average before the start: "
            f"{machine['load_before']}).",
            f'What the page "Trends" asks of {figures["ranges_transactions"]:,} transactions, '
            f"{figures['ranges_alerts']:,} alerts and {figures['ranges_labels']:,} labels over "
            f"{figures['ranges_days']} days, with the last decisions not yet in the sums; milliseconds of 20 calls. "
            "*From the ledger* is the same answer from its own tables, and was compared with it row by row.",
            "",
            "| question | median | 95th percentile | bar | from the ledger | published, Lerian Tracer |",
            "|---|---:|---:|---:|---:|---:|",
            *rows,
            "",
            f"The sums take in {figures['ranges_fold_per_s']:,} decisions a second.",
            "",
        ]
    )
    _section(path, "Long ranges", section)


def write_desk(path: Path, figures: dict[str, Any]) -> None:
    """The section "The desk's pages", anew in its place or at the end. All else stays."""
    from argus_local.bench_desk import FILES, PAGES

    machine = figures["machine"]
    rows = [
        f"| {words} | {figures[f'desk_{name}_p50_ms']} | {figures[f'desk_{name}_p95_ms']} | {bar} "
        f"| {figures[f'desk_{name}_kb']} | {weight} |"
        for made, bar, weight in ((PAGES, "< 1,000", "≤ 300"), (FILES, "", ""))
        for name, words, _ in made
    ]
    section = "\n".join(
        [
            "## The desk's pages",
            "",
            f"Written by `scripts/bench --only desk --markdown` on {machine['date']} ({machine['cpu']}, "
            f"{machine['cores']} cores, {machine['memory_gb']} GB; load average before the start: "
            f"{machine['load_before']}).",
            f"{figures['desk_alerts']:,} alerts in {figures['desk_cases']:,} cases; milliseconds to make a page, and "
            "kilobytes to load it the first time: the page as it is, styles and scripts compressed as they are served.",
            "",
            "| page | median | 95th percentile | bar | kB | bar |",
            "|---|---:|---:|---:|---:|---:|",
            *rows,
            "",
            f"{figures['desk_gathered_per_s']:,} alerts a second are gathered into cases; the list of cases as CSV "
            f"streams {figures['desk_csv_rows_per_s']:,} rows a second.",
            "",
        ]
    )
    _section(path, "The desk's pages", section)


def _section(path: Path, title: str, section: str) -> None:
    """A section anew in its place, or at the end."""
    text = path.read_text() if path.exists() else "# Benchmarks\n"
    before, heading, rest = text.partition(f"## {title}\n")
    _, other, after = rest.partition("\n## ")
    path.write_text(before.rstrip() + "\n\n" + section + (other + after if heading else ""))


def write(path: Path, figures: dict[str, Any]) -> None:
    """One table of figures and one of memory. What the file holds under headings of its own stays."""
    before = path.read_text() if path.exists() else ""
    _, heading, rest = before.partition("\n## ")
    machine = figures["machine"]
    rows = [f"| {text} | {figures[name]:,} | {bar} |" for name, text, bar in LINES if figures.get(name) is not None]
    memory = [f"| {name} | {used} | {MEMORY_BARS.get(name, '')} |" for name, used in figures["peak_rss_mb"].items()]
    path.write_text(
        "\n".join(
            [
                "# Benchmarks",
                "",
                "Written by `scripts/bench --markdown`. Everything runs on the one machine, the load included: "
                "PostgreSQL, Redis, MLflow, web (one process), worker (one process), trainer, Flower. A registered "
                "Isolation Forest takes part in every decision, and every answer waits for a durable commit. Rates "
                "hold for this machine; ratios for any.",
                "",
                f"{machine['date']}: {machine['cpu']}, {machine['cores']} cores, {machine['memory_gb']} GB; Python "
                f"{machine['python']}, Django {machine['django']}, numpy {machine['numpy']}. Load average before "
                f"the start: {machine['load_before']}.",
                "",
                "| figure | value | bar |",
                "|---|---:|---:|",
                *rows,
                "",
                "Memory, the largest process of each program, MB:",
                "",
                "| program | peak | bar |",
                "|---|---:|---:|",
                *memory,
                "",
            ]
        )
        + heading
        + rest
    )
