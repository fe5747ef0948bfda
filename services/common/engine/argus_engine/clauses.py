"""Each feature's value in words, beside what is usual for the customer: clauses that make up explanations."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from argus_engine.catalogue import FEATURES
from argus_engine.rules.context import Context
from argus_engine.rules.habits import against_usual
from argus_engine.rules.words import counted, money, times, whole

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FEATURES: Final = {feature.name: feature for feature in FEATURES}


# What cannot be told where a feature is not defined, by the first word of its name.
_UNKNOWN: Final = {
    "device": "from which device it came",
    "travel": "how far it is from the latest place",
    "country": "in which country it was",
    "counterparty": "with which counterparty it was",
}


def said(context: Context, i: int, name: str) -> str:
    """What feature ``name`` says of transaction ``i``."""
    if np.isnan(context.value(name, i)):
        return f"it is not known {_UNKNOWN.get(name.split('_')[0], 'how usual that is')}"
    try:
        return _WORDS[name](context, i)
    except Exception:
        # The words need numbers that this transaction lacks; the model's judgement stands without them.
        return f"{_FEATURES[name].meaning} is {context.value(name, i):.3g}"


def _fold(context: Context, i: int, name: str) -> str:
    """A logarithm of times, as times."""
    return times(float(np.exp(context.value(name, i))))


def _burst(context: Context, i: int) -> str:
    made = counted(context.value("count_1h", i), "transaction", "transactions")
    return f"{made} within 1 hour, {_fold(context, i, 'burst_ratio')} what is usual for this customer"


def _pace(context: Context, i: int) -> str:
    made = counted(context.value("count_24h", i), "transaction", "transactions")
    return f"{made} within 24 hours, {_fold(context, i, 'pace_ratio')} what is usual for this customer"


def _hour(context: Context, i: int) -> str:
    return f"{_time(context, i)} is an unusual time of day for this customer"


def _counterparty_hour(context: Context, i: int) -> str:
    return f"{_time(context, i)} is an unusual time of day at counterparty {context.batch.counterparty[i]}"


def _time(context: Context, i: int) -> str:
    at = _EPOCH + timedelta(microseconds=int(context.batch.occurred_at[i]))
    return f"{at:%H:%M} UTC"


def _counterparty(context: Context, i: int) -> str:
    party = context.batch.counterparty[i]
    share = float(np.exp(-context.value("counterparty_novelty", i)))
    found = f"counterparty {party} is new to this customer"
    # One in two is what is assumed of a customer without history.
    return found if share > 0.49 else f"{found}, of whose transactions only about {share:.0%} go to new ones"


def _newcomer(context: Context, i: int) -> str:
    share = float(np.exp(-context.value("counterparty_newcomer", i)))
    return (
        f"counterparty {context.batch.counterparty[i]} sees this customer for the first time, "
        f"which is so of only about {share:.0%} of its transactions"
    )


def _country(context: Context, i: int) -> str:
    return f"this customer has never transacted in {context.batch.country[i]} before"


def _travel(context: Context, i: int) -> str:
    km, kmh = whole(context.value("travel_km", i), "km"), whole(context.value("travel_kmh", i), "km/h")
    return f"{km} from the latest known place would take {kmh}"


def _hourly(context: Context, i: int) -> str:
    total = money(context.value("amount_1h", i), context.batch.currency[i])
    return f"{total} within 1 hour is {_fold(context, i, 'amount_1h_ratio')} this customer's usual amount"


def _sum(context: Context, i: int) -> str:
    total = money(context.value("amount_24h", i), context.batch.currency[i])
    return f"{total} within 24 hours is {_fold(context, i, 'amount_24h_ratio')} what is usual for this customer"


def _amount(context: Context, i: int) -> str:
    return money(context.batch.amount[i] / context.minor_per_major[i], context.batch.currency[i])


def _at_counterparty(context: Context, i: int) -> str:
    far = context.value("counterparty_amount_deviation", i)
    party = context.batch.counterparty[i]
    return f"{_amount(context, i)} lies {far:.1f} standard deviations above what counterparty {party} usually sees"


def _of_all(context: Context, i: int) -> str:
    ratio = _fold(context, i, "population_amount_ratio")
    return f"{_amount(context, i)} is {ratio} what is usual in {context.batch.currency[i]}"


def _recent(context: Context, i: int) -> str:
    total = context.value("recent_unusual", i)
    return f"this customer's latest transactions were unusual too (by {total:.1f} in all, usually about 0)"


def _party_pace(context: Context, i: int) -> str:
    ratio = _fold(context, i, "counterparty_pace")
    return f"counterparty {context.batch.counterparty[i]} has {ratio} its usual number of transactions in a day"


def _party_risk(context: Context, i: int) -> str:
    ratio = _fold(context, i, "counterparty_risk_30d")
    return f"known fraud is {ratio} as frequent at counterparty {context.batch.counterparty[i]} as elsewhere"


def _party_risk_week(context: Context, i: int) -> str:
    ratio = _fold(context, i, "counterparty_risk_7d")
    party = context.batch.counterparty[i]
    return f"of late, known fraud is {ratio} as frequent at counterparty {party} as elsewhere"


def _party_fraud(context: Context, i: int) -> str:
    count = context.value("counterparty_fraud_7d", i)
    return f"about {max(count, 0.1):.1f} recent frauds are known at counterparty {context.batch.counterparty[i]}"


def _customer_risk(context: Context, i: int) -> str:
    ratio = _fold(context, i, "customer_risk_30d")
    return f"known fraud is {ratio} as frequent with this customer as with others"


def _customer_risk_week(context: Context, i: int) -> str:
    ratio = _fold(context, i, "customer_risk_7d")
    return f"of late, known fraud is {ratio} as frequent with this customer as with others"


def _customer_fraud(context: Context, i: int) -> str:
    count = context.value("customer_fraud_30d", i)
    return f"about {max(count, 0.1):.1f} recent frauds are known with this customer"


def _device_risk(context: Context, i: int) -> str:
    return f"known fraud is {_fold(context, i, 'device_risk_30d')} as frequent on this device as elsewhere"


def _country_risk(context: Context, i: int) -> str:
    ratio = _fold(context, i, "country_risk_30d")
    return f"known fraud is {ratio} as frequent in {context.batch.country[i]} as elsewhere"


def _device_customers(context: Context, i: int) -> str:
    users = counted(context.value("device_customers", i), "customer has", "customers have")
    return f"{users} used this device before"


def _device_new(context: Context, i: int) -> str:
    new = context.value("device_new", i) == 1.0
    return "this customer has never used this device" if new else "this customer has used this device before"


def _count(window: str, name: str) -> Callable[[Context, int], str]:
    return lambda context, i: f"{counted(context.value(name, i), 'transaction', 'transactions')} within {window}"


def _history(context: Context, i: int) -> str:
    earlier = counted(context.value("history_count", i), "earlier transaction", "earlier transactions")
    return f"{earlier} of this customer are known"


def _previous(context: Context, i: int) -> str:
    seconds = context.value("seconds_since_previous", i)
    for size, unit in ((86_400.0, "days"), (3600.0, "hours"), (60.0, "minutes")):
        if seconds >= 2 * size:
            return f"the customer's previous transaction was {seconds / size:.0f} {unit} ago"
    return f"the customer's previous transaction was {seconds:.0f} seconds ago"


def _new(context: Context, i: int) -> str:
    party = context.batch.counterparty[i]
    new = context.value("counterparty_new", i) == 1.0
    return f"counterparty {party} is new to this customer" if new else f"this customer knows counterparty {party}"


def _pair(context: Context, i: int) -> str:
    often = float(np.expm1(context.value("pair_count", i)))
    earlier = counted(often, "earlier transaction", "earlier transactions")
    return f"about {earlier} with counterparty {context.batch.counterparty[i]}"


def _activity(context: Context, i: int) -> str:
    often = counted(context.value("counterparty_activity", i), "transaction", "transactions")
    return f"counterparty {context.batch.counterparty[i]} has seen about {often} of late"


def _labelled(context: Context, i: int) -> str:
    often = counted(context.value("counterparty_labelled_30d", i), "transaction", "transactions")
    return f"of about {often} at counterparty {context.batch.counterparty[i]} it is known whether they were fraud"


_WORDS: Final[dict[str, Callable[[Context, int], str]]] = {
    "count_10m": _count("10 minutes", "count_10m"),
    "count_1h": _count("1 hour", "count_1h"),
    "count_24h": _count("24 hours", "count_24h"),
    "history_count": _history,
    "amount_ratio": against_usual,
    "amount_deviation": against_usual,
    "seconds_since_previous": _previous,
    "pace_ratio": _pace,
    "burst_ratio": _burst,
    "hour_deviation": _hour,
    "counterparty_new": _new,
    "country_new": _country,
    "travel_speed_deviation": _travel,
    "amount_24h_ratio": _sum,
    "counterparty_novelty": _counterparty,
    "amount_1h_ratio": _hourly,
    "counterparty_amount_deviation": _at_counterparty,
    "population_amount_deviation": _of_all,
    "population_amount_ratio": _of_all,
    "counterparty_hour_deviation": _counterparty_hour,
    "counterparty_newcomer": _newcomer,
    "counterparty_activity": _activity,
    "counterparty_risk_7d": _party_risk_week,
    "counterparty_risk_30d": _party_risk,
    "counterparty_fraud_7d": _party_fraud,
    "counterparty_labelled_30d": _labelled,
    "customer_risk_7d": _customer_risk_week,
    "customer_risk_30d": _customer_risk,
    "customer_fraud_30d": _customer_fraud,
    "device_risk_30d": _device_risk,
    "country_risk_30d": _country_risk,
    "device_customers": _device_customers,
    "device_new": _device_new,
    "pair_count": _pair,
    "recent_unusual": _recent,
    "counterparty_pace": _party_pace,
}
