"""Deleting the dashboard's sessions that are over."""

import time

import structlog
from argus_records.services.sessions import CLEAR_AT_ONCE, sessions_clear

log = structlog.get_logger(__name__)


def clear_all(*, until: float) -> bool:
    """In batches, until nothing is left or ``until`` by the monotonic clock. Returns whether something may be left."""
    cleared, more = 0, True
    while more:
        done = sessions_clear()
        cleared, more = cleared + done, done == CLEAR_AT_ONCE
        if time.monotonic() > until:
            break
    log.info("sessions cleared", count=cleared, more=more)
    return more
