"""The customer's own normal: running statistics in which a transaction's weight halves every 90 days.

Mean and variance are West's weighted incremental ones (Communications of the ACM 22(9), 1979). They see what was
processed before, in that order; time only ever decays forwards.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from argus_engine._jit import njit
from argus_engine.foremost import SLOTS

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

DAY: Final = 86_400_000_000.0  # microseconds
HALF_LIFE: Final = 90.0 * DAY
# An amount spreads by this factor (as a standard deviation of its logarithm) until the customer's own history,
# counted against PRIOR_WEIGHT transactions, says otherwise.
PRIOR_LOG_STD: Final = 0.8
PRIOR_WEIGHT: Final = 3.0
# The hour-of-day profile starts out flat with the weight of this many transactions.
HOUR_PRIOR: Final = 5.0
LN2: Final = math.log(2.0)
# How far a transaction must go beyond the customer's own range before it counts as unusual for those that follow.
USUAL_DEVIATION: Final = 1.0
USUAL_HOUR: Final = 0.5
USUAL_SUM: Final = 1.0


@njit
def fade(since: int, now: int) -> float:
    """What is left of a weight: 1 now, 0.5 after 90 days, 1 also for times that lie before ``since``."""
    if now <= since:
        return 1.0
    return float(0.5 ** ((now - since) / HALF_LIFE))


@njit
def recent(unusual: float, since: int, now: int) -> float:
    """What is left of a sum that halves every day."""
    if now <= since:
        return unusual
    return float(unusual * 0.5 ** ((now - since) / DAY))


@njit
def beyond(i: int, out: F64) -> float:
    """How far transaction ``i`` goes beyond its customer's own range, from its features."""
    found = float(max(0.0, out[i, 16] - USUAL_HOUR))
    if not math.isnan(out[i, 12]):
        found += max(0.0, out[i, 12] - USUAL_DEVIATION) + max(0.0, out[i, 24] - USUAL_SUM)
    return found


@njit
def read_history(
    i: int, c: int, s: int, t: int, hour: int, value: float, late: bool, top: int, total: I64, first_at: I64,
    weight: F64, weight_at: I64, hours: F64, n: I64, section_at: I64, section_weight: F64, mean: F64, m2: F64,
    log_mean: F64, log_m2: F64, out: F64,
) -> None:  # fmt: skip
    """Features 8 to 16, 22 and 24 of transaction ``i`` into ``out``; nothing changes."""
    out[i, 8] = n[s]
    left = fade(weight_at[c], t)
    observed = HALF_LIFE / LN2 * (1.0 - fade(first_at[c], t)) / DAY if total[c] > 0 else 0.0
    # One transaction on one day is what is assumed of a customer of whom nothing is known.
    pace = (weight[c] * left + 1.0) / (observed + 1.0)
    if n[s] > 0:
        w = section_weight[s]
        out[i, 9] = mean[s]
        out[i, 10] = math.sqrt(m2[s] / w)
        out[i, 11] = value / mean[s]
        spread = math.sqrt((log_m2[s] + PRIOR_WEIGHT * PRIOR_LOG_STD**2) / (w + PRIOR_WEIGHT))
        out[i, 12] = max(0.0, (math.log(value) - log_mean[s]) / spread * math.sqrt(w / (w + 1.0)))
        spent = w * fade(section_at[s], t) * mean[s] / (observed + 1.0)
        out[i, 22] = max(0.0, math.log(out[i, 5] / (spent + mean[s])))
        out[i, 24] = max(0.0, math.log(out[i, 4] / mean[s]))
    if total[c] > 0 and not late:
        out[i, 13] = (t - top) / 1e6
    out[i, 14] = max(0.0, math.log(out[i, 2] / (pace + 1.0)))
    out[i, 15] = max(0.0, math.log(out[i, 1] / (pace / 8.0 + 1.0)))
    smooth = 0.5 * hours[c, hour] + 0.25 * hours[c, (hour + 1) % 24] + 0.25 * hours[c, (hour + 23) % 24]
    share = (smooth * left + HOUR_PRIOR / 24.0) / (weight[c] * left + HOUR_PRIOR)
    out[i, 16] = max(0.0, -math.log(share * 24.0))


@njit
def read_novelty(i: int, c: int, new: bool, pairs: F64, new_pairs: F64, out: F64) -> None:
    """Features 17 and 23: is the counterparty new, and how unusual is a new one for this customer."""
    out[i, 17] = 1.0 if new else 0.0
    # Laplace's rule of succession: of a customer without history, one in two is expected to be new.
    out[i, 23] = -math.log((new_pairs[c] + 1.0) / (pairs[c] + 2.0)) if new else 0.0


@njit
def learn(
    c: int, s: int, t: int, hour: int, value: float, novelty: int, strange: float, total: I64, weight: F64,
    weight_at: I64, hours: F64, pairs: F64, new_pairs: F64, unusual: F64, slot_weights: NDArray[np.float32],
    n: I64, section_at: I64, section_weight: F64, mean: F64, m2: F64, log_mean: F64, log_m2: F64,
) -> None:  # fmt: skip
    """Take one transaction into its customer's history.

    ``novelty``: 0 without counterparty, 1 with one dealt with before, 2 with a new one. ``strange``: how far it goes
    beyond the customer's own range.
    """
    left = fade(weight_at[c], t) if total[c] > 0 else 1.0
    unusual[c] = recent(unusual[c], weight_at[c], t) + strange
    for slot in range(SLOTS):
        slot_weights[c, slot] *= np.float32(left)
    for h in range(24):
        hours[c, h] *= left
    hours[c, hour] += 1.0
    pairs[c] = pairs[c] * left + (1.0 if novelty > 0 else 0.0)
    new_pairs[c] = new_pairs[c] * left + (1.0 if novelty == 2 else 0.0)
    weight[c] = weight[c] * left + 1.0
    weight_at[c] = max(weight_at[c], t) if total[c] > 0 else t
    total[c] += 1
    left = fade(section_at[s], t) if n[s] > 0 else 1.0
    w = section_weight[s] * left + 1.0
    away = value - mean[s]
    mean[s] += away / w
    m2[s] = m2[s] * left + away * (value - mean[s])
    log = math.log(value)
    away = log - log_mean[s]
    log_mean[s] += away / w
    log_m2[s] = log_m2[s] * left + away * (log - log_mean[s])
    section_weight[s] = w
    section_at[s] = max(section_at[s], t) if n[s] > 0 else t
    n[s] += 1
