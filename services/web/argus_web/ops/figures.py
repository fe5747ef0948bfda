"""Figures that no process counts: read from the ledger, from Redis and from the file system when they are asked for."""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from argus_records.selectors import monitoring
from argus_records.selectors.queue import pending_state
from argus_records.selectors.training import trainings_last
from django.conf import settings
from django.db import connection, transaction

from argus_web.dashboard.workers import workers_running
from argus_web.ops.kept import Kept
from argus_web.trends.drift import drift
from argus_web.trends.ranges import RANGES, Period

# Several scrapers, and several replicas that each have one, must not be felt by the ledger.
KEPT_SECONDS: Final = 3.0
SIZE_KEPT_SECONDS: Final = 60.0
STABILITY_KEPT_SECONDS: Final = 300.0
STATEMENT_TIMEOUT: Final = "5s"


@dataclass(frozen=True, slots=True)
class LedgerFigures:
    """What the ledger says. ``oldest`` is an age in seconds."""

    pending: int
    oldest: float
    desk: monitoring.Desk
    trainings: dict[str, datetime]


@dataclass(frozen=True, slots=True)
class Disk:
    """A file system, in bytes."""

    path: str
    available: int
    size: int


def _ledger() -> LedgerFigures:
    with transaction.atomic():
        _bound()
        pending, oldest = pending_state()
        desk = monitoring.desk()
        return LedgerFigures(pending, oldest, desk, trainings_last())


def _size() -> int:
    with transaction.atomic():
        _bound()
        return monitoring.database_bytes()


def _stability() -> float | None:
    """The index of the page "Trends" over 7 days: in whole weeks the days of the week are no drift."""
    found = drift(Period.of(RANGES["7d"], datetime.now(UTC)))
    return None if found is None else found.index


def _bound() -> None:
    """Figures are not worth a statement that runs for long."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [STATEMENT_TIMEOUT])


ledger: Final[Kept[LedgerFigures]] = Kept(_ledger, seconds=KEPT_SECONDS)
size: Final[Kept[int]] = Kept(_size, seconds=SIZE_KEPT_SECONDS)
# None inside says that there are too few decisions to compare.
stability: Final[Kept[float | None]] = Kept(_stability, seconds=STABILITY_KEPT_SECONDS)
# None inside says that Redis could not be asked.
workers: Final[Kept[list[dict[str, Any]] | None]] = Kept(lambda: workers_running(), seconds=KEPT_SECONDS)


def disk() -> Disk | None:
    """The file system of ARGUS_DISK_PATH, None if there is no such path."""
    try:
        used = shutil.disk_usage(settings.DISK_PATH)
    except OSError:
        return None
    return Disk(settings.DISK_PATH, used.free, used.total)
