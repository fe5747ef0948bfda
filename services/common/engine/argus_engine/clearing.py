"""What would have cleared an alerted transaction: the smallest change after which the engine approves it.

Changes are tried on features, not on the ledger. What an amount changes in the customer's sums and ratios follows
exactly; how far it lies above a range is estimated from the mean and spread that the features tell, so amounts are said
with two digits.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from argus_engine.catalogue import INDEX
from argus_engine.columns import Transactions
from argus_engine.money import format_amount
from argus_engine.rules.base import CompiledRule
from argus_engine.rules.context import Context
from argus_engine.rules.language.windows import Window
from argus_engine.rules.words import listed

Floats = NDArray[np.float64]

# Facts that might have been as usual: what is said, and what each feature then is.
_FACTS: Final[dict[str, tuple[str, dict[str, float]]]] = {
    "hour": ("the time of day had been usual", {"hour_deviation": 0.0, "counterparty_hour_deviation": 0.0}),
    "counterparty": (
        "the counterparty had been known to the customer",
        {"counterparty_novelty": 0.0, "counterparty_newcomer": 0.0, "counterparty_new": 0.0},
    ),
    "counterparty_risk": (
        "no fraud had been known at the counterparty",
        {"counterparty_risk_7d": 0.0, "counterparty_risk_30d": 0.0, "counterparty_fraud_7d": 0.0},
    ),
    "customer_risk": (
        "no fraud had been known with the customer",
        {"customer_risk_7d": 0.0, "customer_risk_30d": 0.0, "customer_fraud_30d": 0.0},
    ),
    "pace": (
        "it had been the customer's only transaction of the day",
        {"count_10m": 1.0, "count_1h": 1.0, "count_24h": 1.0, "burst_ratio": 0.0, "pace_ratio": 0.0},
    ),
    "recent": ("the customer's latest transactions had been usual", {"recent_unusual": 0.0}),
    "place": (
        "the place had been usual",
        {
            "country_new": 0.0, "travel_speed_deviation": 0.0, "travel_km": 0.0, "travel_kmh": 0.0,
            "country_risk_30d": 0.0,
        },
    ),
    "device": (
        "the device had been known",
        {"device_new": 0.0, "device_risk_30d": 0.0},
    ),
}  # fmt: skip
AMOUNT: Final = "amount"
# An amount is lowered in steps down to this share of itself.
LOWEST: Final = 0.01
STEPS: Final = 24


@dataclass(frozen=True, slots=True)
class Row:
    """One changed transaction: which facts, and the factor of its amount."""

    facts: tuple[str, ...]
    factor: float


def smallest(
    approves: Callable[[Context], NDArray[np.bool_]], context: Context, i: int, parts: Mapping[str, float]
) -> str | None:
    """A sentence on the smallest change that clears transaction ``i``; None if none of those tried does.

    ``approves`` tells of a context which transactions the engine would approve; ``parts``: what each feature adds to
    the score. One fact is tried by itself, those first that add most, then two, then all that there are.
    """
    facts = [name for name, (_, values) in _FACTS.items() if _differs(context, i, values)]
    adds = {name: sum(parts.get(feature, 0.0) for feature in _FACTS[name][1]) for name in facts}
    of_amount = sum(part for name, part in parts.items() if "amount" in name)
    facts.sort(key=lambda name: -adds[name])
    amounts = [Row((AMOUNT,), float(f)) for f in np.geomspace(1.0, LOWEST, STEPS + 1)[1:]]
    before = [Row((fact,), 1.0) for fact in facts if adds[fact] > of_amount]
    after = [Row((fact,), 1.0) for fact in facts if adds[fact] <= of_amount]
    found = _first(approves, context, i, [*before, *amounts, *after])
    if found is None:
        usual = amounts[-1].factor
        pairs = [Row(pair, usual if AMOUNT in pair else 1.0) for pair in combinations([AMOUNT, *facts], 2)]
        every = Row((AMOUNT, *facts), usual)
        found = _first(approves, context, i, [*pairs, every])
    return None if found is None else _sentence(context, i, found)


def _first(approves: Callable[[Context], NDArray[np.bool_]], context: Context, i: int, rows: list[Row]) -> Row | None:
    cleared = approves(changed(context, i, rows))
    return next((row for row, clear in zip(rows, cleared.tolist(), strict=True) if clear), None)


def _differs(context: Context, i: int, values: dict[str, float]) -> bool:
    return any(abs(context.value(name, i) - value) > 1e-9 for name, value in values.items())


def changed(context: Context, i: int, rows: list[Row]) -> Context:
    """Transaction ``i`` with each of ``rows`` applied."""
    batch = context.batch.take([i] * len(rows))
    features = np.repeat(context.features[i : i + 1], len(rows), axis=0)
    for k, row in enumerate(rows):
        for fact in row.facts:
            if fact == AMOUNT:
                continue
            for name, value in _FACTS[fact][1].items():
                if not np.isnan(features[k, INDEX[name]]):
                    features[k, INDEX[name]] = value
    factors = np.array([row.factor for row in rows])
    # Features may be of any size; what overflows clears nothing.
    with np.errstate(all="ignore"):
        _lower(context, i, factors, features)
    minor = np.maximum(np.rint(batch.amount * factors), 1.0).astype(np.int64)
    change = (minor - context.batch.amount[i]) / context.minor_per_major[i]
    windows = {
        window: np.repeat(values[i], len(rows)) + (change if _adds(window, context.batch, i) else 0.0)
        for window, values in context.windows.items()
    }
    return Context(_with_amount(batch, minor), features, windows, context.lists)


def _adds(window: Window, batch: Transactions, i: int) -> bool:
    """Whether the window is a sum that this transaction's amount is part of.

    The largest amount and the average may be those of others: they are left as they were, which clears too little
    rather than too much.
    """
    return window.aggregate == "sum" and all(getattr(batch, name)[i] in values for name, values in window.only)


def _with_amount(batch: Transactions, minor: NDArray[np.int64]) -> Transactions:
    return Transactions(
        batch.ids, batch.occurred_at, batch.customer, minor, batch.currency, batch.type, batch.counterparty,
        batch.country, batch.channel, batch.device, batch.latitude, batch.longitude,
    )  # fmt: skip


def _lower(context: Context, i: int, factors: Floats, features: Floats) -> None:
    """Features after the amount is multiplied by ``factors``."""
    amount = context.batch.amount[i] / context.minor_per_major[i]
    fall = np.log(factors)

    def column(name: str) -> Floats:
        return features[:, INDEX[name]]

    for window in ("10m", "1h", "24h"):
        column(f"amount_{window}")[:] += amount * (factors - 1.0)
    for window in ("1h", "24h"):
        before = context.value(f"amount_{window}", i)
        ratio = column(f"amount_{window}_ratio")
        ratio[:] = np.maximum(0.0, ratio + np.log(np.maximum(column(f"amount_{window}"), 1e-9) / before))
    column("amount_ratio")[:] *= factors
    mean, std = context.value("amount_mean", i), context.value("amount_std", i)
    if mean > 0.0:
        # Of amounts whose logarithms are spread normally, this is the middle of the logarithms.
        away = np.log(amount / mean) + 0.5 * np.log1p((std / mean) ** 2)
        slope = context.value("amount_deviation", i) / away if away > 0.0 else 0.0
        column("amount_deviation")[:] = np.maximum(0.0, column("amount_deviation") + slope * fall)
    deviation, ratio_of_all = (context.value(f"population_amount_{name}", i) for name in ("deviation", "ratio"))
    slope = deviation / ratio_of_all if ratio_of_all > 0.0 else 1.0
    column("population_amount_ratio")[:] += fall
    for name in ("population_amount_deviation", "counterparty_amount_deviation"):
        column(name)[:] = np.maximum(0.0, column(name) + slope * fall)


def _sentence(context: Context, i: int, row: Row) -> str:
    said = [_FACTS[fact][0] for fact in row.facts if fact != AMOUNT]
    if AMOUNT in row.facts:
        minor = _two_digits(int(context.batch.amount[i] * row.factor))
        said.insert(0, f"the amount had been about {format_amount(minor, context.batch.currency[i])}")
    return f"It would have been cleared if {listed(said)}."


def _two_digits(minor: int) -> int:
    """The amount with two digits, not above it: what clears must not be overstated.

    >>> [_two_digits(minor) for minor in (0, 7, 99, 1234, 98_765)]
    [1, 7, 99, 1200, 98000]
    """
    step: int = 10 ** max(0, len(str(minor)) - 2)
    return max(1, minor // step * step)


def asked_for(rules: tuple[CompiledRule, ...], context: Context) -> NDArray[np.bool_]:
    """Which transactions a rule sends to review or blocks by itself, after the rules were run on ``context``."""
    found = np.zeros(len(context), bool)
    for rule in rules:
        if rule.outcome != "score" and not rule.allows:
            found |= context.hits[rule.code]
    return found
