"""Runs the checks on a version: on what was trained, and on what the registry gives back."""

import tempfile
from pathlib import Path

import numpy as np
from argus_engine.catalogue import FOREST_PLACES
from argus_engine.model import AnomalyModel, ModelError
from skops.io.exceptions import UntrustedTypesFoundException

from argus_trainer import checks
from argus_trainer.checks import Check
from argus_trainer.dataset import FRAUD
from argus_trainer.evaluate import Evaluation
from argus_trainer.learn import Learned
from argus_trainer.packaging import unpack_combiner, unpack_forest
from argus_trainer.registry import Registry


def trained(learned: Learned, found: Evaluation) -> list[Check]:
    """Checks of the model as it was trained."""
    late = slice(learned.cut.place, None)
    others = learned.data.label[late] != FRAUD
    return [
        checks.scores_usable(found.scores[late]),
        checks.flat_equals_sklearn(found.forest, found.sklearn_holdout),
        checks.combiner_equals_sklearn(found.rank, found.sklearn_rank),
        checks.alert_rate_as_stated(
            flagged=int(np.count_nonzero(found.flagged[late] & others)),
            rows=int(np.count_nonzero(others)),
            stated=learned.model.review_rate,
        ),
        checks.ranks_as_champion(found.rank_correlation),
        checks.hybrid_no_worse_than_parts(
            frauds=found.frauds, hybrid=found.metrics.get("average_precision"), parts=found.parts
        ),
        checks.frauds_rank_high(frauds=found.frauds, auc=found.auc, champion_auc=found.champion_auc),
    ]


def registered(registry: Registry, version: str, digest: str, learned: Learned, found: Evaluation) -> list[Check]:
    """Checks of the version's files as a worker and a data scientist would get them."""
    late = slice(learned.cut.place, None)
    seen, evidence = learned.data.seen[late], learned.data.evidence[late]
    with tempfile.TemporaryDirectory(prefix="argus-verify-") as folder:
        files = registry.fetch(version, Path(folder))
        try:
            model = AnomalyModel.load(files, version)
            forest = unpack_forest(files)
            if model.combiner.learned is not None:
                unpack_combiner(files)
        except (ModelError, UntrustedTypesFoundException, OSError, ValueError, KeyError) as error:
            return [Check("registered_files_load", False, f"version {version} cannot be loaded: {error}")]
    same = model.digest == digest
    surprises = model.combiner.unusual.rows(seen[:, FOREST_PLACES])
    judged = model.judge_seen(seen, evidence)
    trained = learned.model.judge_seen(seen, evidence)
    return [
        Check("registered_files_load", same, f"digest {model.digest[:12]}, written with {digest[:12]}"),
        checks.registered_equals_trained(-forest.score_samples(surprises), found.sklearn_holdout),
        checks.registered_flat_equals_trained(judged.anomaly, found.sklearn_holdout),
        checks.registered_combiner_equals_trained(judged.rank, trained.rank),
    ]
