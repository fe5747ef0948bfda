"""Advancing the hours' sums."""

import time

import structlog
from argus_records.services.rollups import rollups_fold

from argus_worker import metrics

log = structlog.get_logger(__name__)


def sum_all(*, until: float) -> int:
    """Fold until nothing is left, another is at it, or ``until`` by the monotonic clock; how many decisions.

    Whatever goes wrong is logged and left to the next one: readers add up what has not been folded.
    """
    folded = 0
    try:
        while (done := rollups_fold()) is not None:
            folded += done.decisions
            if not done.more or time.monotonic() > until:
                break
    except Exception:
        metrics.sum_failed()
        log.exception("the hours' sums were not advanced; they are added up when they are read")
    return folded
