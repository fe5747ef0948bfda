"""Backtests as a job: stopped, failing, giving way, and with a process that dies."""

import os
import subprocess
import sys
import time
from datetime import timedelta
from typing import Any

import pytest
import records_factories as make
import redis
import trainer_factories as bank
from argus_records.models import BacktestRun, RuleSetVersion, Transaction
from argus_records.names import Queue
from argus_records.services import backtests
from argus_records.services.backtests import backtest_request, backtest_stop
from argus_records.services.feed import feed_place
from argus_worker import celery, rulesets, tasks
from argus_worker.backtests import job, source
from django.conf import settings
from django.utils import timezone

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("alone")]
COUNT = 600


@pytest.fixture(autouse=True)
def ledger(monkeypatch: pytest.MonkeyPatch) -> None:
    rulesets.load.cache_clear()
    rulesets._kept = None
    monkeypatch.setattr(source, "CHUNK", 100)
    monkeypatch.setattr(job, "TOLD_EVERY", 0.0)


def request(**changes: Any) -> BacktestRun:
    at = Transaction.objects.order_by("occurred_at").values_list("occurred_at", flat=True)
    said = {
        "ruleset": RuleSetVersion.objects.get(state="live").pk, "model": "none", "first_day": at[0].date(),
        "last_day": at.last().date(), "minutes_per_alert": 30, "actor": "user:amara",
    } | changes  # fmt: skip
    return backtest_request(**said)


def seed() -> None:
    bank.seed_ledger(COUNT, frauds=10, seed=13)
    feed_place()


def test_what_waits_is_run_and_kept() -> None:
    seed()
    runs = [request(), request(ruleset=None)]
    assert tasks.backtest() == 2
    for run in runs:
        run.refresh_from_db()
        assert (run.state, run.done, run.total) == ("done", COUNT, COUNT)
        assert run.result["transactions"] == COUNT
        assert run.result["appear"]["count"] == run.result["disappear"]["count"] == 0
        assert run.result["decided"]["alerts"] > 0
    assert tasks.backtest() == 0


def test_a_stopped_run_is_let_go_at_its_next_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    seed()
    run, following = request(), request()
    seen = []
    progress = job.Turn.progress

    def stopping(self: job.Turn, done: int, total: int) -> None:
        if self._run.pk == run.pk:
            seen.append(done)
            if done == 200:
                backtest_stop(run_id=run.pk, actor="user:ben")
        progress(self, done, total)

    monkeypatch.setattr(job.Turn, "progress", stopping)
    assert tasks.backtest() == 2
    run.refresh_from_db()
    following.refresh_from_db()
    assert (run.state, run.result, seen[-1]) == ("stopped", None, 200)
    assert following.state == "done"


def test_failures_are_told_in_the_run_and_the_next_one_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    seed()
    bad, following = request(model="7"), request()
    assert tasks.backtest() == 2
    bad.refresh_from_db()
    following.refresh_from_db()
    assert (bad.state, following.state) == ("failed", "done")
    assert bad.error == "Version 7 of the model cannot be used: no model registry is configured."
    broken = request()
    monkeypatch.setattr(job, "replay", lambda *_: 1 / 0)
    tasks.backtest()
    broken.refresh_from_db()
    assert broken.error == "It failed (ZeroDivisionError); the worker's log says more."


def test_it_gives_way_while_transactions_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    seed()
    run = request()
    waits: list[float] = []
    monkeypatch.setattr(job, "BEHIND_SECONDS", -1.0)
    monkeypatch.setattr(job, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(job, "LOOK_EVERY", 0.01)
    sleep = time.sleep
    monkeypatch.setattr(job.time, "sleep", lambda seconds: (waits.append(seconds), sleep(seconds)))
    tasks.backtest()
    run.refresh_from_db()
    # It waits before each chunk, and ends all the same.
    assert run.state == "done"
    assert len(waits) > COUNT // 100


CHILD = """
import django, time
django.setup()
from argus_worker.backtests import job, source
from argus_worker import runtime
from types import SimpleNamespace
runtime.heartbeat = lambda: SimpleNamespace(work=lambda: None)
source.CHUNK, job.TOLD_EVERY = 100, 0.0
progress = job.Turn.progress
def slowly(self, done, total):
    progress(self, done, total)
    if done >= 200:
        print("reached", flush=True)
        time.sleep(600)
job.Turn.progress = slowly
job.run_waiting()
"""


def test_a_process_that_is_killed_leaves_a_run_that_is_begun_anew_once() -> None:
    seed()
    run = request()
    database = settings.DATABASES["default"]
    from django.db import connection

    url = f"postgresql://{database['USER']}@{database['HOST']}:{database['PORT']}/{connection.settings_dict['NAME']}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ARGUS_", "DJANGO_"))}
    env = kept | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "argus_worker.settings"}
    for attempt in (1, 2):
        child = subprocess.Popen([sys.executable, "-c", CHILD], env=env, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        assert child.stdout.readline() == "reached\n"
        run.refresh_from_db()
        assert (run.state, run.done, run.attempt) == ("running", 200, attempt)
        child.kill()
        child.wait()
        child.stdout.close()
        tasks.backtests_reap()
        run.refresh_from_db()
        assert run.state == "running"
        silent = timezone.now() - timedelta(seconds=backtests.STALE_SECONDS + 1)
        BacktestRun.objects.filter(pk=run.pk).update(heartbeat_at=silent)
        tasks.backtests_reap()
        run.refresh_from_db()
        assert run.state == ("queued" if attempt == 1 else "failed")
    assert "died, 2 times" in run.error
    again = request()
    assert tasks.backtest() == 1
    again.refresh_from_db()
    assert (again.state, again.result["transactions"]) == ("done", COUNT)


def test_the_sweep_wakes_the_backtester_once(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    client = redis.Redis.from_url(redis_url)
    monkeypatch.setattr(tasks.hints.runtime, "live", lambda: client)
    monkeypatch.setattr(tasks, "drain", lambda: 0)
    celery.app.set_current()
    tasks.sweep()
    assert client.llen(Queue.BACKTESTS) == 0
    make.accept(make.new_transaction())
    bank.decide_all()
    request()
    for _ in range(3):
        tasks.sweep()
    assert client.llen(Queue.BACKTESTS) == 1
    client.close()


def test_who_is_started_without_a_choice_of_queues_runs_no_backtest() -> None:
    assert Queue.BACKTESTS not in celery.app.amqp.queues.consume_from
    assert Queue.SCORE in celery.app.amqp.queues.consume_from
