"""How a model does on the latest transactions, which it has not seen."""

import time
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from argus_engine.model import AnomalyModel
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest
from sklearn.metrics import average_precision_score, roc_auc_score

from argus_trainer.dataset import FRAUD, Dataset
from argus_trainer.stats import psi, rank_correlation

Floats = NDArray[np.float64]

HOLDOUT_SHARE: Final = 0.2
# The risk at which a model alone asks for review; see AnomalyModel.risk.
REVIEW_RISK: Final = 0.5
_SINGLE_ROWS: Final = 200


@dataclass(frozen=True, slots=True)
class Split:
    """Where the holdout begins: the place of its first row, and that row's time."""

    place: int
    cut_us: int


def split(occurred_at: NDArray[np.int64]) -> Split:
    """The latest fifth of rows in the order of time. Rows of one moment stay together, in the holdout."""
    place = int(len(occurred_at) * (1 - HOLDOUT_SHARE))
    cut = int(occurred_at[place])
    return Split(int(np.searchsorted(occurred_at, cut, "left")), cut)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Scores (higher is more unusual) of all rows of the data set, and what they amount to.

    ``sklearn_holdout``: what scikit-learn computes for the holdout. ``champion_auc`` and ``rank_correlation``
    are None without a champion on the same features; ``auc`` without known frauds in the holdout.
    """

    scores: Floats
    sklearn_holdout: Floats
    flagged: NDArray[np.bool_]
    frauds: int
    auc: float | None
    champion_auc: float | None
    rank_correlation: float | None
    metrics: dict[str, float] = field(default_factory=dict)


def evaluate(
    data: Dataset, cut: Split, *, model: AnomalyModel, forest: IsolationForest, champion: AnomalyModel | None
) -> Evaluation:
    """Score the data set and compare: holdout with training window, flat forest with scikit-learn's, new
    model with the present champion, scores with what is known of fraud."""
    holdout = data.matrix[cut.place :]
    fraud = data.label[cut.place :] == FRAUD
    scores = model.anomaly(data.matrix)
    flagged = model.risk_of(scores) >= REVIEW_RISK
    late = scores[cut.place :]
    reference = -forest.score_samples(holdout)
    metrics = {
        "rows_holdout": len(holdout),
        "alert_rate_train": float(flagged[: cut.place].mean()),
        "alert_rate_holdout": float(flagged[cut.place :].mean()),
        "score_psi_holdout_to_train": psi(scores[: cut.place], late),
        "flat_to_sklearn_max_difference": float(np.max(np.abs(late - reference))),
        "single_row_ms": single_row_ms(model, holdout),
        "frauds_known_holdout": int(fraud.sum()),
    }
    metrics |= {f"score_holdout_p{q}": float(np.quantile(late, q / 100)) for q in (1, 50, 95, 99)}
    auc = _labelled(late, fraud, model.review_rate, metrics)
    correlation = champion_auc = None
    if champion is not None:
        theirs = champion.anomaly(holdout)
        both = flagged[cut.place :] & (champion.risk_of(theirs) >= REVIEW_RISK)
        either = flagged[cut.place :] | (champion.risk_of(theirs) >= REVIEW_RISK)
        correlation = rank_correlation(late, theirs)
        metrics["champion_rank_correlation"] = correlation
        metrics["champion_score_psi"] = psi(theirs, late)
        metrics["champion_alert_overlap"] = float(both.sum() / either.sum()) if either.any() else 1.0
        if auc is not None:
            champion_auc = metrics["champion_auc"] = float(roc_auc_score(fraud, theirs))
    return Evaluation(scores, reference, flagged, int(fraud.sum()), auc, champion_auc, correlation, metrics)


def _labelled(scores: Floats, fraud: NDArray[np.bool_], rate: float, metrics: dict[str, float]) -> float | None:
    """Known frauds against all other transactions of the holdout, most of which are never labelled."""
    if not fraud.any() or fraud.all():
        return None
    metrics["auc"] = auc = float(roc_auc_score(fraud, scores))
    metrics["average_precision"] = float(average_precision_score(fraud, scores))
    most = np.argsort(-scores, kind="stable")[: max(1, round(rate * len(scores)))]
    metrics["precision_at_review_rate"] = float(fraud[most].mean())
    metrics["recall_at_review_rate"] = float(fraud[most].sum() / fraud.sum())
    return auc


def single_row_ms(model: AnomalyModel, rows: Floats) -> float:
    """The median time, in milliseconds, to score one row."""
    model.risk(rows[:1])
    taken = []
    for place in range(min(_SINGLE_ROWS, len(rows))):
        begun = time.perf_counter()
        model.risk(rows[place : place + 1])
        taken.append(time.perf_counter() - begun)
    return 1000 * float(np.median(taken))


def threshold(model: AnomalyModel) -> float:
    """The raw score at which the model alone asks for review."""
    tail = model.tail
    return float(np.interp(-model.review_rate, -tail.shares, tail.scores))
