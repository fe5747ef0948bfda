"""What a run tells of a training: parameters, the data window, plots, the meaning of the features."""

from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import sklearn
from argus_engine import catalogue
from matplotlib.figure import Figure

from argus_trainer import plots
from argus_trainer.config import Config
from argus_trainer.dataset import FRAUD, GENUINE
from argus_trainer.evaluate import REVIEW_RISK, Evaluation
from argus_trainer.learn import Learned

# Enough rows for a histogram, however large the data set.
_PLOTTED: Final = 50_000


def parameters(config: Config, learned: Learned) -> dict[str, object]:
    """How the forest was made."""
    forest, combiner = learned.final.forest, learned.model.combiner
    return {
        "stage": learned.model.stage,
        "combiner": combiner.kind,
        "value_weight": combiner.value_weight,
        "features_heard": int(combiner.unusual.heard.sum()),
        "n_estimators": forest.n_estimators,
        "max_samples": forest.max_samples_,
        "random_state": forest.random_state,
        "window_days": config.window_days,
        "min_transactions": config.min_transactions,
        "review_rate": learned.model.review_rate,
        "features": len(catalogue.MODEL_FEATURES),
        "scikit_learn": sklearn.__version__,
    }


def data_window(learned: Learned) -> dict[str, Any]:
    """From which transactions it learned."""
    data = learned.data
    return {
        "window_from": _when(data.occurred_at[0]),
        "window_to": _when(data.occurred_at[-1]),
        "holdout_from": _when(learned.cut.cut_us),
        "transactions": len(data),
        "transactions_decided_in_all": data.decided,
        "rows_trained_on": learned.final.rows,
        "ledger_id_first": int(data.ids.min()),
        "ledger_id_last": int(data.ids.max()),
        "known_fraud": int((data.label == FRAUD).sum()),
        "known_genuine": int((data.label == GENUINE).sum()),
        "ruleset_version": learned.ruleset_version,
    }


def schema() -> dict[str, Any]:
    """The features that the forest sees, in order, with their meaning."""
    return {
        "digest": catalogue.SCHEMA_DIGEST,
        "features": [
            {
                "name": feature.name,
                "meaning": feature.meaning,
                "unit": feature.unit,
                "suspicious_when": {"up": "high", "down": "low"}.get(feature.direction, "either"),
                "where_unknown": feature.neutral,
            }
            for feature in catalogue.FEATURES
            if feature.model
        ],
    }


def figures(learned: Learned, found: Evaluation) -> dict[str, Figure]:
    """The run's plots, by name."""
    data, place = learned.data, learned.cut.place
    fraud = data.label[place:] == FRAUD
    sample = np.random.default_rng(0).permutation(len(data))[:_PLOTTED]
    early = sample < place
    return {
        "scores": plots.score_histogram(
            train=found.scores[:place],
            holdout=found.scores[place:],
            fraud=found.scores[place:][fraud],
            threshold=REVIEW_RISK,
        ),
        "features": plots.feature_distributions(
            names=catalogue.MODEL_FEATURES,
            train=data.matrix[sample[early]],
            holdout=data.matrix[sample[~early]],
        ),
        "alert_rate": plots.alert_rate_over_time(
            occurred_us=data.occurred_at,
            flagged=found.flagged,
            stated=learned.model.review_rate,
            cut_us=learned.cut.cut_us,
        ),
    }


def _when(microseconds: int) -> str:
    return datetime.fromtimestamp(int(microseconds) / 1e6, UTC).isoformat(timespec="seconds")
