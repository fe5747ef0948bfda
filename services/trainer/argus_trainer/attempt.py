"""One training as the outside sees it: how it ended, logged and counted, whatever happened."""

import threading
import time
from uuid import uuid4

import structlog
from argus_records.services.training import training_record
from django.db import Error as DatabaseFailure
from django.db import connections

from argus_trainer import metrics
from argus_trainer.config import Config
from argus_trainer.outcomes import Ended, LedgerDown, TrainingError

log = structlog.get_logger(__name__)


def attempt(config: Config, stop: threading.Event) -> Ended:
    """Train once. Never raises: a schedule goes on after whatever went wrong."""
    # Every line of this attempt carries its id, and once MLflow knows of it, that of the run.
    structlog.contextvars.bind_contextvars(training=uuid4().hex[:12])
    try:
        return _attempt(config, stop)
    finally:
        structlog.contextvars.unbind_contextvars("training", "run")


def _attempt(config: Config, stop: threading.Event) -> Ended:
    begun = time.monotonic()
    try:
        ended = _train(config, stop)
    finally:
        connections.close_all()
    seconds = time.monotonic() - begun
    metrics.finished(outcome=ended.outcome, at=time.time(), seconds=seconds)
    say = log.info if ended.status == 0 else log.warning
    say(
        "training ended",
        outcome=ended.outcome,
        model=config.model_name,
        version=ended.version,
        summary=ended.summary,
        seconds=round(seconds, 1),
    )
    _record(config, ended, seconds)
    return ended


def _record(config: Config, ended: Ended, seconds: float) -> None:
    """Into the audit log, on a connection of its own: the training's may be what broke."""
    try:
        training_record(
            outcome=ended.outcome,
            model=config.model_name,
            version=ended.version,
            summary=ended.summary,
            seconds=seconds,
            code_version=config.code_version,
        )
    except DatabaseFailure as error:
        log.warning("training not recorded in the audit log", outcome=ended.outcome, error=str(error))
    finally:
        connections.close_all()


def _train(config: Config, stop: threading.Event) -> Ended:
    # Imported late: MLflow and scikit-learn take seconds, and --help and wrong settings need neither.
    from argus_trainer.pipeline import train

    try:
        return train(config, stop)
    except TrainingError as error:
        return Ended(error.outcome, error.status, str(error))
    except DatabaseFailure as error:
        first = str(error).partition("\n")[0]
        return Ended(LedgerDown.outcome, LedgerDown.status, f"the ledger cannot be read: {first}")
    except Exception as error:
        log.exception("training failed")
        return Ended("failed", 1, f"training failed: {type(error).__name__}")
