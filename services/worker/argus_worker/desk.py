"""What the desk needs of the worker: alerts gathered into cases, and what time does to cases."""

from collections.abc import Callable

import structlog
from argus_records.services.cases.closing import cases_label
from argus_records.services.cases.desk import cases_breach, cases_wake
from argus_records.services.cases.gather import cases_gather

log = structlog.get_logger(__name__)


def gather() -> None:
    """Alerts that were just opened become cases. Whatever goes wrong is left to the next sweep."""
    _try(cases_gather)


def sweep() -> None:
    """Gather what was left, end waits, notice deadlines, and let dispositions teach."""
    for step in (cases_gather, cases_wake, cases_breach, cases_label):
        _try(step)


def _try(step: Callable[[], int]) -> None:
    """Decisions on transactions do not wait for the desk: a step that fails is logged and tried again by the sweep."""
    try:
        step()
    except Exception:
        log.exception("a step of the desk failed", step=step.__name__)
