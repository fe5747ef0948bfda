"""The sliding windows: their lengths, and which rows of the ledger they need.

A window of length w at event time t covers (t - w, t]. Per customer only the sums over (T - w, T] are kept, T being
the latest event time so far. Moving from T to t takes away the events in (T - w, t - w], and nothing else has to be
read: each event enters and leaves a window once. For a late event, t < T, what lies in (t, T] is taken away from the
sum and what lies in (t - w, T - w] added; if it is late by w or more, its own window (t - w, t] is read instead.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from argus_engine._jit import njit

SECOND: Final = 1_000_000
WINDOW_NAMES: Final = ("10m", "1h", "24h")
# Microseconds. The last one counts cash just below the reporting threshold and nothing else.
LENGTHS: Final = np.array([600, 3600, 86_400, 7 * 86_400], np.int64) * SECOND
NEAR: Final = 3
# The frontier of a customer without transactions.
NEVER: Final = np.iinfo(np.int64).min
# Amounts count into window sums up to this many minor units, so that a sum of thousands still fits 64 bits.
AMOUNT_CAP: Final = 10**15
# Later than any event: the end of the year 9999.
EVER: Final = 253_402_300_799 * SECOND


@njit
def plan_ranges(
    customer: NDArray[np.intp],
    at: NDArray[np.int64],
    frontier: NDArray[np.int64],
    counts: NDArray[np.int64],
    near: NDArray[np.int64],
    rebuild: NDArray[np.bool_],
    unsettled: NDArray[np.bool_],
    lengths: NDArray[np.int64],
    owner: NDArray[np.intp],
    after: NDArray[np.int64],
    until: NDArray[np.int64],
) -> int:
    """The ranges (after, until] of processed events that the next step needs; returns how many.

    ``customer`` and ``at`` (n,) are the batch; ``frontier``, ``counts`` (C, 3), ``near``, ``rebuild`` and
    ``unsettled`` (C,) the customers' states. Fills ``owner``, ``after`` and ``until``, which have room for
    C * 4 + n * 8 ranges. They may overlap: :func:`merge`.
    """
    windows = len(lengths)
    top = frontier.copy()
    # Per customer and window the place of the range that leaves it: -1 none yet, -2 nothing leaves any more.
    leaving = np.full((len(frontier), windows), -1, np.intp)
    n = 0
    for i in range(len(at)):
        c, t = customer[i], at[i]
        if unsettled[c]:
            k = leaving[c, 0]
            if k < 0:
                k, n = n, n + 1
                leaving[c, 0] = k
                owner[k], after[k], until[k] = c, t - lengths[NEAR], EVER
            after[k] = min(after[k], t - lengths[NEAR])
            continue
        start = frontier[c]
        if start == NEVER:
            continue
        late = t < top[c]
        for w in range(windows):
            length = lengths[w]
            if w == NEAR and rebuild[c] and leaving[c, w] == -1:
                leaving[c, w] = -2
                owner[n], after[n], until[n] = c, start - length, start
                n += 1
            if late:
                # As the kernel reads it: the window itself, or what differs from the one kept.
                if top[c] - t >= length:
                    n = _need(c, t - length, min(t, start), n, owner, after, until)
                else:
                    n = _need(c, t, min(top[c], start), n, owner, after, until)
                    n = _need(c, t - length, min(top[c] - length, start), n, owner, after, until)
            elif leaving[c, w] == -1:
                if near[c] == 0 if w == NEAR else counts[c, w] == 1 and t - length < start:
                    # Nothing to leave, or only the event at the frontier, which stays.
                    if t - length >= top[c]:
                        leaving[c, w] = -2
                elif t - length >= top[c]:
                    leaving[c, w] = -2
                else:
                    leaving[c, w] = n
                    n = _need(c, start - length, min(t - length, start), n, owner, after, until)
                    if leaving[c, w] == n:
                        leaving[c, w] = -1
            elif leaving[c, w] >= 0:
                if t - length >= top[c]:
                    # The window starts afresh: all that is known has left it.
                    leaving[c, w] = -2
                else:
                    until[leaving[c, w]] = min(t - length, start)
        top[c] = max(top[c], t)
    return n


@njit
def _need(
    c: int, low: int, high: int, n: int, owner: NDArray[np.intp], after: NDArray[np.int64], until: NDArray[np.int64]
) -> int:
    if low < high:
        owner[n], after[n], until[n] = c, low, high
        n += 1
    return n


@njit
def merge(owner: NDArray[np.intp], after: NDArray[np.int64], until: NDArray[np.int64]) -> int:
    """Join ranges that overlap or touch, in place; returns how many are left. Sorted by owner and ``after``."""
    kept = 0
    for i in range(len(owner)):
        if kept > 0 and owner[i] == owner[kept - 1] and after[i] <= until[kept - 1]:
            until[kept - 1] = max(until[kept - 1], until[i])
        else:
            owner[kept], after[kept], until[kept] = owner[i], after[i], until[i]
            kept += 1
    return kept


@njit
def first_after(at: NDArray[np.int64], low: int, high: int, t: int) -> int:
    """The first place in the sorted ``at[low:high]`` with a time greater than ``t``."""
    while low < high:
        middle = (low + high) // 2
        if at[middle] <= t:
            low = middle + 1
        else:
            high = middle
    return low
