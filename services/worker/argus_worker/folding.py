"""Advancing what customers share, after decisions have got their place in the feed."""

import time
from typing import Final

import numpy as np
import structlog
from argus_engine.memory.labels import LabelEvents
from argus_engine.memory.live import NEW_COUNTERPARTY, NEW_DEVICE, ask, shared_fold, shared_label
from argus_records.services import memory
from django.db import transaction

from argus_worker import metrics
from argus_worker.scoring import Scored
from argus_worker.shared import columns, shared_states

log = structlog.get_logger(__name__)

# Transactions, and labels, of one fold: more than a batch, so that who folds after each of its own catches up.
FOLD: Final = 8192


def fold_all(*, until: float, own: Scored | None = None) -> int:
    """Fold until nothing is left, another worker is at it, or ``until`` by the monotonic clock; how many batches.

    ``own``: what this worker has just recorded, which is then not read again. Whatever goes wrong is logged and left to
    the next one: scoring goes on with what is known.
    """
    folded = 0
    try:
        while True:
            todo = fold(own=own)
            if todo is not None:
                folded += len(todo.batches)
                metrics.folded(len(todo.batches))
            if todo is None or not todo.more or time.monotonic() > until:
                return folded
    except Exception:
        metrics.fold_failed()
        log.exception("what customers share was not advanced; decisions go by what is known")
        return folded


@transaction.atomic
def fold(limit: int = FOLD, own: Scored | None = None) -> memory.Unfolded | None:
    """Take in what comes next, with the mark that says so; None when nothing was left to this worker."""
    held = own.stored.id if own is not None else None
    todo = memory.unfolded(limit=limit, held=held)
    if todo is None:
        return None
    if own is not None and todo.batches == [held]:
        batch, features = own.columns, own.features
        new_counterparty, new_device = features[:, NEW_COUNTERPARTY] == 1.0, features[:, NEW_DEVICE] == 1.0
    else:
        batch = columns(todo.rows)
        new_counterparty, new_device = (np.array([row[place] == 1.0 for row in todo.rows], bool) for place in (12, 13))
    decided = ask(batch)
    labels = LabelEvents.from_rows(columns(todo.labels), [row[12:15] for row in todo.labels])
    labelled = ask(labels.transactions)
    states = shared_states([*decided.names, *labelled.names])[1]
    changed = shared_fold(decided, new_counterparty, new_device, states)
    changed |= shared_label(labelled, labels, todo.earlier, states | changed)
    memory.fold_store(states=changed, until=todo.until)
    return todo
