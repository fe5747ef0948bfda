"""Small models without a training."""

from typing import Any

import numpy as np
from argus_engine.boosted import Boosted
from argus_engine.catalogue import COMBINER_FEATURES, MODEL_FEATURES, SCHEMA_DIGEST
from argus_engine.chances import Chances
from argus_engine.combiner import INPUTS, Combiner
from argus_engine.forest import Forest
from argus_engine.linear import Linear
from argus_engine.model import AnomalyModel
from argus_engine.tail import Tail
from argus_engine.unusual import Unusual
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, IsolationForest

Floats = NDArray[np.float64]
SEEN = len(COMBINER_FEATURES)


def ordinary(count: int, seed: int = 2) -> Floats:
    """Rows of what a combiner sees, of ordinary customers."""
    return np.maximum(0.0, np.random.default_rng(seed).normal(size=(count, SEEN)) - 1.0)


def forest_rows(seen: Floats) -> Floats:
    """What a forest is about of them."""
    return seen[:, [COMBINER_FEATURES.index(name) for name in MODEL_FEATURES]]


def evidence_of(count: int, seed: int = 3) -> Floats:
    """What rules say: nothing of nine in ten."""
    rng = np.random.default_rng(seed)
    return np.where(rng.random(count) < 0.1, 0.6, 0.0)


def label_free(*, trees: int = 50, seed: int = 2, rate: float = 0.01, **said: Any) -> AnomalyModel:
    """A model that no label has taught."""
    seen, evidence = ordinary(3000, seed), evidence_of(3000)
    rows = forest_rows(seen)
    unusual = Unusual.fit(rows)
    surprises = unusual.rows(rows)
    forest = Forest.from_sklearn(IsolationForest(n_estimators=trees, random_state=seed).fit(surprises))
    tail = AnomalyModel.fit_tail(-forest.score_samples(surprises))
    combiner = Combiner(unusual, "surprise", 0.01, 0.0, Tail.fit(evidence))
    ranks = Tail.fit(combiner.rank(seen, tail.surprise(-forest.score_samples(surprises)), evidence))
    return AnomalyModel(forest, SCHEMA_DIGEST, MODEL_FEATURES, tail, rate, combiner, ranks, **said)


def inputs(count: int, seed: int = 5) -> tuple[Floats, NDArray[np.bool_]]:
    """Rows of a learned combiner's inputs, some not defined, and which of them are fraud."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(count, len(INPUTS)))
    fraud = rows[:, 0] + rows[:, 3] * rows[:, -1] + rng.normal(size=count) > 1.5
    rows[:, :SEEN][rng.random((count, SEEN)) < 0.05] = np.nan
    return rows, fraud


def trees(seed: int = 5) -> HistGradientBoostingClassifier:
    """scikit-learn's boosted trees."""
    rows, fraud = inputs(1500, seed)
    return HistGradientBoostingClassifier(max_iter=20, max_leaf_nodes=6, random_state=seed).fit(rows, fraud)


def linear(seed: int = 5) -> Linear:
    """Weights that nobody has learned."""
    rng, m = np.random.default_rng(seed), len(INPUTS)
    return Linear(np.full(m, -3.0), np.full(m, 3.0), np.zeros(m), np.full(m, 0.5), rng.normal(size=m), -2.0)


def learned(kind: str = "boosted", **said: Any) -> AnomalyModel:
    """A model that labels have taught, or for the kind ``taught`` its own surest answers."""
    base = label_free()
    model = linear() if kind == "linear" else Boosted.from_sklearn(trees())
    combiner = Combiner(base.combiner.unusual, kind, 0.01, 0.5, base.combiner.evidence, model)
    seen, evidence = ordinary(3000), evidence_of(3000)
    surprise = base.tail.surprise(base.anomaly(forest_rows(seen)))
    ranks = Tail.fit(combiner.rank(seen, surprise, evidence))
    chances = Chances(np.array([-5.0, 5.0]), np.array([0.0, 0.8]))
    return AnomalyModel(
        base.forest, base.schema_digest, base.features, base.tail, 0.01, combiner, ranks, chances, "delayed", **said
    )
