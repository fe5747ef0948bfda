"""What the worker logs names the task, and the transactions that it is about."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from argus_worker import tasks
from argus_worker.celery import app
from argus_worker.scoring import EngineFailure
from structlog.contextvars import get_contextvars

log = structlog.get_logger("worker.tests")


@pytest.fixture
def task(alone: None) -> Iterator[Any]:
    @app.task(name="test.telling")
    def telling() -> None:
        log.warning("working")

    yield app.tasks["test.telling"]
    app.tasks.pop("test.telling")


def test_each_line_of_a_task_carries_its_id(task: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        done = task.apply()
        log.warning("afterwards")
    working, afterwards = (record.msg for record in caplog.records if record.name == "worker.tests")
    assert (working["task"], working["task_name"]) == (done.id, "test.telling")
    assert "task" not in afterwards
    assert "task" not in get_contextvars()


@pytest.mark.django_db
def test_a_batch_that_fails_is_named(
    alone: None, settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings.WORKER_BATCH = 4096
    outcomes: Iterator[Any] = iter([EngineFailure([41, 42, 47]), None])

    def claim(**_: Any) -> None:
        outcome = next(outcomes)
        if outcome is not None:
            raise outcome

    monkeypatch.setattr(tasks, "score_claim", claim)
    monkeypatch.setattr(tasks.hints, "clear", lambda: None)
    with caplog.at_level(logging.ERROR):
        assert tasks.drain() == 0
    (line,) = [record.msg for record in caplog.records if record.name == "argus_worker.tasks"]
    assert line["transactions"] == "3 transactions, 41 to 47"
