import numpy as np
import pytest
from argus_engine.capacity import HIGHEST, LOWEST, Day, pace, paced

RATE = 0.005


def scores(seed, count=20_000, shift=0.0):
    """Scores that a version gives to traffic as it was in training, or rarer by ``shift`` in the logarithm."""
    share = np.random.default_rng(seed).uniform(size=count) * np.exp(shift)
    return 1.0 / (1.0 + share / RATE)


def weeks(shifts):
    """Per week the alerts relative to the rate, of days on which all scores lie lower by the day's shift."""
    days, found = [], []
    for number, shift in enumerate(shifts):
        score = scores(number, shift=shift)
        alerts = int((paced(score, pace(days, RATE)) >= 0.5).sum())
        days.append(Day.of(score, alerts))
        found.append(alerts / (RATE * len(score)))
    return [float(np.mean(found[k : k + 7])) for k in range(0, len(found), 7)]


@pytest.mark.parametrize(
    "shifts",
    [
        [0.0] * 35,
        [0.7] * 35,  # half as many high scores as in training
        [-0.7] * 35,
        np.linspace(-0.5, 0.5, 35).tolist(),  # moving on
        [0.15 if day % 7 < 5 else -0.25 for day in range(35)],  # weekends are different
    ],
)
def test_alerts_hold_the_rate_within_a_fifth_week_by_week(shifts):
    # In the first week there is nothing to look back on.
    assert weeks(shifts)[1:] == pytest.approx([1.0] * 4, abs=0.2)


def test_without_days_or_with_few_alerts_the_line_stays():
    assert pace([], RATE) == 1.0
    assert pace([Day.of(scores(1, 100), 0)] * 6, RATE) == 1.0


def test_the_line_moves_within_bounds():
    nothing, everything = Day.of(np.zeros(5000), 0), Day.of(np.full(5000, 0.999999), 5000)
    assert 1.0 < pace([nothing] * 6, RATE) <= HIGHEST
    assert LOWEST <= pace([everything] * 6, RATE) < 1.0
