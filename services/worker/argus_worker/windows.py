"""The values of windows that rules ask for: the database adds up the past, the engine the rest."""

from collections.abc import Collection, Sequence
from decimal import Decimal

import numpy as np
from argus_engine.aggregates import FIELDS, MOST, Sums, measure, plan
from argus_engine.columns import Transactions
from argus_engine.money import to_minor
from argus_engine.rules.language.windows import Window
from argus_records.services.windows import window_sums
from numpy.typing import NDArray


def measured(
    batch: Transactions, shards: Sequence[int], windows: Collection[Window]
) -> dict[Window, NDArray[np.float64]]:
    """The value of each window at each transaction of a claimed batch. Call inside the transaction of the claim.

    ``shards`` (n,): those of the transactions, all held.
    """
    if not windows:
        return {}
    asked = plan(batch, windows)
    shard = dict(zip(batch.customer, shards, strict=True))
    rows = window_sums(
        shards=[shard[customer] for customer in asked.customer],
        customers=asked.customer,
        after=asked.after.tolist(),
        until=asked.until.tolist(),
        fields={name for window in windows for name in window.columns},
    )
    places = [row[0] - 1 for row in rows]
    past = Sums(
        customer=[asked.customer[place] for place in places],
        at=asked.until[np.array(places, np.intp)],
        currency=[row[1] for row in rows],
        count=np.array([row[2] for row in rows], np.int64),
        total=np.array([_minor(row[3], row[1]) for row in rows], np.float64),
        most=np.array([_minor(row[4], row[1]) for row in rows], np.float64),
        values={name: [row[5 + place] for row in rows] for place, name in enumerate(FIELDS)},
    )
    return measure(batch, windows, past)


def _minor(amount: Decimal, currency: str) -> float:
    return min(float(to_minor(amount, currency)), MOST)
