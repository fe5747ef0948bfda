"""Advancing what customers share, after decisions have got their place in the feed."""

import time
from typing import Final

import numpy as np
import structlog
from argus_engine.memory.labels import LabelEvents
from argus_engine.memory.live import ask, shared_fold, shared_label
from argus_records.services import memory
from django.db import transaction

from argus_worker.shared import columns, shared_states

log = structlog.get_logger(__name__)

# Transactions, and labels, of one fold: more than a batch, so that who folds after each of its own catches up.
FOLD: Final = 8192


def fold_all(*, until: float) -> int:
    """Fold until nothing is left, another worker is at it, or ``until`` by the monotonic clock; how many transactions.

    Whatever goes wrong is logged and left to the next one: scoring goes on with what is known.
    """
    folded = 0
    try:
        while True:
            todo = fold()
            folded += len(todo.rows) if todo is not None else 0
            if todo is None or not todo.more or time.monotonic() > until:
                return folded
    except Exception:
        log.exception("what customers share was not advanced; decisions go by what is known")
        return folded


@transaction.atomic
def fold(limit: int = FOLD) -> memory.Unfolded | None:
    """Take in what comes next, with the mark that says so; None when nothing was left to this worker."""
    todo = memory.unfolded(limit=limit)
    if todo is None:
        return None
    decided = ask(columns(todo.rows))
    labels = LabelEvents.from_rows(columns(todo.labels), [row[12:15] for row in todo.labels])
    labelled = ask(labels.transactions)
    states = shared_states([*decided.names, *labelled.names])[1]
    new_counterparty, new_device = (np.array([row[place] == 1.0 for row in todo.rows], bool) for place in (12, 13))
    changed = shared_fold(decided, new_counterparty, new_device, states)
    changed |= shared_label(labelled, labels, todo.earlier, states | changed)
    memory.fold_store(states=changed, until=todo.until)
    return todo
