"""The sliding windows: their lengths, and which rows of the ledger they need.

A window of length w at event time t covers (t - w, t]. Per customer only the sums over (T - w, T] are kept, T being
the latest event time so far. Moving from T to t takes away the events in (T - w, t - w], and nothing else has to be
read: each event enters and leaves a window once. A late event, t < T, takes away what lies in (t, T] and adds what
lies in (t - w, T - w].
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
# Ranges that one customer can need: one per window edge, and the stretch a late event lies before T.
MOST_RANGES: Final = 5


@njit
def plan_ranges(
    customer: NDArray[np.intp],
    at: NDArray[np.int64],
    frontier: NDArray[np.int64],
    counts: NDArray[np.int64],
    near: NDArray[np.int64],
    rebuild: NDArray[np.bool_],
    lengths: NDArray[np.int64],
    after: NDArray[np.int64],
    until: NDArray[np.int64],
    found: NDArray[np.intp],
) -> None:
    """Per customer the ranges (after, until] of processed events that the next step needs, merged.

    ``customer`` and ``at`` (n,) are the batch; ``frontier``, ``counts`` (C, 3), ``near`` and ``rebuild`` (C,) the
    customers' states. Fills ``after`` and ``until`` (C, MOST_RANGES) and ``found`` (C,).
    """
    customers = len(frontier)
    unset = np.iinfo(np.int64).max
    first = np.full(customers, unset, np.int64)
    latest = np.full(customers, unset, np.int64)
    highest = frontier.copy()
    start = frontier.copy()
    for i in range(len(at)):
        c, t = customer[i], at[i]
        if first[c] == unset:
            first[c] = t
        if t < highest[c]:
            latest[c] = min(latest[c], t)
        highest[c] = max(highest[c], t)
    for c in range(customers):
        top = start[c]
        if top == np.iinfo(np.int64).min:
            continue
        late = latest[c] != unset
        low = min(latest[c], top)
        n = 0
        for w in range(len(lengths)):
            length = lengths[w]
            last = min(top, highest[c] - length)
            if w == len(lengths) - 1 and rebuild[c]:
                after[c, n], until[c, n] = low - length, top
                n += 1
                continue
            if not late:
                empty = near[c] == 0 if w == len(lengths) - 1 else counts[c, w] == 1 and last < top
                # At or beyond T + w the window starts afresh: everything known has left it.
                if empty or first[c] >= top + length:
                    continue
            if last > low - length:
                after[c, n], until[c, n] = low - length, last
                n += 1
        if late and low < top:
            after[c, n], until[c, n] = low, top
            n += 1
        found[c] = _merge(after[c], until[c], n)


@njit
def _merge(after: NDArray[np.int64], until: NDArray[np.int64], n: int) -> int:
    for i in range(1, n):
        a, u, j = after[i], until[i], i
        while j > 0 and after[j - 1] > a:
            after[j], until[j] = after[j - 1], until[j - 1]
            j -= 1
        after[j], until[j] = a, u
    kept = 0
    for i in range(n):
        if kept > 0 and after[i] <= until[kept - 1]:
            until[kept - 1] = max(until[kept - 1], until[i])
        else:
            after[kept], until[kept] = after[i], until[i]
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
