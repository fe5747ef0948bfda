"""The steps of the shared memory: take in a transaction, take in a label, read.

Live folding and scoring, replay and backtests go through the same three functions, so their results are equal to the
last bit. What transactions change and what labels change are different numbers: how the two are interleaved makes no
difference, the order within each does.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from argus_engine._jit import njit
from argus_engine.memory.states import (
    AT,
    COUNTERPARTY,
    COUNTRY,
    CUSTOMER,
    CUSTOMERS,
    DEVICE,
    FRAUD_7D,
    FRAUD_30D,
    FRAUDS,
    HOURS,
    LABEL_AT,
    LABELLED_7D,
    LABELLED_30D,
    LABELS,
    M2,
    MEAN,
    NEWCOMERS,
    PACE,
    POPULATION,
    TOTAL,
    WEIGHT,
)

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Places = NDArray[np.intp]
Bools = NDArray[np.bool_]

DAY: Final = 86_400_000_000.0  # microseconds
# An entity of which little is known is taken to be like the population, with the weight of this many transactions.
PRIOR_WEIGHT: Final = 5.0
# A population's amounts spread by this much (standard deviation of the logarithm) until it is known better.
POPULATION_STD: Final = 1.0
POPULATION_PRIOR: Final = 10.0
LEAST_STD: Final = 0.05
# One fraud in so many until labels say otherwise.
BASE_FRAUDS: Final = 1.0
BASE_LABELLED: Final = 500.0


@njit
def fade(since: float, now: float, days: float) -> float:
    """What is left of a weight that halves every ``days``; all of it for times that lie before ``since``."""
    if now <= since:
        return 1.0
    return float(0.5 ** ((now - since) / (days * DAY)))


@njit
def tally(table: F64, e: int, at: float, x: float, hour: int, newcomer: bool) -> None:
    """Take one transaction with the log amount ``x`` into entity ``e``."""
    left, left_1d = 1.0, 1.0
    if table[e, TOTAL] > 0.0:
        left, left_1d = fade(table[e, AT], at, 30.0), fade(table[e, AT], at, 1.0)
        at = max(table[e, AT], at)
    table[e, AT] = at
    table[e, TOTAL] += 1.0
    weight = table[e, WEIGHT] * left + 1.0
    table[e, WEIGHT] = weight
    table[e, PACE] = table[e, PACE] * left_1d + 1.0
    away = x - table[e, MEAN]
    table[e, MEAN] += away / weight
    table[e, M2] = table[e, M2] * left + away * (x - table[e, MEAN])
    table[e, NEWCOMERS] = table[e, NEWCOMERS] * left + (1.0 if newcomer else 0.0)
    if newcomer:
        table[e, CUSTOMERS] += 1.0
    if hour >= 0:
        for h in range(24):
            table[e, HOURS + h] *= left
        table[e, HOURS + hour] += 1.0


@njit
def fold_one(
    table: F64, who: Places, at: int, hour: int, value: float, new_counterparty: bool, new_device: bool
) -> None:
    """Take a transaction into what is known of its counterparty, device and currency."""
    t, log = float(at), math.log(value)
    population = who[POPULATION]
    if who[COUNTERPARTY] >= 0:
        x = log - table[population, MEAN] if table[population, TOTAL] > 0.0 else 0.0
        tally(table, who[COUNTERPARTY], t, x, hour, new_counterparty)
    if who[DEVICE] >= 0 and new_device:
        table[who[DEVICE], CUSTOMERS] += 1.0
    tally(table, population, t, log, -1, False)


@njit
def tell(table: F64, e: int, at: float, labelled: int, fraud: int) -> None:
    """Change what labels say of entity ``e`` by a transaction of the time ``at``."""
    weight_7d, weight_30d = 1.0, 1.0
    since = table[e, LABEL_AT]
    if table[e, LABELS] == 0.0:
        table[e, LABEL_AT] = at
    elif at > since:
        left_7d, left_30d = fade(since, at, 7.0), fade(since, at, 30.0)
        table[e, FRAUD_7D] *= left_7d
        table[e, LABELLED_7D] *= left_7d
        table[e, FRAUD_30D] *= left_30d
        table[e, LABELLED_30D] *= left_30d
        table[e, LABEL_AT] = at
    else:
        weight_7d, weight_30d = fade(at, since, 7.0), fade(at, since, 30.0)
    table[e, LABELS] += labelled
    table[e, FRAUDS] += fraud
    table[e, LABELLED_7D] += labelled * weight_7d
    table[e, LABELLED_30D] += labelled * weight_30d
    # Of what has been taken back, no residue of rounding stays.
    if table[e, FRAUDS] == 0.0:
        table[e, FRAUD_7D] = table[e, FRAUD_30D] = 0.0
    else:
        table[e, FRAUD_7D] = max(0.0, table[e, FRAUD_7D] + fraud * weight_7d)
        table[e, FRAUD_30D] = max(0.0, table[e, FRAUD_30D] + fraud * weight_30d)


@njit
def label_one(table: F64, who: Places, at: int, labelled: int, fraud: int) -> None:
    """Take in that of a transaction's entities one more is labelled (0 or 1), one more or fewer is fraud (1, 0, -1)."""
    if labelled == 0 and fraud == 0:
        return
    t = float(at)
    tell(table, 0, t, labelled, fraud)
    for column in (COUNTERPARTY, DEVICE, COUNTRY, CUSTOMER):
        if who[column] >= 0:
            tell(table, who[column], t, labelled, fraud)


@njit
def risk(table: F64, e: int, t: float, days: float, base: float) -> float:
    """The entity's share of fraud over the share ``base``, as a logarithm, drawn towards 0 by PRIOR_WEIGHT."""
    if table[e, LABELS] == 0.0:
        return 0.0
    left = fade(table[e, LABEL_AT], t, days)
    fraud, labelled = table[e, FRAUD_7D], table[e, LABELLED_7D]
    if days == 30.0:
        fraud, labelled = table[e, FRAUD_30D], table[e, LABELLED_30D]
    share = (fraud * left + PRIOR_WEIGHT * base) / (labelled * left + PRIOR_WEIGHT)
    return math.log(share / base)


@njit
def read_one(table: F64, who: Places, i: int, at: int, hour: int, value: float, new: bool, out: F64) -> None:
    """Features 25 to 40 and 44 of transaction ``i`` into ``out``; nothing changes."""
    t = float(at)
    left = fade(table[0, LABEL_AT], t, 30.0)
    base = (table[0, FRAUD_30D] * left + BASE_FRAUDS) / (table[0, LABELLED_30D] * left + BASE_LABELLED)
    p, c = who[POPULATION], who[COUNTERPARTY]
    spread, x = POPULATION_STD, math.nan
    if table[p, TOTAL] > 0.0:
        left = fade(table[p, AT], t, 30.0)
        varies = table[p, M2] * left + POPULATION_PRIOR * POPULATION_STD**2
        spread = max(LEAST_STD, math.sqrt(varies / (table[p, WEIGHT] * left + POPULATION_PRIOR)))
        x = math.log(value) - table[p, MEAN]
        out[i, 26] = max(0.0, x / spread)
        out[i, 27] = x
    if c >= 0:
        left = fade(table[c, AT], t, 30.0)
        weight = table[c, WEIGHT] * left
        if not math.isnan(x):
            mean = weight * table[c, MEAN] / (weight + PRIOR_WEIGHT)
            varies = table[c, M2] * left + PRIOR_WEIGHT * spread**2
            own = max(LEAST_STD, math.sqrt(varies / (weight + PRIOR_WEIGHT)))
            out[i, 25] = max(0.0, (x - mean) / own)
        near = 0.25 * table[c, HOURS + (hour + 1) % 24] + 0.25 * table[c, HOURS + (hour + 23) % 24]
        smooth = 0.5 * table[c, HOURS + hour] + near
        share = (smooth * left + PRIOR_WEIGHT / 24.0) / (weight + PRIOR_WEIGHT)
        out[i, 28] = max(0.0, -math.log(share * 24.0))
        out[i, 29] = -math.log((table[c, NEWCOMERS] * left + 1.0) / (weight + 2.0)) if new else 0.0
        out[i, 30] = weight
        out[i, 31] = risk(table, c, t, 7.0, base)
        out[i, 32] = risk(table, c, t, 30.0, base)
        out[i, 33] = table[c, FRAUD_7D] * fade(table[c, LABEL_AT], t, 7.0)
        out[i, 34] = table[c, LABELLED_30D] * fade(table[c, LABEL_AT], t, 30.0)
        pace = table[c, PACE] * fade(table[c, AT], t, 1.0)
        # At a steady pace what halves every 30 days holds 30 times what halves every day.
        out[i, 44] = max(0.0, math.log((pace + 1.0) / (weight / 30.0 + 1.0)))
    u = who[CUSTOMER]
    out[i, 35] = risk(table, u, t, 7.0, base)
    out[i, 36] = risk(table, u, t, 30.0, base)
    out[i, 37] = table[u, FRAUD_30D] * fade(table[u, LABEL_AT], t, 30.0)
    if who[DEVICE] >= 0:
        out[i, 38] = risk(table, who[DEVICE], t, 30.0, base)
        out[i, 40] = table[who[DEVICE], CUSTOMERS]
    if who[COUNTRY] >= 0:
        out[i, 39] = risk(table, who[COUNTRY], t, 30.0, base)


@njit
def read_all(table: F64, who: Places, at: I64, hour: Places, value: F64, new: Bools, out: F64) -> None:
    """Read n transactions against one state of the memory."""
    for i in range(len(at)):
        read_one(table, who[i], i, at[i], hour[i], value[i], new[i], out)


@njit
def fold_all(
    table: F64, who: Places, at: I64, hour: Places, value: F64, new_counterparty: Bools, new_device: Bools
) -> None:
    """Take in n transactions, in their order."""
    for i in range(len(at)):
        fold_one(table, who[i], at[i], hour[i], value[i], new_counterparty[i], new_device[i])


@njit
def label_all(table: F64, who: Places, at: I64, labelled: I64, fraud: I64) -> None:
    """Take in n changes of labels, in their order."""
    for i in range(len(at)):
        label_one(table, who[i], at[i], labelled[i], fraud[i])


@njit
def walk(
    table: F64,
    who: Places, at: I64, hour: Places, value: F64, new: Bools, known_position: I64, known_label: I64, out: F64,
    fold_who: Places, fold_at: I64, fold_hour: Places, fold_value: F64, fold_counterparty: Bools, fold_device: Bools,
    fold_position: I64,
    label_who: Places, label_at: I64, labelled: I64, fraud: I64, label_number: I64,
) -> tuple[int, int]:  # fmt: skip
    """Read n transactions, each after all that its watermark says has been folded in; how much that was in the end."""
    folded, told = 0, 0
    for i in range(len(at)):
        while folded < len(fold_at) and fold_position[folded] <= known_position[i]:
            k = folded
            fold_one(
                table, fold_who[k], fold_at[k], fold_hour[k], fold_value[k], fold_counterparty[k], fold_device[k],
            )  # fmt: skip
            folded += 1
        while told < len(label_at) and label_number[told] <= known_label[i]:
            label_one(table, label_who[told], label_at[told], labelled[told], fraud[told])
            told += 1
        read_one(table, who[i], i, at[i], hour[i], value[i], new[i], out)
    return folded, told
