"""What made the forest find a transaction unusual, in words.

A feature's part is what the raw anomaly score loses when the feature alone is set to its neutral value: an
answer of the model itself, not a guess about it.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from argus_engine import reasons
from argus_engine.catalogue import FEATURES, model_matrix
from argus_engine.model import AnomalyModel, Judgement
from argus_engine.reasons import Reason
from argus_engine.rules.context import Context
from argus_engine.rules.habits import against_usual
from argus_engine.rules.words import counted, money, times, whole

# Risk, 0 to 1, from which the model gives a reason.
NOTABLE: Final = 0.3
MOST_NAMED: Final = 3
# A feature with less than this share of the leading feature's part is not named.
LEAST_SHARE: Final = 0.25

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FEATURES: Final = {feature.name: feature for feature in FEATURES}
_NEUTRAL: Final = {feature.name: feature.neutral for feature in FEATURES}


def explained(
    model: AnomalyModel,
    context: Context,
    judgement: Judgement,
    evidence_of: dict[int, dict[str, float]],
    alerted: NDArray[np.intp],
) -> dict[int, list[Reason]]:
    """Reasons for each transaction that is alerted or has a notable risk."""
    risk = model.risk_of(judgement.anomaly)
    places = np.union1d(np.flatnonzero(risk >= NOTABLE), alerted)
    if not len(places):
        return {}
    matrix = model_matrix(context.features[places])
    parts, _ = model.anomaly_parts(matrix)
    rarer = 1.0 - model.tail.share(judgement.anomaly[places])
    return {
        i: [Reason(
            reasons.ANOMALY,
            reasons.MODEL,
            _sentence(context, i, _leading(model, row, part), share),
            float(risk[i]),
        )]
        for i, row, part, share in zip(places.tolist(), matrix, parts, rarer.tolist(), strict=True)
    }


def _leading(model: AnomalyModel, row: NDArray[np.float64], part: NDArray[np.float64]) -> list[str]:
    """The features to name, the one with the largest part first; none if no feature matters by itself."""
    least = max(part.max() * LEAST_SHARE, 1e-12)
    order = np.argsort(-part, kind="stable")[:MOST_NAMED].tolist()
    return [model.features[j] for j in order if part[j] >= least and row[j] > _NEUTRAL[model.features[j]]]


def _sentence(context: Context, i: int, names: list[str], rarer: float) -> str:
    # Cut, not rounded: 99.97 must not read as 100.
    percent = f"{int(rarer * 1000) / 10:.1f}%"
    start = f"The anomaly model finds this more unusual than {percent} of the transactions it has learned from"
    said = [_said(context, i, name) for name in names]
    if not said:
        return f"{start}, by its combination of values."
    return f"{start}: {'; '.join(said)}."


def _said(context: Context, i: int, name: str) -> str:
    try:
        return _WORDS[name](context, i)
    except Exception:
        # The words need numbers that this transaction lacks; the model's judgement stands without them.
        return f"{_FEATURES[name].meaning} is {context.value(name, i):.3g}"


def _burst(context: Context, i: int) -> str:
    made = counted(context.value("count_1h", i), "transaction", "transactions")
    ratio = float(np.exp(context.value("burst_ratio", i)))
    return f"{made} within 1 hour, {times(ratio)} what is usual for this customer"


def _hour(context: Context, i: int) -> str:
    at = _EPOCH + timedelta(microseconds=int(context.batch.occurred_at[i]))
    return f"{at:%H:%M} UTC is an unusual time of day for this customer"


def _counterparty(context: Context, i: int) -> str:
    party = context.batch.counterparty[i]
    share = float(np.exp(-context.value("counterparty_novelty", i)))
    said = f"counterparty {party} is new to this customer"
    # One in two is what is assumed of a customer without history.
    return said if share > 0.49 else f"{said}, of whose transactions only about {share:.0%} go to new ones"


def _country(context: Context, i: int) -> str:
    return f"this customer has never transacted in {context.batch.country[i]} before"


def _travel(context: Context, i: int) -> str:
    km, kmh = whole(context.value("travel_km", i), "km"), whole(context.value("travel_kmh", i), "km/h")
    return f"{km} from the latest known place would take {kmh}"


def _hourly(context: Context, i: int) -> str:
    total = money(context.value("amount_1h", i), context.batch.currency[i])
    ratio = float(np.exp(context.value("amount_1h_ratio", i)))
    return f"{total} within 1 hour is {times(ratio)} this customer's usual amount"


def _sum(context: Context, i: int) -> str:
    total = money(context.value("amount_24h", i), context.batch.currency[i])
    ratio = float(np.exp(context.value("amount_24h_ratio", i)))
    return f"{total} within 24 hours is {times(ratio)} what is usual for this customer"


_WORDS: Final[dict[str, Callable[[Context, int], str]]] = {
    "amount_deviation": against_usual,
    "burst_ratio": _burst,
    "hour_deviation": _hour,
    "counterparty_novelty": _counterparty,
    "country_new": _country,
    "travel_speed_deviation": _travel,
    "amount_24h_ratio": _sum,
    "amount_1h_ratio": _hourly,
}
