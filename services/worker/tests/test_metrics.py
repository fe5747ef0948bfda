"""What the worker counts, and when."""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import records_factories as make
from argus_engine import catalogue
from argus_records.names import Task
from argus_records.services.feed import feed_place
from argus_records.services.scoring import feature_schema_ensure
from argus_worker import folding, instruments, metrics, rulesets
from argus_worker.bulk import BulkHistogram
from argus_worker.celery import app
from argus_worker.scoring import Scored, score_claim
from prometheus_client import REGISTRY, CollectorRegistry, Histogram


def value(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


def samples(registry: CollectorRegistry) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *sample.labels.values()): sample.value
        for metric in registry.collect()
        for sample in metric.samples
    }


def test_a_batch_at_once_counts_as_its_values_one_by_one() -> None:
    together, alone = CollectorRegistry(), CollectorRegistry()
    bulk = BulkHistogram("x", "x", buckets=[0.1, 0.5, 1], registry=together)
    single = Histogram("x", "x", buckets=[0.1, 0.5, 1], registry=alone)
    values = [0.0, 0.1, math.nextafter(0.1, 1), 0.5, 0.75, 1.0, 7.0, *np.random.default_rng(7).exponential(0.4, 500)]
    for part in ([], values[:7], values[7:]):
        bulk.observe_all(part)
    for each in values:
        single.observe(each)
    assert samples(together) == pytest.approx(samples(alone))


class Broken:
    """A model that raises whatever it is asked."""

    version, digest = "7", "0" * 64

    def anomaly(self, _matrix: Any) -> None:
        raise ArithmeticError


def scored(model: Any = (None, "none yet")) -> Scored:
    rulesets.load.cache_clear()
    feature_schema_ensure(digest=catalogue.SCHEMA_DIGEST, names=catalogue.NAMES)
    found = score_claim(limit=4096, worker="test", rules=rulesets.in_force(), model=model)
    assert found is not None
    return found


@pytest.fixture
def grown() -> Any:
    """Gives by how much a metric has grown since the test began."""
    before = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for metric in REGISTRY.collect()
        for sample in metric.samples
    }

    def since(name: str, **labels: str) -> float:
        return (value(name, **labels) or 0.0) - before.get((name, *sorted(labels.items())), 0.0)

    return since


@pytest.mark.django_db
def test_a_recorded_batch(grown: Any) -> None:
    make.accept(make.new_transaction(customer_id="a"), make.new_transaction(customer_id="b"))
    metrics.count(scored(), 0.25)
    assert grown("argus_transactions_decided_total", verdict="approve") == 2
    assert grown("argus_received_to_decided_seconds_count") == 2
    assert grown("argus_decision_score_count") == 2
    assert grown("argus_batch_transactions_sum") == 2
    assert grown("argus_batch_seconds_sum") == pytest.approx(0.25)
    assert grown("argus_transactions_decided_without_model_total") == 2


@pytest.mark.django_db
def test_folds_and_their_failures(grown: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    make.accept(make.new_transaction())
    scored()
    feed_place()
    with monkeypatch.context() as broken:
        broken.setattr(folding, "ask", lambda _: 1 / 0)
        folding.fold_all(until=0.0)
    assert (grown("argus_batches_folded_total"), grown("argus_fold_failures_total")) == (0, 1)
    folding.fold_all(until=0.0)
    assert (grown("argus_batches_folded_total"), grown("argus_fold_failures_total")) == (1, 1)


@pytest.mark.django_db
def test_a_model_that_fails_is_no_model(grown: Any) -> None:
    make.accept(make.new_transaction())
    found = scored((Broken(), None))
    assert found.batch.model_version == "7"
    metrics.count(found, 0.1)
    assert grown("argus_transactions_decided_without_model_total") == 1


@pytest.mark.django_db
def test_rules_that_hit_and_raise(grown: Any) -> None:
    make.accept(make.new_transaction())
    metrics.count(replace(scored(), rule_hits={"velocity": 3}, rule_errors={"travel": 2}), 0.1)
    assert grown("argus_rule_hits_total", rule="velocity") == 3
    assert grown("argus_rule_errors_total", rule="travel") == 2


@pytest.mark.django_db
def test_every_rule_in_force_is_shown_before_it_errs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "_known", None)
    rulesets.load.cache_clear()
    rules = rulesets.in_force()
    metrics.rules(rules)
    assert len(rules.compiled.rules) > 5
    for rule in (*(rule.code for rule in rules.compiled.rules), "engine"):
        assert value("argus_rule_errors_total", rule=rule) is not None
    assert value("argus_ruleset_version") == rules.version


def test_tasks_are_there_before_they_run() -> None:
    for task in (Task.SCORE_PENDING, Task.SWEEP, Task.CLEAR_SESSIONS):
        for outcome in instruments.TASK_OUTCOMES:
            assert value("argus_tasks_total", task=task, outcome=outcome) is not None


@pytest.fixture
def task(alone: None) -> Iterator[Any]:
    """A task that does what it is told."""

    @app.task(name="test.obedient", bind=True, max_retries=1, default_retry_delay=0)
    def obedient(self: Any, do: str) -> None:
        if do == "fail":
            raise ValueError
        if do == "retry" and not self.request.retries:
            raise self.retry()

    yield app.tasks["test.obedient"]
    app.tasks.pop("test.obedient")


@pytest.mark.parametrize(
    ("do", "expected"),
    [
        ("succeed", {"started": 1, "succeeded": 1}),
        ("fail", {"started": 1, "failed": 1}),
        ("retry", {"started": 2, "retried": 1, "succeeded": 1}),
    ],
)
def test_what_becomes_of_tasks_is_counted(task: Any, grown: Any, do: str, expected: dict[str, int]) -> None:
    task.apply(args=[do])
    found = {
        outcome: grown("argus_tasks_total", task="test.obedient", outcome=outcome)
        for outcome in instruments.TASK_OUTCOMES
    }
    assert {outcome: number for outcome, number in found.items() if number} == expected
