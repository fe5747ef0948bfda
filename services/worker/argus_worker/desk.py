"""What the desk needs of the worker: alerts gathered into cases, and what time does to cases."""

from collections.abc import Callable
from functools import partial
from typing import Final

import structlog
from argus_records.services.cases.closing import cases_label
from argus_records.services.cases.desk import cases_breach, cases_wake
from argus_records.services.cases.former import cases_follow
from argus_records.services.cases.gather import cases_gather

# Whoever gathers has transactions to decide: the rest is gathered by the next sweeps.
GATHER_SECONDS: Final = 1.0
log = structlog.get_logger(__name__)


def gather() -> int:
    """Alerts that were just opened become cases. What is left, or goes wrong, is the next sweep's."""
    return _try(partial(cases_gather, seconds=GATHER_SECONDS))


def sweep() -> None:
    """Gather what was left, follow former replicas, end waits, notice deadlines, and let dispositions teach."""
    gather()
    for step in (cases_follow, cases_wake, cases_breach, cases_label):
        _try(step)


def _try(step: Callable[[], int]) -> int:
    """Decisions on transactions do not wait for the desk: a step that fails is logged and tried again by the sweep."""
    try:
        return step()
    except Exception:
        log.exception("a step of the desk failed", step=repr(step))
        return 0
