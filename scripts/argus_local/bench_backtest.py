"""Backtests of the bench: how fast the ledger is decided again, and work for the backtester beside what is measured."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg

from argus_local.processes import StartError
from argus_local.programs import WEB
from argus_local.stack import Stack

# Whatever the stream's days were.
FIRST, LAST = "2000-01-01", "2099-12-31"
# Each takes the whole ledger; more than are needed.
WAITING: Final = 40
TURNS: Final = 3
PATIENCE_SECONDS: Final = 60
_ASK: Final = """INSERT INTO backtest_run (ruleset_id, model, first_day, last_day, minutes_per_alert, requested_by)
    SELECT (SELECT version FROM ruleset_version WHERE state = 'live'), '', %s, %s, 30, 'bench'
    FROM generate_series(1, %s)"""
_STOP: Final = "UPDATE backtest_run SET state = 'stopped', finished_at = now() WHERE state IN ('queued', 'running')"


class Backtests:
    """Against a started stack."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    def rate(self) -> int:
        """Transactions a second in the foreground, numerical libraries held to one thread: the best of some turns."""
        turns = [self._one() for _ in range(TURNS)]
        return max(round(float(found["transactions"]) / float(found["seconds"])) for found in turns)

    def _one(self) -> dict[str, Any]:
        words = [
            sys.executable,
            "-m",
            "argus_worker.backtests",
            "--ruleset",
            "1",
            "--from",
            FIRST,
            "--to",
            LAST,
            "--json",
        ]
        env = self._stack.env | {"OMP_NUM_THREADS": "1"}
        done = subprocess.run(words, env=env, cwd=WEB, capture_output=True, text=True, check=False)
        if done.returncode:
            raise StartError(f"the backtest failed: {done.stderr[-500:]}")
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    @contextmanager
    def running(self) -> Iterator[None]:
        """The stack's backtester at work for the length of the block. Raises StartError if it ran out of work."""
        with psycopg.connect(self._stack.postgres.url, autocommit=True) as connection:
            connection.execute(_ASK, [FIRST, LAST, WAITING])
            deadline = time.monotonic() + PATIENCE_SECONDS
            while not self._count(connection, "running"):
                if time.monotonic() > deadline:
                    raise StartError("no backtester has taken up what it was asked")
                time.sleep(0.1)
            yield
            left = self._count(connection, "queued")
            connection.execute(_STOP)
        if not left:
            raise StartError("the backtester had nothing left to do before the measurement ended")

    @staticmethod
    def _count(connection: "psycopg.Connection[Any]", state: str) -> int:
        row = connection.execute("SELECT count(*) FROM backtest_run WHERE state = %s", [state]).fetchone()
        return int(row[0]) if row else 0
