"""A dump that is taken under load, restored: the ledger as of one moment, whole."""

import subprocess
import time
from pathlib import Path

import psycopg
import pytest
from argus_local.stack import Stack
from stack_load import Load

pytestmark = pytest.mark.stack

# One of them and not the other: decided, or waiting to be.
NEITHER_OR_BOTH = """
SELECT count(*) FROM transaction t WHERE EXISTS (SELECT FROM decision d WHERE d.transaction_id = t.id)
    = EXISTS (SELECT FROM pending p WHERE p.shard = t.shard AND p.transaction_id = t.id)
"""
SIZES = """
SELECT count(*) FROM decision_batch b WHERE b.size <> (SELECT count(*) FROM decision d WHERE d.batch_id = b.id)
"""
AHEAD = "SELECT count(*) FROM memory_mark WHERE position > (SELECT coalesce(max(position), 0) FROM decision_batch)"


def test_a_dump_under_load_restores_to_a_consistent_ledger(stack: Stack, tmp_path: Path) -> None:
    dump, restored = tmp_path / "argus.dump", stack.postgres.url.removesuffix("argus") + "restored"

    def run(program: str, *words: str | Path) -> None:
        subprocess.run([stack.postgres.bin / program, *words], check=True, capture_output=True, timeout=120)

    with Load(stack, "backup") as load:
        time.sleep(1.5)
        before = set(load.accepted)
        run("pg_dump", "--format", "custom", "--file", dump, stack.postgres.url)
        during = len(load.accepted) - len(before)
        time.sleep(0.5)
    assert before
    assert during > 0, "there was no load"
    with psycopg.connect(stack.postgres.url, autocommit=True) as server:
        server.execute("CREATE DATABASE restored")
        try:
            run("pg_restore", "--exit-on-error", "--dbname", restored, dump)
            check(restored, before)
        finally:
            server.execute("DROP DATABASE restored WITH (FORCE)")
    load.verify(stack)


def check(url: str, accepted: set[str]) -> None:
    with psycopg.connect(url) as ledger:
        kept = {row[0] for row in ledger.execute("SELECT transaction_id FROM transaction")}
        assert accepted <= kept
        for faults in (NEITHER_OR_BOTH, SIZES, AHEAD):
            assert ledger.execute(faults).fetchone() == (0,)
        with pytest.raises(psycopg.errors.RestrictViolation):
            ledger.execute("UPDATE decision SET score = 0")
