"""Fitting the Isolation Forest, and finding out which features it should hear."""

from typing import Final

import numpy as np
from argus_engine.catalogue import MODEL_FEATURES
from argus_engine.unusual import Unusual
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest

Floats = NDArray[np.float64]

# More trees make scores steadier and scoring slower in proportion; beyond this little is gained.
TREES: Final = 150
# Isolation works on small samples: they thin out the crowd that would hide anomalies (Liu, Ting and Zhou: Isolation
# Forest, ICDM 2008). Where frauds come in numbers they hide each other, which larger samples made markedly worse on
# streams with such frauds and hardly better on others; see docs/benchmarks.md.
SAMPLE: Final = 128
# Enough to draw from and to know the tails by.
MOST_ROWS: Final = 100_000
SEED: Final = 20_080_801
JOBS: Final = 2

# Kinds of deviation, each with its features. Features of one kind say the same in other words.
_GROUPS: Final = {
    "amount": ("amount_deviation", "counterparty_amount_deviation", "population_amount_deviation"),
    "sum": ("amount_24h_ratio", "amount_1h_ratio"),
    "hour": ("hour_deviation", "counterparty_hour_deviation"),
    "counterparty": ("counterparty_novelty", "counterparty_newcomer"),
    "pace": ("burst_ratio", "pace_ratio"),
    "recent": ("recent_unusual",),
    "place": ("country_new", "travel_speed_deviation"),
    "device": ("device_new", "device_customers"),
}
# Heard whatever they keep company with: fraud is about money.
_ALWAYS: Final = ("amount", "sum")
# Kinds that go together by their making, whatever customers do: more transactions make larger sums.
_KIN: Final = (
    {"amount", "sum"}, {"sum", "pace"}, {"pace", "recent"}, {"sum", "recent"}, {"counterparty", "place"},
    {"place", "device"}, {"counterparty", "device"},
)  # fmt: skip
# The most unusual hundredth, and by how much a feature must be more unusual there than anywhere.
_TOP: Final = 0.01
_LEAST_LIFT: Final = 0.4
_LEAST_SIGMAS: Final = 3.0


def fit(surprises: Floats, *, trees: int = TREES, seed: int = SEED) -> IsolationForest:
    """An Isolation Forest on rows of surprises. The same rows and seed give the same forest."""
    sample = min(SAMPLE, len(surprises))
    return IsolationForest(n_estimators=trees, max_samples=sample, random_state=seed, n_jobs=JOBS).fit(surprises)


def hear(matrix: NDArray[np.floating]) -> Unusual:
    """The scale of unusualness of rows (n, features), and which features count on it.

    A feature that is rare on its own is noise to a forest: of many such, most transactions show one. What counts is
    company: a feature is heard if the transactions that are most unusual in another kind of deviation are unusual in
    this one too, markedly more than others are. Amounts are heard in any case. Needs no label.
    """
    unusual = Unusual.fit(matrix)
    surprises = unusual.rows(matrix)
    place = {name: j for j, name in enumerate(MODEL_FEATURES)}
    groups = {kind: [place[name] for name in names] for kind, names in _GROUPS.items()}
    consensus = {kind: surprises[:, places].sum(axis=1) for kind, places in groups.items()}
    heard = np.zeros(len(MODEL_FEATURES), bool)
    for kind, places in groups.items():
        others = [consensus[other] for other in groups if other != kind and {kind, other} not in _KIN]
        heard[places] = [kind in _ALWAYS or any(keeps_company(surprises[:, j], o) for o in others) for j in places]
    return Unusual(unusual.starts, unusual.values, unusual.shares, heard)


def keeps_company(surprise: Floats, other: Floats) -> bool:
    """Whether ``surprise`` is markedly larger where ``other`` is largest."""
    return lift(surprise, other) >= _LEAST_LIFT


def lift(surprise: Floats, other: Floats) -> float:
    """By which share ``surprise`` is larger where ``other`` is largest; 0 where that may be chance."""
    largest = np.quantile(other, 1.0 - _TOP)
    top = other > largest if largest == 0.0 else other >= largest
    count, mean = int(top.sum()), float(surprise.mean())
    # Where more rows than a hundredth are alike, the largest are no selection.
    if not count or count > 2 * _TOP * len(other) or mean <= 0.0:
        return 0.0
    found = float(surprise[top].mean())
    sigma = float(surprise.std()) / np.sqrt(count)
    return found / mean - 1.0 if found - mean > _LEAST_SIGMAS * sigma else 0.0
