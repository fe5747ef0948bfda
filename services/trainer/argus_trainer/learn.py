"""From the ledger to a model: the data set, its split, the forest, and what its scores mean."""

import threading
import time
from dataclasses import dataclass

import structlog
from argus_engine import catalogue
from argus_engine.forest import Forest
from argus_engine.model import AnomalyModel
from argus_engine.ruleset import RuleSet
from argus_records.selectors.ledger import ruleset_live
from sklearn.ensemble import IsolationForest

from argus_trainer import dataset, metrics
from argus_trainer.config import Config
from argus_trainer.dataset import FRAUD, Dataset
from argus_trainer.evaluate import Split, split
from argus_trainer.outcomes import TooFewTransactions
from argus_trainer.train import fit

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Learned:
    """What one training learned, and from what. ``rows`` of the data set went into the forest."""

    ruleset_version: int
    data: Dataset
    cut: Split
    forest: IsolationForest
    model: AnomalyModel
    rows: int
    seconds: dict[str, float]


def learn(config: Config, stop: threading.Event) -> Learned:
    """Replay the ledger under the rule set in force and fit a forest on all but the latest fifth.

    Transactions known to be fraud are left out: the forest is to learn what is usual. Raises
    :class:`TooFewTransactions`, or Stopped.
    """
    begun = time.monotonic()
    ruleset = ruleset_live()
    features = RuleSet.parse(ruleset.document).feature_config()
    data = dataset.build(features, window_days=config.window_days, stop=stop)
    read = time.monotonic()
    metrics.used(len(data))
    if len(data) < config.min_transactions:
        raise TooFewTransactions(
            f"{len(data)} decided transactions in the last {config.window_days} days; "
            f"training begins with {config.min_transactions}"
        )
    cut = split(data.occurred_at)
    rows = data.matrix[: cut.place][data.label[: cut.place] != FRAUD]
    if len(rows) < config.min_transactions // 2:
        raise TooFewTransactions(
            f"of {len(data)} transactions {len(rows)} lie before the latest fifth, too few to learn from"
        )
    log.info("learning", transactions=len(data), rows=len(rows))
    forest = fit(rows)
    flat = Forest.from_sklearn(forest)
    model = AnomalyModel(
        forest=flat,
        schema_digest=catalogue.SCHEMA_DIGEST,
        features=catalogue.MODEL_FEATURES,
        tail=AnomalyModel.fit_tail(-flat.score_samples(rows)),
        review_rate=config.review_rate,
    )
    seconds = {"seconds_reading": read - begun, "seconds_learning": time.monotonic() - read}
    return Learned(ruleset.version, data, cut, forest, model, len(rows), seconds)
