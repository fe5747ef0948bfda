"""Choosing and fitting the combiner: by what is known, the best of six ways to make one rank."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from argus_engine.chances import Chances
from argus_engine.combiner import Combiner, inputs
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import average_precision_score

from argus_trainer import boosting
from argus_trainer.boosting import Drawn
from argus_trainer.known import LEAST_TO_JUDGE, LEAST_TO_LEARN, Known
from argus_trainer.parts import Parts
from argus_trainer.surest import taught

Floats = NDArray[np.float64]

# Powers of the amount by which odds may be raised, and the average precision that this may cost.
VALUE_WEIGHTS: Final = (0.5, 0.25)
MOST_COST: Final = 0.01
# A way that needs no labels is left only for one that is better by this.
LEAST_GAIN: Final = 0.005
_POINTS: Final = 200
# Of how many recent transactions the ranks are kept, at least where there are as many; and the share of all rows that
# may be kept from learning for that.
LEAST_RECENT: Final = 5_000
MOST_KEPT_BACK: Final = 0.2


@dataclass(frozen=True, slots=True)
class Combined:
    """A combiner, and what led to it.

    ``original``: the scikit-learn model of a learned kind; ``raised``: by how much its log-odds lie above the
    combiner's. ``learned_until``: rows from there on have taught nothing to a kind that labels teach; 0 for others.
    ``judged``: average precision of each way in the latest labelled weeks. ``apart`` (n,): ranks of all rows by
    combiners of the same kind that had not learned from them, None where nothing was learned without labels.
    """

    combiner: Combiner
    original: Any
    raised: float
    learned_until: int
    chances: Chances | None
    note: str
    judged: dict[str, float] = field(default_factory=dict)
    apart: Floats | None = None


def combine(base: Combiner, parts: Parts, known: Known) -> Combined:
    """``base`` is the combiner without labels."""
    if known.judged_from is None:
        frauds = f"{known.frauds} frauds are known" if known.frauds else "no fraud is known"
        note = (
            f"{frauds}; labels teach from {LEAST_TO_LEARN}, of which {LEAST_TO_JUDGE} lie in the latest weeks: "
            "how rare the forest and the rules find a transaction decides"
        )
        found = taught(base, parts, np.ones(len(known.fraud), bool))
        if found is None:
            return Combined(base, None, 0.0, 0, None, note)
        note += ", and what the rarest have in common"
        return Combined(found.combiner, found.original, found.raised, 0, None, note, apart=found.apart)
    late = slice(known.judged_from, known.until)
    fraud, counts = known.fraud[late], known.weight[late]
    before = np.arange(len(known.fraud)) < known.judged_from
    trial: dict[str, Combiner] = {kind: replace(base, kind=kind) for kind in ("surprise", "forest", "rules")}
    for kind in _LEARN:
        trial[kind] = _fit(kind, base, parts, known, before)[0]
    if (surest := taught(base, parts, before)) is not None:
        trial["taught"] = surest.combiner
    ranks = {kind: combiner.rank(*parts.at(late)) for kind, combiner in trial.items()}
    judged = {kind: float(average_precision_score(fraud, rank, sample_weight=counts)) for kind, rank in ranks.items()}
    best = max(judged, key=lambda kind: judged[kind] - (LEAST_GAIN if kind in _LEARN else 0.0))
    judge = trial[best]
    if best not in _LEARN:
        note = f"{known.frauds} frauds are known, and {_WORDS[best]} found them best in the latest labelled weeks"
        chances = _chances(ranks[best], fraud, counts)
        again = taught(base, parts, np.ones(len(before), bool)) if best == "taught" else None
        if again is None:
            return Combined(judge, None, 0.0, 0, chances, note, judged)
        return Combined(again.combiner, again.original, again.raised, 0, chances, note, judged, again.apart)
    weight = _value_weight(judge, parts, late, known, judged[best])
    judge = replace(judge, value_weight=weight)
    until = _learned_until(known)
    combiner, original, raised = _fit(best, base, parts, known, np.arange(len(before)) < until)
    combiner = replace(combiner, value_weight=weight)
    note = f"{known.frauds} known frauds have taught {_WORDS[best]}"
    return Combined(
        combiner, original, raised, until, _chances(judge.rank(*parts.at(late)), fraud, counts), note, judged
    )


def _learned_until(known: Known) -> int:
    """Where learning ends: some rows must be left to tell which ranks are rare among those that taught nothing."""
    rows = len(known.fraud)
    return min(known.until, rows - min(LEAST_RECENT, round(MOST_KEPT_BACK * rows)))


_WORDS: Final = {
    "surprise": "rarity to the forest and the rules",
    "taught": "rarity, and what the rarest have in common,",
    "forest": "the forest alone",
    "rules": "the rules alone",
    "linear": "a logistic regression",
    "boosted": "boosted trees",
}


def _fit(
    kind: str, base: Combiner, parts: Parts, known: Known, among: NDArray[np.bool_]
) -> tuple[Combiner, Any, float]:
    presumed = known.weight < 1.0
    sure = known.genuine & among & ~presumed
    drawn = boosting.draw(known.fraud & among, sure, known.genuine & among & presumed)
    return _LEARN[kind](base, inputs(*parts.at(drawn.places)), drawn)


def _boosted(base: Combiner, matrix: Floats, drawn: Drawn) -> tuple[Combiner, Any, float]:
    trees = boosting.boost(matrix, drawn.fraud)
    flat = boosting.flat_boosted(trees, drawn.raised)
    return replace(base, kind="boosted", learned=flat), trees, drawn.raised


def _linear(base: Combiner, matrix: Floats, drawn: Drawn) -> tuple[Combiner, Any, float]:
    scales = boosting.scale(matrix)
    regression = boosting.regress(scales.scaled(matrix), drawn.fraud)
    flat = boosting.flat_linear(scales, regression, drawn.raised)
    return replace(base, kind="linear", learned=flat), regression, drawn.raised


_LEARN: Final[dict[str, Callable[..., tuple[Combiner, Any, float]]]] = {"boosted": _boosted, "linear": _linear}


def _value_weight(judge: Combiner, parts: Parts, late: slice, known: Known, plain: float) -> float:
    """The highest power of the amount that costs little average precision."""
    for weight in VALUE_WEIGHTS:
        rank = replace(judge, value_weight=weight).rank(*parts.at(late))
        found = average_precision_score(known.fraud[late], rank, sample_weight=known.weight[late])
        if found >= plain - MOST_COST:
            return weight
    return 0.0


def _chances(rank: Floats, fraud: NDArray[np.bool_], counts: Floats) -> Chances:
    """How often fraud was found by rank."""
    rising = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(rank, fraud, sample_weight=counts)
    points, shares = rising.X_thresholds_, rising.y_thresholds_
    if len(points) > _POINTS:
        kept = np.unique(np.linspace(0, len(points) - 1, _POINTS).astype(int))
        points, shares = points[kept], shares[kept]
    points, first = np.unique(points.astype(np.float64), return_index=True)
    return Chances(points, np.maximum.accumulate(np.clip(shares[first].astype(np.float64), 0.0, 1.0)))
