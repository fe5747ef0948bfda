"""How far the scores of one time are spread otherwise than those of another: the population stability index.

A score says how rare a transaction is among those that its model takes as usual, in odds of the review rate
(:meth:`argus_engine.model.AnomalyModel.score_of`). So it means the same whichever version gave it, and doublings are
what it is to be counted by: most transactions lie low.
"""

from collections.abc import Sequence
from math import log
from typing import Final

# Lower bounds of the buckets above the lowest, in steps of about two. The smallest score that a model gives is the
# review rate, where all that are usual in everything stand together: no bound is near the rate that is shipped (0.005).
# Counted sums are by these bounds: who changes them forgets the sums.
BOUNDS: Final = (0.0004, 0.0008, 0.0015, 0.003, 0.006, 0.0125, 0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 0.9)
BUCKETS: Final = len(BOUNDS) + 1

# Below the first stable, from the second on a large change, between them a moderate one: the convention of credit
# scoring (Lewis, An Introduction to Credit Scoring, 1994; Siddiqi, Credit Risk Scorecards, 2006).
MODERATE: Final = 0.1
LARGE: Final = 0.25

# Decisions on either side of which an index is given. Of two samples of n and m of an unchanged population the index is
# distributed as (1/n + 1/m) chi-square with a degree of freedom less than buckets (Yurdakul and Naranjo, Statistical
# properties of the population stability index, Journal of Risk Model Validation, 2020): with 1,000 each and 15 buckets
# chance alone passes 0.072 once in a thousand, and "moderate" less often.
LEAST: Final = 1_000

# A smaller share counts as this one, so that an empty bucket has a logarithm.
FLOOR: Final = 0.0001


def parts(actual: Sequence[int], expected: Sequence[int]) -> list[float]:
    """What each bucket adds to the index, 0 or more: (a - e) ln(a / e) of its shares a and e.

    ``actual``, ``expected``: how many fell into each bucket; as many buckets, and somebody in one of them, on both
    sides. Raises ValueError otherwise.

    >>> [round(part, 4) for part in parts([50, 50, 0], [25, 75, 0])]
    [0.1733, 0.1014, 0.0]
    """
    every, each = sum(actual), sum(expected)
    if not every or not each:
        raise ValueError("nothing was counted")
    found = []
    for n, m in zip(actual, expected, strict=True):
        a, e = max(n / every, FLOOR), max(m / each, FLOOR)
        found.append((a - e) * log(a / e))
    return found


def index(actual: Sequence[int], expected: Sequence[int]) -> float:
    """The population stability index, 0 for what is spread alike, without an upper end; the same either way round.

    >>> round(index([50, 50], [25, 75]), 4), index([10, 30], [20, 60])
    (0.2747, 0.0)
    """
    return sum(parts(actual, expected))
