"""Whatever goes wrong, an attempt ends with a name, a status and a sentence."""

import logging
import threading
from dataclasses import replace

import pytest
import structlog
from argus_local.servers import free_port
from argus_records.models import AuditEvent
from argus_records.selectors.training import trainings_newest
from argus_trainer import attempt, metrics, pipeline
from argus_trainer.config import Config
from argus_trainer.outcomes import AlreadyRunning
from django.db import OperationalError

CONFIG = Config(tracking_uri="http://127.0.0.1:9", model_name="m", code_version="test")


def attempted(config=CONFIG):
    return attempt.attempt(config, threading.Event())


@pytest.mark.django_db(transaction=True)
def test_too_few_transactions(config):
    ended = attempted(config)
    assert (ended.outcome, ended.status) == ("too_few_transactions", 3)
    assert ended.summary.startswith("0 decided transactions")


@pytest.mark.django_db(transaction=True)
def test_mlflow_down():
    address = f"http://127.0.0.1:{free_port()}"
    ended = attempted(replace(CONFIG, tracking_uri=address))
    assert (ended.outcome, ended.status) == ("registry_down", 4)
    assert ended.summary.startswith(f"MLflow at {address} did not do its part: ")


@pytest.mark.django_db(transaction=True)
def test_ledger_down(monkeypatch):
    def train(*_):
        raise OperationalError("connection refused\nmore lines")

    monkeypatch.setattr(pipeline, "train", train)
    assert attempted() == attempt.Ended("ledger_down", 7, "the ledger cannot be read: connection refused")


@pytest.mark.django_db(transaction=True)
def test_an_unforeseen_error_is_named_and_counted(monkeypatch):
    def train(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(pipeline, "train", train)
    before = metrics.REGISTRY.get_sample_value("argus_trainer_runs_total", {"outcome": "failed"}) or 0
    assert attempted() == attempt.Ended("failed", 1, "training failed: ZeroDivisionError")
    value = metrics.REGISTRY.get_sample_value
    assert value("argus_trainer_runs_total", {"outcome": "failed"}) == before + 1
    assert value("argus_trainer_last_outcome", {"outcome": "failed"}) == 1
    assert value("argus_trainer_last_outcome", {"outcome": "promoted"}) == 0
    assert value("argus_trainer_last_finished_timestamp_seconds") > 1.7e9
    assert value("argus_trainer_last_duration_seconds") >= 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("outcome", ["promoted", "registered", "refused", "stopped"])
def test_the_last_success_is_noted(monkeypatch, outcome):
    monkeypatch.setattr(pipeline, "train", lambda *_: attempt.Ended(outcome, 0, "as told"))
    metrics._SUCCEEDED.set(0)
    attempted()
    succeeded = metrics.REGISTRY.get_sample_value("argus_trainer_last_success_timestamp_seconds")
    assert (succeeded > 0) == (outcome in {"promoted", "registered"})


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("ended", "outcome", "version"),
    [
        (attempt.Ended("promoted", 0, "version 4 is champion", "4"), "promoted", "4"),
        (AlreadyRunning("another trainer is at work"), "already_running", None),
        (ZeroDivisionError(), "failed", None),
    ],
)
def test_every_attempt_is_in_the_audit_log(monkeypatch, ended, outcome, version):
    def train(*_):
        if isinstance(ended, Exception):
            raise ended
        return ended

    monkeypatch.setattr(pipeline, "train", train)
    said = attempted()
    event = AuditEvent.objects.get(object_type="training")
    assert (event.actor, event.action, event.object_id, event.note) == (
        "trainer", f"training.{outcome}", "m", said.summary,
    )  # fmt: skip
    assert (event.after["outcome"], event.after["version"], event.after["code_version"]) == (outcome, version, "test")
    (told,) = trainings_newest()
    assert (told.at, told.outcome, told.version, told.summary) == (event.at, outcome, version, said.summary)


@pytest.mark.django_db(transaction=True)
def test_what_is_logged_names_the_training(monkeypatch, caplog):
    def train(*_):
        structlog.contextvars.bind_contextvars(run="r-1")
        return attempt.Ended("promoted", 0, "done", "4")

    monkeypatch.setattr(pipeline, "train", train)
    with caplog.at_level(logging.INFO):
        attempted()
        attempted()
    lines = [record.msg for record in caplog.records if record.name == "argus_trainer.attempt"]
    assert [(line["event"], line["model"], line["version"], line["run"]) for line in lines] == [
        ("training ended", "m", "4", "r-1")
    ] * 2
    assert lines[0]["training"] != lines[1]["training"]
    assert not {"training", "run"} & structlog.contextvars.get_contextvars().keys()


def test_an_audit_log_that_is_out_of_reach_does_not_end_the_schedule(monkeypatch):
    def away(**_):
        raise OperationalError("away")

    monkeypatch.setattr(pipeline, "train", lambda *_: attempt.Ended("promoted", 0, "done"))
    monkeypatch.setattr(attempt, "training_record", away)
    assert attempted().outcome == "promoted"


def test_every_outcome_is_a_metric():
    from argus_trainer.outcomes import TrainingError

    named = {kind.outcome for kind in (TrainingError, *TrainingError.__subclasses__())}
    assert named | {"promoted", "registered", "refused"} == set(metrics.OUTCOMES)
