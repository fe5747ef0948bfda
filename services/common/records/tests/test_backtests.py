"""Runs of backtests: asked for, taken, shown, ended; each change with its audit event."""

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from argus_records.models import AuditEvent, BacktestRun, BacktestState, RuleSetVersion
from argus_records.selectors import backtests as selectors
from argus_records.services import backtests
from argus_records.services.backtests import (
    MOVES,
    BacktestRefused,
    backtest_fail,
    backtest_finish,
    backtest_progress,
    backtest_request,
    backtest_stop,
    backtest_take,
    backtests_reap,
)
from argus_records.services.training import training_record
from django.db import connection
from django.utils import timezone

pytestmark = pytest.mark.django_db
RESULT = {"transactions": 5}


def request(**changes: Any) -> BacktestRun:
    said = {
        "ruleset": None, "model": "", "first_day": date(2026, 3, 1), "last_day": date(2026, 3, 31),
        "minutes_per_alert": 30, "actor": "user:amara",
    } | changes  # fmt: skip
    return backtest_request(**said)


def take() -> BacktestRun:
    run = backtest_take(worker="w:1")
    assert run is not None
    return run


def told(run: BacktestRun) -> list[tuple[str, str]]:
    found = AuditEvent.objects.filter(object_type="backtest", object_id=str(run.pk)).order_by("id")
    return list(found.values_list("actor", "action"))


def silent(run: BacktestRun) -> None:
    """Its process has not been heard for long."""
    long_ago = timezone.now() - timedelta(seconds=backtests.STALE_SECONDS + 5)
    BacktestRun.objects.filter(pk=run.pk).update(heartbeat_at=long_ago)


def test_from_the_request_to_the_result() -> None:
    run = request(ruleset=RuleSetVersion.objects.get().pk, model="3")
    assert selectors.waiting() == 1
    taken = take()
    assert taken.pk == run.pk
    assert backtest_take(worker="w:2") is None
    assert backtest_progress(run=taken, done=2, total=5)
    assert (selectors.run_state(run_id=run.pk).done, selectors.waiting()) == (2, 0)
    assert backtest_finish(run=taken, worker="w:1", result=RESULT)
    found = selectors.run_get(run_id=run.pk)
    assert (found.state, found.result, found.done, found.total) == ("done", RESULT, 5, 5)
    assert found.finished_at is not None
    assert told(run) == [
        ("user:amara", "backtest.requested"), ("worker:w:1", "backtest.started"), ("worker:w:1", "backtest.finished"),
    ]  # fmt: skip
    requested = AuditEvent.objects.get(action="backtest.requested")
    assert requested.after == {"ruleset": run.ruleset_id, "model": "3", "from": "2026-03-01", "to": "2026-03-31"}


def test_who_asked_first_is_first() -> None:
    runs = [request(), request()]
    assert [take().pk, take().pk] == [run.pk for run in runs]
    assert [run.pk for run in selectors.runs()] == [run.pk for run in reversed(runs)]


def test_what_is_stopped_is_let_go_and_keeps_no_result() -> None:
    waiting, running = request(), request()
    backtest_stop(run_id=waiting.pk, actor="user:ben")
    taken = take()
    assert taken.pk == running.pk
    backtest_stop(run_id=running.pk, actor="user:ben")
    assert not backtest_progress(run=taken, done=3, total=5)
    assert not backtest_finish(run=taken, worker="w:1", result=RESULT)
    assert not backtest_fail(run=taken, worker="w:1", error="late")
    for run in (waiting, running):
        found = selectors.run_get(run_id=run.pk)
        assert (found.state, found.result, found.error) == ("stopped", None, "")
        assert told(run)[-1] == ("user:ben", "backtest.stopped")
        with pytest.raises(BacktestRefused, match="This backtest is stopped"):
            backtest_stop(run_id=run.pk, actor="user:ben")
    with pytest.raises(BacktestRun.DoesNotExist):
        backtest_stop(run_id=10**6, actor="user:ben")


def test_a_dead_process_is_followed_by_another_and_then_told_honestly() -> None:
    run = request()
    first = take()
    assert backtests_reap() == []
    silent(first)
    assert [reaped.state for reaped in backtests_reap()] == ["queued"]
    second = take()
    assert (second.pk, second.attempt) == (run.pk, 2)
    # The first one was not dead after all: it has nothing to say any more.
    assert not backtest_progress(run=first, done=4, total=5)
    assert not backtest_finish(run=first, worker="w:1", result=RESULT)
    assert backtest_progress(run=second, done=1, total=5)
    silent(second)
    assert [reaped.state for reaped in backtests_reap()] == ["failed"]
    found = selectors.run_get(run_id=run.pk)
    assert found.error == "The process that ran it died, 2 times. What was counted until then is not kept."
    assert [action for _, action in told(run)] == [
        "backtest.requested", "backtest.started", "backtest.returned", "backtest.started", "backtest.failed",
    ]  # fmt: skip
    assert backtests_reap() == []


def test_why_it_failed_is_kept() -> None:
    run = request()
    assert backtest_fail(run=take(), worker="w:1", error="Version 7 of the model cannot be used.")
    assert selectors.run_get(run_id=run.pk).error == "Version 7 of the model cannot be used."
    assert AuditEvent.objects.get(action="backtest.failed").note == "Version 7 of the model cannot be used."


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(BacktestRefused, match="at most 366 days"):
        request(last_day=date(2027, 3, 2))
    request(last_day=date(2027, 3, 1))
    with pytest.raises(BacktestRefused, match="before the first"):
        request(last_day=date(2026, 2, 28))
    with pytest.raises(RuleSetVersion.DoesNotExist):
        request(ruleset=99)
    for _ in range(backtests.MOST_WAITING - 1):
        request()
    with pytest.raises(BacktestRefused, match="10 backtests are waiting"):
        request()
    take()
    request()


def test_moves_lead_somewhere_and_ends_are_ends() -> None:
    assert set(MOVES) == set(BacktestState)
    assert all(target in MOVES for moves in MOVES.values() for target in moves.values())
    assert not any(MOVES[end] for end in (BacktestState.DONE, BacktestState.STOPPED, BacktestState.FAILED))


def test_versions_that_trainings_have_registered() -> None:
    for outcome, version in (("promoted", "1"), ("failed", None), ("refused", "2"), ("promoted", "3")):
        training_record(outcome=outcome, model="m", summary="", seconds=1, version=version, code_version="1")
    assert selectors.model_versions() == ["3", "2", "1"]


@pytest.mark.django_db(transaction=True)
def test_of_many_who_take_each_run_is_taken_once() -> None:
    for _ in range(6):
        request()
    taken: list[int] = []
    start = threading.Barrier(4)

    def one() -> None:
        start.wait()
        try:
            while (run := backtest_take(worker="w")) is not None:
                taken.append(run.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Who finds the rest locked by others goes home; the next one finds what is left.
    start = threading.Barrier(1)
    one()
    assert sorted(taken) == sorted(BacktestRun.objects.values_list("pk", flat=True))
    assert len(taken) == 6
