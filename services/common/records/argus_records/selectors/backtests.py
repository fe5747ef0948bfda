"""Backtests that were asked for."""

from typing import Final

from argus_records import db
from argus_records.models import BacktestRun, BacktestState
from argus_records.names import TRAINING

_MODELS: Final = """
SELECT after ->> 'version' FROM audit_event
WHERE object_type = %s AND after ->> 'version' IS NOT NULL GROUP BY 1 ORDER BY max(id) DESC LIMIT %s
"""


def runs(*, limit: int = 100) -> list[BacktestRun]:
    """The newest runs, without their results."""
    return list(BacktestRun.objects.defer("result").order_by("-pk")[:limit])


def run_get(*, run_id: int) -> BacktestRun:
    """One run. Raises BacktestRun.DoesNotExist."""
    return BacktestRun.objects.select_related("ruleset").defer("ruleset__document").get(pk=run_id)


def run_state(*, run_id: int) -> BacktestRun:
    """One run without its result: for those who ask again and again. Raises BacktestRun.DoesNotExist."""
    return BacktestRun.objects.defer("result").get(pk=run_id)


def waiting() -> int:
    """How many runs nobody has taken yet."""
    return BacktestRun.objects.filter(state=BacktestState.QUEUED).count()


def model_versions(*, limit: int = 50) -> list[str]:
    """Versions of the model that trainings have registered, newest first."""
    with db.cursor() as cursor:
        cursor.execute(_MODELS, [TRAINING, limit])
        return [row[0] for row in cursor.fetchall()]
