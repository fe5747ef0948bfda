"""Backtests as a job: taken from the table, shown as they proceed, let go when they are stopped.

The process runs at the lowest priority, so what scores has the processor first; what Postgres does for it has none, so
it waits as well while transactions wait to be decided.
"""

import time
from typing import Final

import structlog
from argus_records.models import BacktestRun
from argus_records.selectors.queue import pending_state
from argus_records.services.backtests import backtest_fail, backtest_finish, backtest_progress, backtest_take

from argus_worker import runtime
from argus_worker.backtests.asked import Asked
from argus_worker.backtests.run import replay
from argus_worker.backtests.source import BacktestError

log = structlog.get_logger(__name__)

# How often the run's row is written.
TOLD_EVERY: Final = 1.0
# Scoring is behind when its oldest transaction waits so long; each chunk then waits for it, up to a limit so that a
# system that is always behind still ends its backtests.
BEHIND_SECONDS: Final = 0.5
LOOK_EVERY: Final = 0.25
PATIENCE_SECONDS: Final = 5.0
# While anything waits at all, a chunk is followed by so many times its length of rest: what Postgres did for it was in
# the way of what it does for scoring.
REST: Final = 9.0


class LetGo(Exception):
    """The run was stopped, or is somebody else's by now."""


class Turn:
    """One run in this process."""

    def __init__(self, run: BacktestRun) -> None:
        self._run = run
        self._told = 0.0
        self._since = time.monotonic()

    def progress(self, done: int, total: int) -> None:
        """Show life, give way, and end here if nobody wants the result any more. Raises LetGo."""
        self._give_way(time.monotonic() - self._since)
        runtime.heartbeat().work()
        self._since = time.monotonic()
        if time.monotonic() - self._told < TOLD_EVERY and done < total:
            return
        if not backtest_progress(run=self._run, done=done, total=total):
            raise LetGo
        self._told = time.monotonic()

    @staticmethod
    def _give_way(worked: float) -> None:
        depth, oldest = pending_state()
        if depth:
            time.sleep(min(REST * worked, PATIENCE_SECONDS))
        until = time.monotonic() + PATIENCE_SECONDS
        while oldest > BEHIND_SECONDS and time.monotonic() < until:
            time.sleep(LOOK_EVERY)
            _, oldest = pending_state()


def run_waiting() -> int:
    """Run what waits, one after the other, until nothing does. Returns how many."""
    taken = 0
    while (run := backtest_take(worker=runtime.worker_name())) is not None:
        taken += 1
        _run(run)
    return taken


def _run(run: BacktestRun) -> None:
    worker = runtime.worker_name()
    asked = Asked(run.ruleset_id, run.model, run.first_day, run.last_day, run.minutes_per_alert)
    started = time.monotonic()
    try:
        result = replay(asked, Turn(run).progress)
    except LetGo:
        log.info("backtest let go", run=run.pk)
    except BacktestError as error:
        backtest_fail(run=run, worker=worker, error=str(error))
    except Exception as error:
        log.exception("backtest failed", run=run.pk)
        backtest_fail(run=run, worker=worker, error=f"It failed ({type(error).__name__}); the worker's log says more.")
    else:
        result["seconds"] = round(time.monotonic() - started, 2)
        kept = backtest_finish(run=run, worker=worker, result=result)
        log.info("backtest done", run=run.pk, transactions=result["transactions"], kept=kept)
