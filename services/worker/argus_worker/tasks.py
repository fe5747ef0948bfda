"""Celery tasks. Running one twice, or not at all, changes nothing that is recorded."""

import time

import structlog
from argus_records.names import Task
from argus_records.selectors.backtests import waiting as backtests_waiting
from argus_records.services.backtests import backtests_reap
from argus_records.services.feed import feed_place
from argus_records.services.scoring import feature_schema_ensure
from celery import shared_task
from django.conf import settings

from argus_worker import desk, hints, metrics, publish, rulesets, runtime
from argus_worker.folding import fold_all
from argus_worker.rollups import sum_all
from argus_worker.scoring import EngineFailure, Scored, score_claim
from argus_worker.sessions import clear_all

log = structlog.get_logger(__name__)

# A run ends after about this long even if work is left, so that a stop or another task waits no longer.
RUN_SECONDS = 5.0
# Of a sweep, for the hours' sums: what is left of a large ledger is left to the next ones.
SUM_SECONDS = 1.0


@shared_task(name=Task.SCORE_PENDING, ignore_result=True)
def score_pending() -> int:
    """Score what is pending, batch by batch, until nothing is free to claim. Returns how many."""
    return drain()


@shared_task(name=Task.SWEEP, ignore_result=True)
def sweep() -> int:
    """Find what no hint reached; number, gather and fold in what a dead worker left; advance the hours' sums."""
    backtests_reap()
    if backtests_waiting():
        hints.backtests()
    feed_place()
    desk.sweep()
    fold_all(until=time.monotonic() + RUN_SECONDS)
    sum_all(until=time.monotonic() + SUM_SECONDS)
    return drain()


@shared_task(name=Task.CLEAR_SESSIONS, ignore_result=True)
def clear_sessions() -> None:
    """Delete the dashboard's sessions that are over; what is left is another run's, after what waits to be scored."""
    if clear_all(until=time.monotonic() + RUN_SECONDS):
        clear_sessions.delay()


@shared_task(name=Task.BACKTEST, ignore_result=True)
def backtest() -> int:
    """Run the backtests that wait, one after the other. Returns how many were taken up."""
    from argus_worker.backtests.job import run_waiting

    return run_waiting()


def drain() -> int:
    """The loop of both tasks."""
    from argus_engine import catalogue

    feature_schema_ensure(digest=catalogue.SCHEMA_DIGEST, names=[feature.name for feature in catalogue.FEATURES])
    until = time.monotonic() + RUN_SECONDS
    done = alone = 0
    while True:
        # Off before the claim: whatever commits after this line sends a hint of its own.
        hints.clear()
        rules = rulesets.in_force()
        runtime.heartbeat().ruleset_version = rules.version
        metrics.rules(rules)
        started = time.perf_counter()
        try:
            scored = score_claim(
                limit=settings.WORKER_BATCH,
                worker=runtime.worker_name(),
                rules=rules,
                model=runtime.follower().current,
                alone=alone > 0,
            )
        except EngineFailure as failure:
            log.exception("engine failed on a batch; going on one by one", transactions=str(failure))
            alone = settings.WORKER_BATCH
            continue
        if scored is None:
            return done
        alone = max(0, alone - 1)
        done += len(scored.batch.decisions)
        _tell(scored, time.perf_counter() - started)
        if time.monotonic() > until:
            hints.send()
            return done
        if scored.more:
            # Another process may take the shards that this one left.
            hints.send()


def _tell(scored: Scored, seconds: float) -> None:
    """After the commit: place in the feed, numbers, cases, live viewers, what customers share."""
    feed_place()
    metrics.count(scored, seconds)
    if scored.batch.alerts:
        desk.gather()
    publish.publish(scored)
    # One fold takes in more than a batch: whoever folds after each of its own catches up, and nobody waits long.
    fold_all(until=0.0, own=scored)
