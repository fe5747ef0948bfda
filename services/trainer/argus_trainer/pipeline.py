"""One training, from the ledger to the alias."""

import tempfile
import threading
from pathlib import Path

import structlog
from argus_engine import catalogue
from argus_engine.model import AnomalyModel, ModelError
from argus_records.names import ModelRegistry

from argus_trainer import metrics, report, tracking, verify
from argus_trainer.checks import Check
from argus_trainer.config import Config
from argus_trainer.evaluate import Evaluation, evaluate
from argus_trainer.learn import Learned, learn
from argus_trainer.lock import only_one
from argus_trainer.mlflow_api import Model
from argus_trainer.outcomes import Ended, Stopped
from argus_trainer.packaging import pack
from argus_trainer.registry import Registry

log = structlog.get_logger(__name__)


def train(config: Config, stop: threading.Event) -> Ended:
    """Read, learn, evaluate, register, and promote what passes its checks.

    Raises a :class:`~argus_trainer.outcomes.TrainingError` when it comes to no version.
    """
    registry = Registry(config.tracking_uri, config.model_name)
    with only_one():
        # First of all: a registry that is down is known before minutes of work.
        present = registry.champion()
        metrics.champion(present)
        learned = learn(config, stop)
        _go_on(stop)
        champion = _load(registry, present)
        found = evaluate(learned.data, learned.cut, rehearsal=learned.rehearsal, final=learned.final, champion=champion)
        _go_on(stop)
        version, results = _register(config, registry, learned, found)
        return _conclude(config, registry, version, results)


def _go_on(stop: threading.Event) -> None:
    if stop.is_set():
        raise Stopped("stopped before anything was registered")


def _load(registry: Registry, version: str | None) -> AnomalyModel | None:
    """The present champion, to compare with; None where there is none that knows the same features."""
    if version is None:
        return None
    with tempfile.TemporaryDirectory(prefix="argus-champion-") as folder:
        try:
            return AnomalyModel.load(registry.fetch(version, Path(folder)), version)
        except ModelError as error:
            log.info("not compared with the champion", champion=version, reason=str(error))
            return None


def _register(config: Config, registry: Registry, learned: Learned, found: Evaluation) -> tuple[str, list[Check]]:
    """Log a run with all there is to see, register its model, and check what the registry gives back."""
    window = report.data_window(learned)
    tags = {
        ModelRegistry.SCHEMA_TAG: catalogue.SCHEMA_DIGEST,
        "code_version": config.code_version,
        "data_digest": learned.data.digest,
        "ruleset_version": str(learned.ruleset_version),
    }

    def write(folder: Path, card: Model) -> str:
        return pack(folder, card=card, version=learned.final, schema=report.schema())

    name = f"{window['transactions']} transactions to {window['window_to'][:16]}"
    with tracking.run(registry.client, registry.uri, name=name, tags=tags) as run:
        run.params(report.parameters(config, learned) | window)
        run.dataset(digest=learned.data.digest, window=window)
        run.document("data_window.json", window)
        for plot, figure in report.figures(learned, found).items():
            run.figure(f"plots/{plot}.png", figure)
        model_id, digest = run.model(write, tags=tags)
        version = registry.register(model_id=model_id, run_id=run.id, tags=tags | {ModelRegistry.DIGEST_TAG: digest})
        results = [
            *verify.trained(learned, found),
            *verify.registered(registry, version, digest, learned, found),
        ]
        run.document("checks.json", {"checks": [result.as_dict() for result in results]})
        run.tags(
            {f"check.{result.name}": "passed" if result.passed else "failed" for result in results}
            | {"model_version": version, ModelRegistry.DIGEST_TAG: digest}
        )
        run.note("\n".join(f"- {'passed' if r.passed else 'FAILED'}: {r.name}: {r.detail}" for r in results))
        outcome = {f"check_{result.name}": float(result.passed) for result in results}
        run.metrics(found.metrics | learned.seconds | outcome, model_id=model_id)
    return version, results


def _conclude(config: Config, registry: Registry, version: str, results: list[Check]) -> Ended:
    # Asked again: a person may have moved the alias meanwhile, and the audit log says from where.
    before = registry.champion()
    failed = [result for result in results if not result.passed]
    if failed:
        registry.refuse(version, champion=before, failed=failed)
        why = "; ".join(f"{result.name}: {result.detail}" for result in failed)
        return Ended("refused", 6, f"version {version} is registered and refused: {why}", version)
    if not config.promote:
        registry.hold(version)
        return Ended("registered", 0, f"version {version} is registered and passed its checks", version)
    summary = f"Passed {len(results)} checks; before it: {f'version {before}' if before else 'none'}."
    registry.promote(version, before=before, summary=summary)
    metrics.champion(version)
    return Ended("promoted", 0, f"version {version} of {config.model_name} is champion", version)
