"""From rows to one version: the forest, the combiner, and what their scores mean."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from argus_engine import catalogue
from argus_engine.catalogue import FOREST_PLACES, MODEL_FEATURES
from argus_engine.combiner import Combiner
from argus_engine.forest import Forest
from argus_engine.model import AnomalyModel
from argus_engine.tail import Tail
from argus_engine.unusual import Unusual
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest

from argus_trainer import train
from argus_trainer.combine import LEAST_RECENT, Combined, combine
from argus_trainer.known import FRAUD, Known, known
from argus_trainer.parts import Parts

Floats = NDArray[np.float64]

# Of how many recent transactions the ranks are kept at most.
MOST_RECENT: Final = 300_000
# See Combiner.rules_weight: what many transactions hit says little beside the forest.
RULES_WEIGHT: Final = 0.01
_FORTNIGHT: Final = 14 * 86_400_000_000


@dataclass(frozen=True, slots=True)
class Version:
    """A model, and the scikit-learn models that it was made of."""

    model: AnomalyModel
    forest: IsolationForest
    combined: Combined
    known: Known
    rows: int


def fit(
    occurred_at: NDArray[np.int64],
    seen: NDArray[np.floating],
    evidence: Floats,
    label: NDArray[np.int8],
    *,
    review_rate: float,
    pace: float = 1.0,
) -> Version:
    """From n rows in the order of time.

    ``seen`` (n, m): features in the order of COMBINER_FEATURES, NaN where not defined; ``evidence`` (n,): the rules';
    ``label``: FRAUD, GENUINE or UNKNOWN. Known frauds are left out of what the forest learns: it is to know what is
    usual.
    """
    sample = np.flatnonzero(label != FRAUD)
    if len(sample) > train.MOST_ROWS:
        sample = np.sort(np.random.default_rng(train.SEED).choice(sample, train.MOST_ROWS, replace=False))
    usual = seen[sample][:, FOREST_PLACES]
    unusual = train.hear(usual)
    surprises = unusual.rows(usual)
    forest = train.fit(surprises)
    flat = Forest.from_sklearn(forest)
    tail = AnomalyModel.fit_tail(-flat.score_samples(surprises))
    surprise = tail.surprise(_anomaly(flat, unusual, seen))
    ruled = Tail.fit(evidence[sample])
    base = Combiner(unusual, "surprise", RULES_WEIGHT, 0.0, ruled)
    parts, facts = Parts(seen, surprise, evidence), known(occurred_at, label)
    combined = combine(base, parts, facts)
    model = AnomalyModel(
        forest=flat,
        schema_digest=catalogue.SCHEMA_DIGEST,
        features=MODEL_FEATURES,
        tail=tail,
        review_rate=review_rate,
        combiner=combined.combiner,
        ranks=_recent(occurred_at, parts, combined),
        chances=combined.chances,
        stage=facts.stage,
        note=combined.note,
        pace=pace,
    )
    return Version(model, forest, combined, facts, len(sample))


def _anomaly(forest: Forest, unusual: Unusual, seen: NDArray[np.floating]) -> Floats:
    """Raw scores of all rows, some at a time: the surprises of a million rows need not be in memory at once."""
    found = np.empty(len(seen))
    for low in range(0, len(seen), train.MOST_ROWS):
        chunk = slice(low, low + train.MOST_ROWS)
        found[chunk] = -forest.score_samples(unusual.rows(seen[chunk][:, FOREST_PLACES]))
    return found


def _recent(occurred_at: NDArray[np.int64], parts: Parts, combined: Combined) -> Tail:
    """Ranks of the latest fortnight, as far as they were not learned from."""
    low, high = combined.learned_until, len(occurred_at)
    if high - low > LEAST_RECENT:
        fortnight = int(np.searchsorted(occurred_at, occurred_at[-1] - _FORTNIGHT, "right"))
        low = max(low, min(fortnight, high - LEAST_RECENT), high - MOST_RECENT)
    if combined.apart is not None:
        return Tail.fit(combined.apart[low:])
    return Tail.fit(combined.combiner.rank(*parts.at(slice(low, high))))
