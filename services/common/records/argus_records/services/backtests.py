"""Asking for backtests, taking them up, and how they end. Each change of state writes its audit event with it."""

from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from argus_records.models import BacktestRun, BacktestState, RuleSetVersion
from argus_records.names import BACKTEST
from argus_records.services.audit import audit_record

# From state -> action -> to state.
MOVES: Final = MappingProxyType(
    {
        BacktestState.QUEUED: {"take": BacktestState.RUNNING, "stop": BacktestState.STOPPED},
        BacktestState.RUNNING: {
            "finish": BacktestState.DONE,
            "fail": BacktestState.FAILED,
            "stop": BacktestState.STOPPED,
            "return": BacktestState.QUEUED,
        },
        BacktestState.DONE: {},
        BacktestState.STOPPED: {},
        BacktestState.FAILED: {},
    }
)
_AUDITED: Final = {
    "take": "backtest.started", "stop": "backtest.stopped", "finish": "backtest.finished", "fail": "backtest.failed",
    "return": "backtest.returned",
}  # fmt: skip
MOST_DAYS: Final = 366
MOST_WAITING: Final = 10
# Without a sign of life for so long, whoever ran it is gone: a part of the ledger takes seconds on a busy machine too.
STALE_SECONDS: Final = 300
ATTEMPTS: Final = 2


class BacktestRefused(Exception):
    """The request or the move is not possible; the message says why."""


@transaction.atomic
def backtest_request(
    *, ruleset: int | None, model: str, first_day: date, last_day: date, minutes_per_alert: float, actor: str
) -> BacktestRun:
    """Queue a run. Raises BacktestRefused, RuleSetVersion.DoesNotExist, or IntegrityError for other nonsense."""
    if (last_day - first_day).days >= MOST_DAYS:
        raise BacktestRefused(_("A period has at most %d days.") % MOST_DAYS)
    if last_day < first_day:
        raise BacktestRefused(_("The last day lies before the first."))
    if BacktestRun.objects.filter(state=BacktestState.QUEUED).count() >= MOST_WAITING:
        raise BacktestRefused(
            _("%d backtests are waiting already; stop one of them, or ask again later.") % MOST_WAITING
        )
    run = BacktestRun.objects.create(
        ruleset=None if ruleset is None else RuleSetVersion.objects.get(pk=ruleset), model=model, first_day=first_day,
        last_day=last_day, minutes_per_alert=minutes_per_alert, requested_by=actor, state=BacktestState.QUEUED,
    )  # fmt: skip
    audit_record(
        actor=actor,
        action="backtest.requested",
        object_type=BACKTEST,
        object_id=run.pk,
        after={"ruleset": ruleset, "model": model, "from": first_day.isoformat(), "to": last_day.isoformat()},
    )
    return run


@transaction.atomic
def backtest_take(*, worker: str) -> BacktestRun | None:
    """The run that waits longest, now running; None if none waits."""
    waiting = BacktestRun.objects.select_for_update(skip_locked=True).filter(state=BacktestState.QUEUED)
    run = waiting.order_by("pk").first()
    if run is None:
        return None
    now = timezone.now()
    _move(
        run, "take", f"worker:{worker}", started_at=now, heartbeat_at=now, attempt=run.attempt + 1, done=0, total=None
    )
    return run


def backtest_progress(*, run: BacktestRun, done: int, total: int | None) -> bool:
    """Show life and how far it is. False: it was stopped, or is somebody else's by now, and is to be let go."""
    held = BacktestRun.objects.filter(pk=run.pk, state=BacktestState.RUNNING, attempt=run.attempt)
    return bool(held.update(heartbeat_at=timezone.now(), done=done, total=total))


def backtest_finish(*, run: BacktestRun, worker: str, result: dict[str, Any]) -> bool:
    """Keep the result. False, and nothing is kept, if it was stopped or is somebody else's by now."""
    seen = result["transactions"]
    return _end(run, "finish", worker, result=result, done=seen, total=seen)


def backtest_fail(*, run: BacktestRun, worker: str, error: str) -> bool:
    """Keep why it failed; False as of :func:`backtest_finish`."""
    return _end(run, "fail", worker, error=error)


@transaction.atomic
def backtest_stop(*, run_id: int, actor: str) -> BacktestRun:
    """Stop a run that waits or runs; whoever runs it lets it go within a part of the ledger.

    Raises BacktestRefused when it has ended already, or BacktestRun.DoesNotExist.
    """
    run = BacktestRun.objects.select_for_update().get(pk=run_id)
    _move(run, "stop", actor, finished_at=timezone.now())
    return run


@transaction.atomic
def backtests_reap() -> list[BacktestRun]:
    """Runs whose process has died: put back into the queue, or, if that has been done before, failed."""
    silent = timezone.now() - timedelta(seconds=STALE_SECONDS)
    found = BacktestRun.objects.select_for_update(skip_locked=True).filter(
        state=BacktestState.RUNNING, heartbeat_at__lt=silent
    )
    reaped = list(found.order_by("pk"))
    for run in reaped:
        if run.attempt < ATTEMPTS:
            _move(run, "return", "system", started_at=None, heartbeat_at=None, done=0, total=None)
        else:
            why = f"The process that ran it died, {ATTEMPTS} times. What was counted until then is not kept."
            _move(run, "fail", "system", finished_at=timezone.now(), error=why)
    return reaped


@transaction.atomic
def _end(run: BacktestRun, action: str, worker: str, **changes: Any) -> bool:
    held = BacktestRun.objects.select_for_update().get(pk=run.pk)
    if held.state != BacktestState.RUNNING or held.attempt != run.attempt:
        return False
    _move(held, action, f"worker:{worker}", finished_at=timezone.now(), **changes)
    return True


def _move(run: BacktestRun, action: str, actor: str, **changes: Any) -> None:
    """The one place that says when a move is allowed."""
    before = run.state
    target = MOVES[BacktestState(before)].get(action)
    if target is None:
        raise BacktestRefused(_("This backtest is %s; this is not possible now.") % run.get_state_display())
    changes["state"] = target
    for name, value in changes.items():
        setattr(run, name, value)
    run.save(update_fields=list(changes))
    audit_record(
        actor=actor,
        action=_AUDITED[action],
        object_type=BACKTEST,
        object_id=run.pk,
        before={"state": before},
        after={"state": target, "attempt": run.attempt},
        note=run.error,
    )
