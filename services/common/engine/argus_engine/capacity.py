"""Holding the number of alerts to what can be worked: how far the line for review must move.

Behaviour moves on and frauds come in waves, so a line drawn yesterday finds more or fewer tomorrow. It is drawn anew
each day from the scores of the latest days, and what their alerts have fallen short of or gone beyond is made up for
over the next days.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Days that are looked back on; with the one to come they make a week.
LOOK_BACK: Final = 6
# Scores from here on are looked at: the line for review does not come near it.
FLOOR: Final = 0.1
# Over how many days a shortfall or excess is made up for.
MADE_UP_OVER: Final = 2.0
# What is made up for moves the line by no more.
LEAST, MOST = 0.2, 3.0
# And altogether it moves by no more.
LOWEST, HIGHEST = 0.01, 100.0
# Of fewer alerts than these nothing can be concluded.
LEAST_EXPECTED: Final = 5.0


@dataclass(frozen=True, slots=True)
class Day:
    """A day's ``count`` transactions: their scores from FLOOR up, and how many were alerted."""

    count: int
    upper: Floats
    alerts: int

    @classmethod
    def of(cls, score: Floats, alerts: int) -> "Day":
        """From all scores of the day."""
        return cls(len(score), score[score >= FLOOR], alerts)


def pace(days: Sequence[Day], rate: float) -> float:
    """By which factor the odds of a score are to be raised before they are compared with the line for review.

    ``days``: the latest, oldest first; ``rate``: the share of transactions to alert. 1 leaves the line where it is;
    more lets more be alerted.

    >>> scores = np.linspace(0.0, 0.5, 2001)
    >>> round(pace([Day.of(scores, 10)] * 6, 10 / 2001), 2), pace([Day.of(scores, 0)] * 6, 10 / 2001) > 3.0
    (1.01, True)
    """
    days = [day for day in days[-LOOK_BACK:] if day.count]
    count = sum(day.count for day in days)
    if rate * count < LEAST_EXPECTED:
        return 1.0
    upper = np.sort(np.concatenate([day.upper for day in days]))[::-1]
    place = round(rate * count)
    line = float(upper[place - 1]) if place <= len(upper) else FLOOR
    line = min(line, 1.0 - 1e-9)
    expected = rate * count / len(days)
    short = rate * count - sum(day.alerts for day in days)
    step = float(np.clip(1.0 + short / (MADE_UP_OVER * expected), LEAST, MOST))
    # Of a few days only part is believed.
    return float(np.clip(((1.0 - line) / line) ** (len(days) / LOOK_BACK) * step, LOWEST, HIGHEST))


def paced(score: Floats, factor: float) -> Floats:
    """Scores with their odds raised by ``factor``.

    >>> paced(np.array([0.25, 0.5]), 3.0).tolist()
    [0.5, 0.75]
    """
    return factor * score / (1.0 - score + factor * score)


def rate_of(alerts_a_day: float, transactions_a_day: float) -> float:
    """The share of transactions that so many alerts a day are.

    >>> rate_of(50.0, 10_000.0), rate_of(1e9, 10.0)
    (0.005, 0.5)
    """
    return float(np.clip(alerts_a_day / max(transactions_a_day, 1.0), 1e-6, 0.5))
