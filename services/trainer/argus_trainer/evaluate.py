"""How a model does on the latest transactions, which it has not seen."""

import time
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from argus_engine.catalogue import FOREST_PLACES
from argus_engine.combiner import inputs
from argus_engine.linear import Linear
from argus_engine.model import AnomalyModel, Judgement
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

from argus_trainer.combine import Combined
from argus_trainer.dataset import FRAUD, Dataset
from argus_trainer.stats import psi, rank_correlation
from argus_trainer.version import Version

Floats = NDArray[np.float64]

HOLDOUT_SHARE: Final = 0.2
# The score at which a model alone asks for review; see AnomalyModel.score_of.
REVIEW_RISK: Final = 0.5
_SINGLE_ROWS: Final = 200
_CHUNK: Final = 100_000


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
    """How the rehearsal's scores (higher is more suspicious) of all rows of the data set turned out.

    ``forest``: the final forest's raw scores of the holdout; ``sklearn_holdout``: what scikit-learn computes for it;
    ``rank`` and ``sklearn_rank``: the same of what labels have taught, None where nothing has. ``champion_auc`` and
    ``rank_correlation`` are None without a champion on the same features; ``auc`` without known frauds in the holdout;
    ``parts``: average precision there of each part alone.
    """

    scores: Floats
    forest: Floats
    sklearn_holdout: Floats
    rank: Floats | None
    sklearn_rank: Floats | None
    flagged: NDArray[np.bool_]
    frauds: int
    auc: float | None
    champion_auc: float | None
    rank_correlation: float | None
    parts: dict[str, float] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)


def evaluate(
    data: Dataset, cut: Split, *, rehearsal: Version, final: Version, champion: AnomalyModel | None
) -> Evaluation:
    """Score the data set and compare: holdout with training window, flat models with scikit-learn's, the rehearsal with
    the present champion, scores with what is known of fraud."""
    late = slice(cut.place, None)
    fraud = data.label[late] == FRAUD
    judged = judge(rehearsal.model, data)
    flagged = judged.score >= REVIEW_RISK
    score = judged.score[late]
    equal = _beside_sklearn(data, late, final)
    metrics = {
        "rows_holdout": len(score),
        "alert_rate_train": float(flagged[: cut.place].mean()),
        "alert_rate_holdout": float(flagged[late].mean()),
        "score_psi_holdout_to_train": psi(judged.score[: cut.place], score),
        "flat_to_sklearn_max_difference": float(np.max(np.abs(equal.forest - equal.sklearn_forest))),
        "single_row_ms": single_row_ms(final.model, data, late),
        "frauds_known_holdout": int(fraud.sum()),
        "frauds_known": final.known.frauds,
        "pace": final.model.pace,
    }
    metrics |= {f"score_holdout_p{q}": float(np.quantile(score, q / 100)) for q in (1, 50, 95, 99)}
    metrics |= {f"judged_{way}": found for way, found in final.combined.judged.items()}
    auc = _labelled(score, fraud, rehearsal.model.review_rate, metrics)
    parts = {}
    if auc is not None:
        for way, alone in (("forest", judged.anomaly[late]), ("rules", data.evidence[late])):
            parts[way] = metrics[f"average_precision_{way}"] = float(average_precision_score(fraud, alone))
    correlation = champion_auc = None
    if champion is not None:
        theirs = champion.judge_seen(data.seen[late], data.evidence[late]).score
        both = flagged[late] & (theirs >= REVIEW_RISK)
        either = flagged[late] | (theirs >= REVIEW_RISK)
        correlation = rank_correlation(score, theirs)
        metrics["champion_rank_correlation"] = correlation
        metrics["champion_score_psi"] = psi(theirs, score)
        metrics["champion_alert_overlap"] = float(both.sum() / either.sum()) if either.any() else 1.0
        if auc is not None:
            champion_auc = metrics["champion_auc"] = float(roc_auc_score(fraud, theirs))
    return Evaluation(
        judged.score, equal.forest, equal.sklearn_forest, equal.rank, equal.sklearn_rank, flagged, int(fraud.sum()),
        auc, champion_auc, correlation, parts, metrics,
    )  # fmt: skip


def judge(model: AnomalyModel, data: Dataset) -> Judgement:
    """Of all rows, some at a time."""
    chunks = [slice(low, low + _CHUNK) for low in range(0, len(data), _CHUNK)]
    found = [model.judge_seen(data.seen[chunk], data.evidence[chunk]) for chunk in chunks]
    return Judgement(*(np.concatenate([getattr(some, name) for some in found]) for name in Judgement.__slots__))


@dataclass(frozen=True, slots=True)
class _Equal:
    forest: Floats
    sklearn_forest: Floats
    rank: Floats | None
    sklearn_rank: Floats | None


def _beside_sklearn(data: Dataset, late: slice, final: Version) -> _Equal:
    """The flat models on the holdout, beside those they were made from."""
    model = final.model
    matrix = data.seen[late][:, FOREST_PLACES]
    forest = model.anomaly(matrix)
    reference = -final.forest.score_samples(model.combiner.unusual.rows(matrix))
    learned = model.combiner.learned
    if learned is None:
        return _Equal(forest, reference, None, None)
    rows = inputs(data.seen[late].astype(np.float64), model.tail.surprise(forest), data.evidence[late])
    return _Equal(forest, reference, learned.log_odds(rows), original_log_odds(final.combined, rows))


def original_log_odds(combined: Combined, rows: Floats) -> Floats:
    """What scikit-learn's model says of rows of inputs, as the combiner does: before some of the genuine were drawn."""
    learned = combined.combiner.learned
    matrix = learned.scaled(rows) if isinstance(learned, Linear) else rows
    return np.asarray(combined.original.decision_function(matrix) - combined.raised)


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


def single_row_ms(model: AnomalyModel, data: Dataset, late: slice) -> float:
    """The median time, in milliseconds, to judge one row."""
    seen, evidence = data.seen[late], data.evidence[late]
    model.judge_seen(seen[:1], evidence[:1])
    taken = []
    for place in range(min(_SINGLE_ROWS, len(seen))):
        begun = time.perf_counter()
        model.judge_seen(seen[place : place + 1], evidence[place : place + 1])
        taken.append(time.perf_counter() - begun)
    return 1000 * float(np.median(taken))
