"""The one loop through which every feature comes: live, in training and in backtests.

Transactions are taken one after the other in processing order. Each reads its customer's state, gets its features, and
changes the state. Nothing depends on how the stream is cut into batches: sums are integers, and what is not a sum is
computed per event in the same order.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from argus_engine._jit import njit
from argus_engine.foremost import learn_foremost, read_foremost
from argus_engine.history import beyond, fade, learn, read_history, read_novelty, recent
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
def recount(
    rebuild: Bools, unsettled: Bools, lengths: I64, low: Places, high: Places,
    log_at: I64, log_section: Places, log_amount: I64, log_near: Bools, log_done: Bools,
    frontier: I64, counts: I64, sums: I64, near_count: I64, near_sum: I64, section_low: Places, section_high: Places,
) -> None:  # fmt: skip
    """Fill windows from the log: near-threshold cash where ``rebuild``, all and the frontier where ``unsettled``."""
    for c in range(len(rebuild)):
        if not rebuild[c] and not unsettled[c]:
            continue
        if unsettled[c]:
            for k in range(low[c], high[c]):
                if log_done[k]:
                    frontier[c] = max(frontier[c], log_at[k])
        top = frontier[c]
        for w in range(0 if unsettled[c] else NEAR, len(lengths)):
            empty_window(w, counts, sums, near_count, near_sum, c, section_low[c], section_high[c])
            if top == UNSET:
                continue
            for k in range(first_after(log_at, low[c], high[c], top - lengths[w]), high[c]):
                if log_at[k] > top:
                    break
                if not log_done[k]:
                    continue
                if w != NEAR:
                    counts[c, w] += 1
                    sums[log_section[k], w] += log_amount[k]
                elif log_near[k]:
                    near_count[log_section[k]] += 1
                    near_sum[log_section[k]] += log_amount[k]


@njit
def within(
    w: int, after: int, until: int, s: int, low: int, high: int,
    log_at: I64, log_section: Places, log_amount: I64, log_near: Bools, log_done: Bools,
) -> tuple[int, int]:  # fmt: skip
    """How many processed events in (after, until] count into window ``w``, and their sum in section ``s``."""
    found, total = 0, 0
    for k in range(first_after(log_at, low, high, after), high):
        if log_at[k] > until:
            break
        if log_done[k] and (w != NEAR or (log_near[k] and log_section[k] == s)):
            found += 1
            if log_section[k] == s:
                total += log_amount[k]
    return found, total


@njit
def run(
    customer: Places, section: Places, at: I64, hour: Places, amount: I64, value: F64, unit: F64, near: Bools,
    pair: Places, known: Bools, pair_key: NDArray[np.uint32], device: Places, device_known: Bools,
    country: Places, present: Bools, latitude: F64, longitude: F64, log_place: Places,
    lengths: I64, low: Places, high: Places,
    log_at: I64, log_section: Places, log_amount: I64, log_near: Bools, log_done: Bools,
    frontier: I64, counts: I64, total: I64, first_at: I64, weight: F64, weight_at: I64, hours: F64,
    pairs: F64, new_pairs: F64, unusual: F64, slot_keys: NDArray[np.uint32], slot_weights: NDArray[np.float32],
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
    units, ``unit`` a minor unit in major ones. ``known`` and ``device_known`` say per link to a counterparty or device
    whether it existed, and are updated.
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
                log = (log_at, log_section, log_amount, log_near, log_done)
                if top - t >= length:
                    held_n, held_sum = within(w, t - length, t, s, low[c], high[c], *log)
                else:
                    # What the kept sum has too much, and what has left it but is in this one's window.
                    over_n, over_sum = within(w, t, top, s, low[c], high[c], *log)
                    left_n, left_sum = within(w, t - length, top - length, s, low[c], high[c], *log)
                    held_n, held_sum = left_n - over_n, left_sum - over_sum
                    if w == NEAR:
                        held_n += near_count[s]
                        held_sum += near_sum[s]
                    else:
                        held_n += counts[c, w]
                        held_sum += sums[s, w]
                if w == NEAR:
                    out[i, 6] = held_n
                    out[i, 7] = held_sum
                else:
                    out[i, w] = held_n + 1
                    out[i, 3 + w] = (held_sum + amount[i]) * unit[i]
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
        novelty = 0
        if pair[i] >= 0:
            novelty = 1 if known[pair[i]] else 2
            known[pair[i]] = True
            read_novelty(i, c, novelty == 2, pairs, new_pairs, out)
            read_foremost(i, c, pair_key[i], fade(weight_at[c], t), slot_keys, slot_weights, out)
        if device[i] >= 0:
            out[i, 41] = 0.0 if device_known[device[i]] else 1.0
            device_known[device[i]] = True
        out[i, 43] = recent(unusual[c], weight_at[c], t)
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
            c, s, t, hour[i], value[i], novelty, beyond(i, out), total, weight, weight_at, hours, pairs, new_pairs,
            unusual, slot_weights, n, section_at, section_weight, mean, m2, log_mean, log_m2,
        )  # fmt: skip
        if novelty > 0:
            learn_foremost(c, pair_key[i], slot_keys, slot_weights)
        if not late:
            frontier[c] = t
