"""What a version must pass before it may score. Each check is one function with one sentence of result."""

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

EXACT: Final = 1e-9
# The share of the holdout that the model flags may differ from the stated rate by this factor: the latest
# frauds are not known yet and rightly raise it, and behaviour moves on.
ALERT_RATE_FACTOR: Final = 10.0
# Fewer expected alerts than this say nothing about a rate that is too low.
EXPECTED_ALERTS: Final = 20.0
LEAST_RANK_CORRELATION: Final = 0.3
# Fewer labelled frauds in the holdout than this say nothing about how they rank.
FRAUDS_TO_JUDGE: Final = 20
LEAST_AUC: Final = 0.5
AUC_BELOW_CHAMPION: Final = 0.05
AP_BELOW_PART: Final = 0.02


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check, and why."""

    name: str
    passed: bool
    detail: str

    def as_dict(self) -> dict[str, Any]:
        """For checks.json."""
        return asdict(self)


def scores_usable(scores: Floats) -> Check:
    """Every score is a number, and they differ."""
    finite = bool(np.isfinite(scores).all())
    different = len(np.unique(scores))
    return Check(
        "scores_usable",
        finite and different > 1,
        f"{len(scores)} scores on the holdout, {different} of them different, {'all' if finite else 'not all'} finite",
    )


def flat_equals_sklearn(flat: Floats, sklearn: Floats) -> Check:
    """What workers compute from flat arrays is what scikit-learn computes."""
    return _equal("flat_equals_sklearn", flat, sklearn, "the flat forest and scikit-learn")


def registered_equals_trained(reloaded: Floats, trained: Floats) -> Check:
    """The registered skops file, loaded again, scores as the forest that was trained."""
    return _equal("registered_equals_trained", reloaded, trained, "the registered skops file and the trained forest")


def registered_flat_equals_trained(reloaded: Floats, trained: Floats) -> Check:
    """The registered flat files, loaded again as a worker does, score as the forest that was trained."""
    return _equal(
        "registered_flat_equals_trained",
        reloaded,
        trained,
        "the registered flat files and the trained forest",
    )


def combiner_equals_sklearn(flat: Floats | None, sklearn: Floats | None) -> Check:
    """What workers compute from a learned combiner's flat arrays is what scikit-learn computes."""
    if flat is None or sklearn is None:
        return Check("combiner_equals_sklearn", True, "labels have taught nothing; there is nothing to compare")
    return _equal("combiner_equals_sklearn", flat, sklearn, "the flat combiner and scikit-learn")


def registered_combiner_equals_trained(reloaded: Floats, trained: Floats) -> Check:
    """The registered combiner, loaded again, ranks as the one that was trained."""
    return _equal(
        "registered_combiner_equals_trained", reloaded, trained, "the registered combiner and the trained one"
    )


def hybrid_no_worse_than_parts(*, frauds: int, hybrid: float | None, parts: dict[str, float]) -> Check:
    """Where enough frauds are known, all parts together find them about as well as the best of them alone."""
    name = "hybrid_no_worse_than_parts"
    if hybrid is None or frauds < FRAUDS_TO_JUDGE or not parts:
        return Check(name, True, f"{frauds} known frauds in the holdout, too few to judge (from {FRAUDS_TO_JUDGE})")
    best = max(parts, key=lambda part: parts[part])
    # Among few frauds an average precision is known only so well.
    allowed = AP_BELOW_PART + 1.0 / np.sqrt(frauds)
    return Check(
        name,
        bool(hybrid >= parts[best] - allowed),
        f"average precision {hybrid:.3f} on {frauds} known frauds; {best} alone {parts[best]:.3f} "
        f"(allowed {allowed:.3f} below)",
    )


def _equal(name: str, left: Floats, right: Floats, which: str) -> Check:
    apart = float(np.max(np.abs(left - right))) if len(left) else float("inf")
    return Check(name, apart <= EXACT, f"scores of {which} differ by at most {apart:.3g} (allowed {EXACT:g})")


def alert_rate_as_stated(*, flagged: int, rows: int, stated: float) -> Check:
    """Of transactions that it has not seen, known frauds aside, the model flags about the stated share."""
    rows = max(rows, 1)
    rate, expected = flagged / rows, stated * rows
    # A few more than expected are chance when few are expected.
    most = max(stated * ALERT_RATE_FACTOR, (expected + 4 * np.sqrt(expected) + 4) / rows)
    least = stated / ALERT_RATE_FACTOR if expected >= EXPECTED_ALERTS else 0.0
    return Check(
        "alert_rate_as_stated",
        bool(least <= rate <= most),
        f"{flagged} of {rows} holdout transactions not known as fraud are flagged ({rate:.2%}); "
        f"stated {stated:.2%}, allowed {least:.2%} to {most:.2%}",
    )


def ranks_as_champion(correlation: float | None) -> Check:
    """The new version does not turn the present champion's order of suspicion upside down."""
    if correlation is None:
        return Check("ranks_as_champion", True, "no champion with the same features to compare with")
    return Check(
        "ranks_as_champion",
        correlation >= LEAST_RANK_CORRELATION,
        f"rank correlation with the champion's scores {correlation:.3f} (at least {LEAST_RANK_CORRELATION})",
    )


def frauds_rank_high(*, frauds: int, auc: float | None, champion_auc: float | None) -> Check:
    """Where enough frauds are known, they rank above the rest, and not much worse than with the champion."""
    name = "frauds_rank_high"
    if auc is None or frauds < FRAUDS_TO_JUDGE:
        return Check(name, True, f"{frauds} known frauds in the holdout, too few to judge (from {FRAUDS_TO_JUDGE})")
    least = max(LEAST_AUC, (champion_auc or 0.0) - AUC_BELOW_CHAMPION)
    beside = f"; champion {champion_auc:.3f}" if champion_auc is not None else ""
    return Check(name, auc >= least, f"AUC {auc:.3f} on {frauds} known frauds (at least {least:.3f}{beside})")
