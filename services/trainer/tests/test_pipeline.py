"""From the ledger to the alias, on a real registry."""

import json
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trainer_factories as make
from argus_engine import catalogue
from argus_engine.combiner import INPUTS
from argus_engine.model import AnomalyModel
from argus_records.models import AuditEvent
from argus_trainer import combine, metrics, pipeline, report, verify
from argus_trainer.checks import Check
from argus_trainer.mlflow_api import Model
from argus_trainer.outcomes import Stopped, TooFewTransactions
from argus_trainer.packaging import unpack_combiner, unpack_forest
from argus_trainer.registry import Registry

pytestmark = pytest.mark.django_db


def train(config):
    return pipeline.train(config, threading.Event())


@pytest.fixture
def registry(config):
    return Registry(config.tracking_uri, config.model_name)


@pytest.fixture
def without_plots(monkeypatch):
    """Drawing takes longer than the training of so few rows."""
    monkeypatch.setattr(report, "figures", lambda *_: {})


def tags(registry, version):
    return registry.client.get_model_version(registry.name, version).tags


def test_the_first_version_is_registered_with_all_there_is_to_see_and_promoted(config, registry, tmp_path, monkeypatch):
    # Whatever way ranks best: one that labels taught is to be packed.
    monkeypatch.setattr(combine, "LEAST_GAIN", -1.0)
    make.seed_ledger(2400, frauds=60)
    ended = train(config)
    assert (ended.outcome, ended.status) == ("promoted", 0), ended.summary
    assert registry.champion() == "1"
    assert metrics.REGISTRY.get_sample_value("argus_trainer_champion_version") == 1

    version = registry.client.get_model_version(registry.name, "1")
    assert version.tags["feature_schema"] == catalogue.SCHEMA_DIGEST
    assert version.tags["outcome"] == "promoted"
    run = registry.client.get_run(version.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params["transactions"] == "2400"
    assert run.data.params["ruleset_version"] == "1"
    assert int(run.data.params["ledger_id_last"]) - int(run.data.params["ledger_id_first"]) == 2399
    assert run.data.params["n_estimators"] == "150"
    assert len(run.data.tags["data_digest"]) == 64
    assert run.data.tags["code_version"] == "test"
    assert "- passed: flat_equals_sklearn: " in run.data.tags["mlflow.note.content"]
    (seen,) = run.inputs.dataset_inputs
    assert run.data.tags["data_digest"].startswith(seen.dataset.digest)
    assert run.data.tags["check.flat_equals_sklearn"] == "passed"
    assert run.data.metrics["flat_to_sklearn_max_difference"] <= 1e-9
    assert run.data.metrics["auc"] > 0.8
    assert run.data.metrics["single_row_ms"] < 1000
    paths = {file.path for file in registry.client.list_artifacts(version.run_id)}
    assert {"checks.json", "data_window.json", "plots"} <= paths
    plots = {file.path for file in registry.client.list_artifacts(version.run_id, "plots")}
    assert plots == {"plots/scores.png", "plots/features.png", "plots/alert_rate.png"}
    checks = json.loads(
        Path(registry.client.download_artifacts(version.run_id, "checks.json", str(tmp_path))).read_text()
    )["checks"]
    assert len(checks) == 11
    assert all(check["passed"] and check["detail"] for check in checks)

    files = registry.fetch("1", tmp_path)
    assert {"MLmodel", "model.skops", "schema.json", "forest.npz", "combiner.npz", "model.json"} <= {
        file.name for file in files.iterdir()
    }
    schema = json.loads((files / "schema.json").read_text())
    assert [feature["name"] for feature in schema["features"]] == list(catalogue.MODEL_FEATURES)
    signature = Model.load(str(files)).signature
    assert signature.inputs.input_names() == list(catalogue.MODEL_FEATURES)
    model = AnomalyModel.load(files, "1")
    assert model.digest == version.tags["model_digest"]
    rows = np.random.default_rng(1).normal(size=(200, len(catalogue.MODEL_FEATURES)))
    surprises = model.combiner.unusual.rows(rows)
    theirs = unpack_forest(files).score_samples(surprises)
    np.testing.assert_allclose(-model.anomaly(rows), theirs, rtol=0, atol=1e-9)
    assert model.combiner.kind in {"linear", "boosted"}
    assert "combiner.skops" in {file.name for file in files.iterdir()}
    learned = unpack_combiner(files)
    inputs = np.random.default_rng(2).normal(size=(200, len(INPUTS)))
    matrix = model.combiner.learned.scaled(inputs) if model.combiner.kind == "linear" else inputs
    shift = learned.decision_function(matrix) - model.combiner.learned.log_odds(inputs)
    np.testing.assert_allclose(shift, shift[0], rtol=0, atol=1e-9)

    event = AuditEvent.objects.get(action="model.promoted")
    assert (event.actor, event.object_id) == ("trainer", "1")
    assert (event.before, event.after) == ({"champion": None}, {"champion": "1"})


@pytest.mark.usefixtures("without_plots")
def test_the_next_version_is_compared_with_the_champion_and_follows_it(config, registry):
    make.seed_ledger(1200)
    train(config)
    make.seed_ledger(600, seed=12)
    ended = train(config)
    assert ended.outcome == "promoted", ended.summary
    assert registry.champion() == "2"
    run = registry.client.get_run(registry.client.get_model_version(registry.name, "2").run_id)
    assert run.data.metrics["champion_rank_correlation"] > 0.5
    assert {"champion_score_psi", "champion_alert_overlap"} <= set(run.data.metrics)
    event = AuditEvent.objects.filter(action="model.promoted").latest("id")
    assert (event.before, event.after) == ({"champion": "1"}, {"champion": "2"})


@pytest.mark.usefixtures("without_plots")
def test_the_same_ledger_gives_the_same_model(config, registry):
    make.seed_ledger(1000)
    train(config)
    train(config)
    first, second = tags(registry, "1"), tags(registry, "2")
    assert first["model_digest"] == second["model_digest"]
    assert first["data_digest"] == second["data_digest"]


@pytest.mark.usefixtures("without_plots")
def test_a_failing_check_leaves_the_alias_and_says_why(config, registry, monkeypatch):
    make.seed_ledger(1000)
    train(config)
    monkeypatch.setattr(verify, "trained", lambda *_: [Check("scores_usable", False, "all scores are the same")])
    ended = train(config)
    assert (ended.outcome, ended.status) == ("refused", 6)
    assert registry.champion() == "1"
    version = registry.client.get_model_version(registry.name, "2")
    assert version.tags["outcome"] == "refused"
    assert "scores_usable: all scores are the same" in version.description
    event = AuditEvent.objects.get(action="model.refused")
    assert event.after == {"champion": "1", "failed": ["scores_usable"]}
    assert "all scores are the same" in event.note
    run = registry.client.get_run(version.run_id)
    assert run.data.tags["check.scores_usable"] == "failed"
    assert run.data.metrics["check_scores_usable"] == 0


@pytest.mark.usefixtures("without_plots")
def test_a_flat_forest_that_differs_is_refused(config, registry, monkeypatch):
    make.seed_ledger(1000)
    right = AnomalyModel.anomaly
    monkeypatch.setattr(AnomalyModel, "anomaly", lambda self, rows: right(self, rows) * (1 + 1e-8))
    ended = train(config)
    assert ended.outcome == "refused"
    assert "flat_equals_sklearn" in ended.summary
    assert registry.champion() is None


@pytest.mark.usefixtures("without_plots")
def test_files_that_the_registry_changes_are_refused(config, registry, monkeypatch):
    make.seed_ledger(1000)
    fetch = Registry.fetch

    def damaged(self, version: str, folder: Path) -> Path:
        files = fetch(self, version, folder)
        forest = files / "forest.npz"
        content = bytearray(forest.read_bytes())
        content[len(content) // 2] ^= 0xFF
        forest.write_bytes(content)
        return files

    monkeypatch.setattr(Registry, "fetch", damaged)
    ended = train(config)
    assert ended.outcome == "refused"
    assert "registered_files_load" in ended.summary
    assert registry.champion() is None


def test_a_capacity_in_alerts_a_day_becomes_a_share(config):
    make.seed_ledger(1200)
    learned = pipeline.learn(replace(config, alerts_a_day=3.0), threading.Event())
    # 1200 transactions over 40 days.
    assert learned.model.review_rate == pytest.approx(3.0 / 30.0, rel=0.15)
    assert learned.model.pace == 1.0


@pytest.mark.usefixtures("without_plots")
def test_without_promotion_the_alias_stays(config, registry):
    make.seed_ledger(1000)
    ended = train(replace(config, promote=False))
    assert (ended.outcome, ended.status) == ("registered", 0)
    assert registry.champion() is None
    assert tags(registry, "1")["outcome"] == "held"
    assert not AuditEvent.objects.filter(object_type="model").exists()


def test_known_frauds_are_not_learned_from(config):
    make.seed_ledger(1200, frauds=100)
    learned = pipeline.learn(config, threading.Event())
    early = learned.data.label[: learned.cut.place]
    assert (early == 1).sum() > 50
    assert learned.rehearsal.rows == (early != 1).sum()
    assert learned.final.rows == (learned.data.label != 1).sum()


def test_too_few_transactions_say_so(config):
    make.seed_ledger(300)
    with pytest.raises(TooFewTransactions, match="300 decided transactions in the last 90 days"):
        train(config)


def test_transactions_of_one_moment_say_so(config, monkeypatch):
    made = make.stream(1000)
    make.make.accept(*[replace_time(item, made[0][0].occurred_at) for item, _ in made])
    make.decide_all()
    with pytest.raises(TooFewTransactions, match="too few to learn from"):
        train(config)


def replace_time(item, occurred_at):
    return make.make.new_transaction(occurred_at=occurred_at, customer_id=item.customer_id, amount=item.amount)


def test_a_stop_between_steps_registers_nothing(config, registry, monkeypatch):
    make.seed_ledger(1000)
    stop = threading.Event()
    learn = pipeline.learn

    def learn_and_stop(*given):
        learned = learn(*given)
        stop.set()
        return learned

    monkeypatch.setattr(pipeline, "learn", learn_and_stop)
    with pytest.raises(Stopped):
        pipeline.train(config, stop)
    assert registry.champion() is None
