"""Fitting what labels teach: boosted trees, and a logistic regression for few labels."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from argus_engine.boosted import Boosted
from argus_engine.combiner import FOREST, INPUTS, RULES
from argus_engine.linear import Linear
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

Floats = NDArray[np.float64]

# Genuine transactions drawn for each fraud, and at least so many: more would fill the trees' bins with what is usual,
# and leave none to tell the unusual apart. The odds are put right afterwards.
GENUINE_PER_FRAUD: Final = 10
LEAST_GENUINE: Final = 20_000
# Of transactions that nobody reviewed, one for so many that were found genuine: enough to show what is usual.
PRESUMED_SHARE: Final = 0.05
SEED: Final = 20_080_801
_RULES: Final = INPUTS.index(RULES)
_FOREST: Final = INPUTS.index(FOREST)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Rows to learn from: their ``places``, which are ``fraud``, and by how much the choice raises the log-odds."""

    places: NDArray[np.intp]
    fraud: NDArray[np.bool_]
    raised: float


def draw(fraud: NDArray[np.bool_], sure: NDArray[np.bool_], presumed: NDArray[np.bool_]) -> Drawn:
    """All frauds, what is ``sure`` to be genuine, and a few of what is only ``presumed``; see :class:`known.Known`."""
    most = max(GENUINE_PER_FRAUD * int(fraud.sum()), LEAST_GENUINE)
    chosen = _some_of(np.flatnonzero(sure), most)
    few = _some_of(np.flatnonzero(presumed), round(PRESUMED_SHARE * len(chosen)))
    places = np.sort(np.concatenate([np.flatnonzero(fraud), chosen, few]))
    share = (len(chosen) + len(few)) / int(sure.sum() + presumed.sum())
    return Drawn(places, fraud[places], -float(np.log(share)))


def _some_of(places: NDArray[np.intp], most: int) -> NDArray[np.intp]:
    return places if len(places) <= most else np.random.default_rng(SEED).choice(places, most, replace=False)


def boost(matrix: Floats, fraud: NDArray[np.bool_]) -> HistGradientBoostingClassifier:
    """Boosted trees on rows of inputs. More evidence of rules never lowers what they say."""
    trees = HistGradientBoostingClassifier(
        max_iter=150,
        learning_rate=0.06,
        max_leaf_nodes=12,
        min_samples_leaf=20,
        l2_regularization=5.0,
        early_stopping=False,
        monotonic_cst=[int(name == RULES) for name in INPUTS],
        random_state=SEED,
    )
    return trees.fit(_some(matrix), fraud)


def boost_surest(matrix: Floats, surest: NDArray[np.bool_]) -> HistGradientBoostingClassifier:
    """Small boosted trees that tell which rows of inputs are ``surest``, by anything but the forest that chose them."""
    trees = HistGradientBoostingClassifier(
        max_iter=60,
        learning_rate=0.08,
        max_leaf_nodes=4,
        min_samples_leaf=30,
        l2_regularization=10.0,
        early_stopping=False,
        monotonic_cst=[int(name == RULES) for name in INPUTS],
        random_state=SEED,
    )
    unaware = _some(matrix)
    unaware[:, _FOREST] = 0.0
    return trees.fit(unaware, surest)


def _some(matrix: Floats) -> Floats:
    """Inputs that are nowhere defined are constant instead: nothing is learned from them."""
    return np.where(np.isnan(matrix).all(axis=0), 0.0, matrix)


def flat_boosted(trees: HistGradientBoostingClassifier, raised: float) -> Boosted:
    """As the engine has them; ``raised`` is what drawing did to the log-odds."""
    flat = Boosted.from_sklearn(trees)
    return Boosted(**flat.arrays() | {"baseline": flat.baseline - raised})


def scale(matrix: Floats) -> Linear:
    """How a regression is to see inputs, weights still 0: clipped to what is not extreme, in standard deviations."""
    known = _some(matrix)
    low, centre, high = np.nanquantile(known, [0.001, 0.5, 0.999], axis=0)
    spread = np.nanstd(np.clip(known, low, high), axis=0)
    spread = np.where(spread > 1e-9, spread, 1.0)
    return Linear(low, high, centre, spread, np.zeros(matrix.shape[1]), 0.0)


def regress(scaled: Floats, fraud: NDArray[np.bool_]) -> LogisticRegression:
    """A logistic regression on scaled inputs, held back enough for a few dozen frauds.

    More evidence of rules never lowers what it says: if it would, it does without them.
    """
    found = _regression().fit(scaled, fraud)
    if found.coef_[0, _RULES] < 0.0:
        without = scaled.copy()
        without[:, _RULES] = 0.0
        found = _regression().fit(without, fraud)
    return found


def _regression() -> LogisticRegression:
    return LogisticRegression(C=0.02, max_iter=1000, tol=1e-6)


def flat_linear(scales: Linear, regression: LogisticRegression, raised: float) -> Linear:
    """As the engine has it; ``raised`` is what drawing did to the log-odds."""
    intercept = float(regression.intercept_[0]) - raised
    weight = regression.coef_[0].astype(np.float64)
    return Linear(scales.low, scales.high, scales.centre, scales.scale, weight, intercept)
