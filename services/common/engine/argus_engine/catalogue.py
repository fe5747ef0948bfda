"""The features: what each number means, in one place. Importable without numpy."""

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Raised when a definition changes its meaning under the same name: stored values and models of the old
# meaning are then told apart by the schema's digest.
DEFINITIONS: Final = 2


@dataclass(frozen=True, slots=True)
class Feature:
    """One number about one transaction.

    ``direction``: which way is suspicious, "up", "down" or "none". ``source``: what it is computed from.
    ``model``: whether the forest sees it; ``combiner``: whether a supervised model over all that is known may see it.
    ``neutral``: what the forest is given where it is not defined.
    """

    name: str
    meaning: str
    unit: str
    direction: str
    source: str
    model: bool = False
    combiner: bool = False
    neutral: float = 0.0


_WINDOW = "sliding window over the customer's transactions"
_HISTORY = "the customer's earlier transactions, weights halving every 90 days"
# Of the entities that customers share, what had been folded in when the transaction was read: see argus_engine.memory.
_COUNTERPARTY = "all customers' transactions with the counterparty, weights halving every 30 days"
_POPULATION = "all transactions in this currency, weights halving every 30 days"
_LABELS = "labels known by then, weights halving with the age of what they speak of"

FEATURES: Final = (
    Feature(
        "count_10m", "transactions of the customer within 10 minutes, with this one", "transactions", "up", _WINDOW,
        combiner=True,
    ),
    Feature(
        "count_1h", "transactions of the customer within 1 hour, with this one", "transactions", "up", _WINDOW,
        combiner=True,
    ),
    Feature(
        "count_24h", "transactions of the customer within 24 hours, with this one", "transactions", "up", _WINDOW,
        combiner=True,
    ),
    Feature("amount_10m", "sum within 10 minutes in this currency, with this one", "currency", "up", _WINDOW),
    Feature("amount_1h", "sum within 1 hour in this currency, with this one", "currency", "up", _WINDOW),
    Feature("amount_24h", "sum within 24 hours in this currency, with this one", "currency", "up", _WINDOW),
    Feature(
        "near_threshold_count_7d", "cash transactions within 7 days just below the reporting threshold",
        "transactions", "up", _WINDOW,
    ),
    Feature(
        "near_threshold_amount_7d", "sum of cash transactions within 7 days just below the reporting threshold",
        "currency", "up", _WINDOW,
    ),
    Feature(
        "history_count", "earlier transactions of the customer in this currency", "transactions", "none", _HISTORY,
        combiner=True,
    ),
    Feature("amount_mean", "the customer's usual amount in this currency", "currency", "none", _HISTORY),
    Feature("amount_std", "how much the customer's amounts vary", "currency", "none", _HISTORY),
    Feature("amount_ratio", "this amount relative to the customer's usual one", "times", "up", _HISTORY, combiner=True),
    Feature(
        "amount_deviation", "how far the amount lies above the customer's own range, on a log scale",
        "standard deviations", "up", _HISTORY, model=True, combiner=True,
    ),
    Feature(
        "seconds_since_previous", "time since the customer's latest transaction", "seconds", "down", _HISTORY,
        combiner=True,
    ),
    Feature(
        "pace_ratio", "transactions within 24 hours relative to the customer's usual day", "log of times", "up",
        _HISTORY, model=True, combiner=True,
    ),
    Feature(
        "burst_ratio", "transactions within 1 hour relative to the customer's usual day", "log of times", "up",
        _HISTORY, model=True, combiner=True,
    ),
    Feature(
        "hour_deviation", "how rare this hour of the day is for the customer", "log of times", "up",
        _HISTORY, model=True, combiner=True,
    ),
    Feature(
        "counterparty_new", "1 when the customer has never dealt with this counterparty", "yes or no", "up",
        _HISTORY, combiner=True,
    ),
    Feature(
        "country_new", "1 when the customer has never transacted in this country", "yes or no", "up",
        _HISTORY, model=True, combiner=True,
    ),
    Feature("travel_km", "distance from the customer's latest known place", "kilometres", "up", _HISTORY),
    Feature(
        "travel_kmh", "speed needed to come from the customer's latest known place", "kilometres an hour", "up",
        _HISTORY,
    ),
    Feature(
        "travel_speed_deviation", "speed needed above 100 km/h, on a log scale", "log of times", "up",
        _HISTORY, model=True, combiner=True,
    ),
    Feature(
        "amount_24h_ratio", "sum within 24 hours relative to the customer's usual day", "log of times", "up",
        _HISTORY, model=True, combiner=True,
    ),
    Feature(
        "counterparty_novelty", "how rarely the customer turns to a new counterparty, when this one is new",
        "log of times", "up", _HISTORY, model=True, combiner=True,
    ),
    Feature(
        "amount_1h_ratio", "sum within 1 hour relative to the customer's usual amount", "log of times", "up",
        _HISTORY, model=True, combiner=True,
    ),
    Feature(
        "counterparty_amount_deviation", "how far the amount lies above what the counterparty usually sees",
        "standard deviations", "up", _COUNTERPARTY, model=True, combiner=True,
    ),
    Feature(
        "population_amount_deviation", "how far the amount lies above what is usual in this currency",
        "standard deviations", "up", _POPULATION, model=True, combiner=True,
    ),
    Feature(
        "population_amount_ratio", "this amount relative to the usual one in this currency", "log of times", "up",
        _POPULATION, combiner=True,
    ),
    Feature(
        "counterparty_hour_deviation", "how rare this hour of the day is for the counterparty", "log of times", "up",
        _COUNTERPARTY, model=True, combiner=True,
    ),
    Feature(
        "counterparty_newcomer", "how rarely the counterparty sees a customer for the first time, when it does now",
        "log of times", "up", _COUNTERPARTY, model=True, combiner=True,
    ),
    Feature(
        "counterparty_activity", "transactions with the counterparty", "transactions", "none", _COUNTERPARTY,
        combiner=True,
    ),
    Feature(
        "counterparty_risk_7d", "share of fraud at the counterparty relative to all, half-life 7 days", "log of times",
        "up", _LABELS, combiner=True,
    ),
    Feature(
        "counterparty_risk_30d", "share of fraud at the counterparty relative to all, half-life 30 days",
        "log of times", "up", _LABELS, combiner=True,
    ),
    Feature(
        "counterparty_fraud_7d", "frauds at the counterparty, half-life 7 days", "transactions", "up", _LABELS,
        combiner=True,
    ),
    Feature(
        "counterparty_labelled_30d", "labelled transactions at the counterparty, half-life 30 days", "transactions",
        "none", _LABELS, combiner=True,
    ),
    Feature(
        "customer_risk_7d", "share of fraud in the customer's name relative to all, half-life 7 days", "log of times",
        "up", _LABELS, combiner=True,
    ),
    Feature(
        "customer_risk_30d", "share of fraud in the customer's name relative to all, half-life 30 days",
        "log of times", "up", _LABELS, combiner=True,
    ),
    Feature(
        "customer_fraud_30d", "frauds in the customer's name, half-life 30 days", "transactions", "up", _LABELS,
        combiner=True,
    ),
    Feature(
        "device_risk_30d", "share of fraud on the device relative to all, half-life 30 days", "log of times", "up",
        _LABELS, combiner=True,
    ),
    Feature(
        "country_risk_30d", "share of fraud in the country relative to all, half-life 30 days", "log of times", "up",
        _LABELS, combiner=True,
    ),
    Feature(
        "device_customers", "customers who have used the device before", "customers", "up",
        "all customers' transactions on the device", model=True, combiner=True,
    ),
    Feature(
        "device_new", "1 when the customer has never used this device", "yes or no", "up", _HISTORY, model=True,
        combiner=True,
    ),
    Feature(
        "pair_count", "how often the customer has dealt with this counterparty, if it is among its sixteen foremost",
        "transactions", "down", _HISTORY, combiner=True,
    ),
    Feature(
        "recent_unusual", "how unusual the customer's latest transactions were in amount, hour and hourly sum",
        "sum of deviations", "up", "the customer's earlier transactions, weights halving every day", model=True,
        combiner=True,
    ),
    Feature(
        "counterparty_pace", "the counterparty's latest transactions relative to its usual day", "log of times", "up",
        "all customers' transactions with the counterparty, weights halving every day and every 30 days", combiner=True,
    ),
)  # fmt: skip

NAMES: Final = tuple(feature.name for feature in FEATURES)
INDEX: Final = {name: place for place, name in enumerate(NAMES)}
MODEL_FEATURES: Final = tuple(feature.name for feature in FEATURES if feature.model)
COMBINER_FEATURES: Final = tuple(feature.name for feature in FEATURES if feature.combiner)
# Where what the forest is about stands among what a combiner sees.
FOREST_PLACES: Final = [COMBINER_FEATURES.index(name) for name in MODEL_FEATURES]


def _digest() -> str:
    said = f"{DEFINITIONS}|" + "|".join(f"{f.name}:{f.unit}:{f.model}:{f.combiner}:{f.neutral!r}" for f in FEATURES)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


SCHEMA_DIGEST: Final = _digest()


def model_matrix(features: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """What a forest is about, float64 (n, m) in the order of MODEL_FEATURES, from features (n, F).

    Values that are not defined become the feature's neutral value: nothing unusual is known.
    """
    import numpy as np

    chosen = [feature for feature in FEATURES if feature.model]
    matrix = features[:, [INDEX[feature.name] for feature in chosen]]
    neutral = np.array([feature.neutral for feature in chosen])
    return np.where(np.isnan(matrix), neutral, matrix)


def combiner_matrix(features: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """What a combiner sees, float64 (n, m) in the order of COMBINER_FEATURES, NaN where not defined."""
    return features[:, [INDEX[name] for name in COMBINER_FEATURES]]
