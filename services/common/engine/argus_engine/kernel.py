"""The one loop through which every feature comes: live, in training and in backtests.

Transactions are taken one after the other in processing order. Each reads its customer's state, gets its features, and
changes the state. Nothing depends on how the stream is cut into batches: sums are integers, and what is not a sum is
computed per event in the same order.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from argus_engine._jit import njit
from argus_engine.history import learn, read_history
from argus_engine.travel import travel
from argus_engine.windows import first_after

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Places = NDArray[np.intp]
Bools = NDArray[np.bool_]

NEAR: Final = 3
UNSET: Final = np.iinfo(np.int64).min


@njit
def empty_window(w: int, counts: I64, sums: I64, near_count: I64, near_sum: I64, c: int, low: int, high: int) -> None:
    """Everything known has left window ``w`` of customer ``c`` with sections ``low:high``."""
    if w == NEAR:
        for s in range(low, high):
            near_count[s] = near_sum[s] = 0
    else:
        counts[c, w] = 0
        for s in range(low, high):
            sums[s, w] = 0


@njit
def rebuild_near(
    rebuild: Bools, frontier: I64, length: int, low: Places, high: Places, log_at: I64, log_section: Places,
    log_amount: I64, log_near: Bools, log_done: Bools, near_count: I64, near_sum: I64,
    section_low: Places, section_high: Places,
) -> None:  # fmt: skip
    """Sum near-threshold cash again from the log, for customers whose sums go by another configuration."""
    for c in range(len(rebuild)):
        if not rebuild[c]:
            continue
        for s in range(section_low[c], section_high[c]):
            near_count[s] = near_sum[s] = 0
        if frontier[c] == UNSET:
            continue
        for k in range(first_after(log_at, low[c], high[c], frontier[c] - length), high[c]):
            if log_done[k] and log_near[k] and log_at[k] <= frontier[c]:
                near_count[log_section[k]] += 1
                near_sum[log_section[k]] += log_amount[k]


@njit
def run(
    customer: Places, section: Places, at: I64, hour: Places, amount: I64, value: F64, unit: F64, near: Bools,
    pair: Places, known: Bools, country: Places, present: Bools, latitude: F64, longitude: F64, log_place: Places,
    lengths: I64, low: Places, high: Places,
    log_at: I64, log_section: Places, log_amount: I64, log_near: Bools, log_done: Bools,
    frontier: I64, counts: I64, total: I64, first_at: I64, weight: F64, weight_at: I64, hours: F64,
    place_at: I64, place_lat: F64, place_lon: F64, place_country: NDArray[np.int16], countries: NDArray[np.uint8],
    section_low: Places, section_high: Places,
    sums: I64, near_count: I64, near_sum: I64, n: I64, section_at: I64,
    section_weight: F64, mean: F64, m2: F64, log_mean: F64, log_m2: F64,
    country_lat: F64, country_lon: F64, country_radius: F64,
    out: F64,
) -> None:  # fmt: skip
    """Features of a batch into ``out`` (n, F), in the order of the catalogue; states move on in place.

    ``customer`` and ``section`` (n,) point into the state arrays, ``log_place`` (n,) into the log, which holds each
    customer's fetched past and this batch, by time, in ``low[c]:high[c]``. ``value`` is the amount in major
    units, ``unit`` a minor unit in major ones. ``known`` says per counterparty link whether it existed, and is updated.
    """
    edge = np.full((len(frontier), len(lengths)), -1, np.intp)
    for i in range(len(at)):
        c, s, t, here = customer[i], section[i], at[i], log_place[i]
        top = frontier[c]
        if total[c] == 0:
            first_at[c] = t
        late = top != UNSET and t < top
        for w in range(len(lengths)):
            length = lengths[w]
            if late:
                # What the kept sum has too much, and what has left it but is in this one's window.
                added_n, added_sum = 0, 0
                for k in range(first_after(log_at, low[c], high[c], t), high[c]):
                    if log_at[k] > top:
                        break
                    if log_done[k]:
                        if w == NEAR:
                            if log_near[k] and log_section[k] == s:
                                added_n -= 1
                                added_sum -= log_amount[k]
                        else:
                            added_n -= 1
                            if log_section[k] == s:
                                added_sum -= log_amount[k]
                for k in range(first_after(log_at, low[c], high[c], t - length), high[c]):
                    if log_at[k] > top - length:
                        break
                    if log_done[k]:
                        if w == NEAR:
                            if log_near[k] and log_section[k] == s:
                                added_n += 1
                                added_sum += log_amount[k]
                        else:
                            added_n += 1
                            if log_section[k] == s:
                                added_sum += log_amount[k]
                if w == NEAR:
                    out[i, 6] = near_count[s] + added_n
                    out[i, 7] = near_sum[s] + added_sum
                else:
                    out[i, w] = counts[c, w] + added_n + 1
                    out[i, 3 + w] = (sums[s, w] + added_sum + amount[i]) * unit[i]
                if w == NEAR:
                    if near[i]:
                        out[i, 6] += 1
                        out[i, 7] += amount[i]
                        if t > top - length:
                            near_count[s] += 1
                            near_sum[s] += amount[i]
                    out[i, 7] *= unit[i]
                elif t > top - length:
                    counts[c, w] += 1
                    sums[s, w] += amount[i]
                continue
            if top != UNSET and t - length >= top:
                empty_window(w, counts, sums, near_count, near_sum, c, section_low[c], section_high[c])
                edge[c, w] = -1
            elif top != UNSET:
                k = edge[c, w]
                if k < 0:
                    k = first_after(log_at, low[c], high[c], top - length)
                while k < high[c] and log_at[k] <= t - length:
                    if log_done[k]:
                        if w == NEAR:
                            if log_near[k]:
                                near_count[log_section[k]] -= 1
                                near_sum[log_section[k]] -= log_amount[k]
                        else:
                            counts[c, w] -= 1
                            sums[log_section[k], w] -= log_amount[k]
                    k += 1
                edge[c, w] = k
            if w == NEAR:
                if near[i]:
                    near_count[s] += 1
                    near_sum[s] += amount[i]
                out[i, 6] = near_count[s]
                out[i, 7] = near_sum[s] * unit[i]
            else:
                counts[c, w] += 1
                sums[s, w] += amount[i]
                out[i, w] = counts[c, w]
                out[i, 3 + w] = sums[s, w] * unit[i]
        log_done[here] = True
        read_history(
            i, c, s, t, hour[i], value[i], late, top, total, first_at, weight, weight_at, hours,
            n, section_at, section_weight, mean, m2, log_mean, log_m2, out,
        )  # fmt: skip
        if pair[i] >= 0:
            out[i, 17] = 0.0 if known[pair[i]] else 1.0
            known[pair[i]] = True
        if country[i] >= 0:
            byte, bit = country[i] >> 3, np.uint8(1 << (country[i] & 7))
            if total[c] > 0:
                out[i, 18] = 0.0 if countries[c, byte] & bit else 1.0
            countries[c, byte] |= bit
        if present[i]:
            travel(
                i, c, t, latitude[i], longitude[i], country[i], place_at, place_lat, place_lon, place_country,
                country_lat, country_lon, country_radius, out,
            )  # fmt: skip
        learn(
            c, s, t, hour[i], value[i], total, weight, weight_at, hours,
            n, section_at, section_weight, mean, m2, log_mean, log_m2,
        )  # fmt: skip
        if not late:
            frontier[c] = t
