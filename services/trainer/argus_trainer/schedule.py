"""Waiting for the next time that a cron expression names."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import structlog
from croniter import croniter

log = structlog.get_logger(__name__)


def next_time(cron: str, after: datetime) -> datetime:
    """The first time that ``cron`` names after ``after``, in UTC.

    >>> next_time("30 3 * * *", datetime(2026, 1, 31, 4, 0, tzinfo=UTC)).isoformat()
    '2026-02-01T03:30:00+00:00'
    """
    found: datetime = croniter(cron, after.astimezone(UTC)).get_next(datetime)
    return found


def occasions(cron: str, stop: threading.Event) -> Iterator[datetime]:
    """Each time that ``cron`` names, when it has come, until ``stop`` is set.

    Times that pass while the caller is busy are left out: one training catches up with them all.
    """
    while not stop.is_set():
        due = next_time(cron, datetime.now(UTC))
        log.info("next training", at=due.isoformat())
        # The clock is looked at again after each wait: it may have been set meanwhile.
        while (seconds := (due - datetime.now(UTC)).total_seconds()) > 0:
            if stop.wait(min(seconds, 60.0)):
                return
        yield due
