"""The data set against what live scoring stored."""

import threading
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import trainer_factories as make
from argus_engine import catalogue
from argus_engine import ledger as engine_ledger
from argus_engine.evaluate import CompiledRuleSet
from argus_engine.evidence import of_hits
from argus_engine.ruleset import RuleSet
from argus_records.models import Decision, Transaction
from argus_records.selectors import ledger
from argus_trainer import dataset
from argus_trainer.outcomes import Stopped

pytestmark = pytest.mark.django_db


def rules():
    return CompiledRuleSet(RuleSet.parse(ledger.ruleset_live().document))


def features():
    return rules().feature_config


def build(window_days=90):
    return dataset.build(rules(), window_days=window_days, stop=threading.Event())


def test_replayed_features_are_the_stored_ones_to_the_last_bit():
    first = make.seed_ledger(600, frauds=10, seed=1)
    make.seed_ledger(300, seed=2)  # comes later and reaches back into the same days
    stored = dict(Decision.objects.values_list("transaction_id", "features"))
    assert len(stored) == 900
    replayed = {}
    chunks = ledger.decided_transactions(chunk=170)
    for batch, values in engine_ledger.replayed(chunks, features(), ledger.labels_told):
        replayed |= dict(zip(batch.ids.tolist(), values, strict=True))
    assert set(replayed) == set(stored)
    left = np.array([replayed[key] for key in stored])
    right = np.array([stored[key] for key in stored], float)
    assert left.tobytes() == right.tobytes() or np.array_equal(left, right, equal_nan=True)
    assert first[0].id in replayed


def test_the_data_set_is_ordered_by_time_and_holds_what_a_combiner_sees():
    make.seed_ledger(300, seed=3)
    make.seed_ledger(100, seed=4)
    data = build()
    assert len(data) == data.decided == 400
    assert (np.diff(data.occurred_at) >= 0).all()
    assert data.matrix.shape == (400, len(catalogue.MODEL_FEATURES))
    assert data.seen.shape == (400, len(catalogue.COMBINER_FEATURES))
    stored = dict(Decision.objects.values_list("transaction_id", "features"))
    at = dict(Transaction.objects.values_list("id", "occurred_at"))
    for place in (0, 17, 399):
        key = int(data.ids[place])
        row = catalogue.combiner_matrix(np.array([stored[key]], float))[0].astype(np.float32)
        np.testing.assert_array_equal(data.seen[place], row)
        np.testing.assert_array_equal(data.matrix[place], row[catalogue.FOREST_PLACES])
        assert data.occurred_at[place] == round(at[key].timestamp() * 1e6)


def test_the_window_is_cut_and_still_knows_what_came_before():
    make.seed_ledger(500, seed=5)
    whole, part = build(), build(window_days=10)
    assert 0 < len(part) < 200
    assert part.decided == 500
    assert part.occurred_at[-1] - part.occurred_at[0] <= timedelta(days=10) / timedelta(microseconds=1)
    np.testing.assert_array_equal(part.matrix, whole.matrix[-len(part) :])


def test_of_too_large_a_window_the_newest_are_kept(monkeypatch):
    make.seed_ledger(500, seed=6)
    whole = build()
    monkeypatch.setattr(dataset, "MOST_TRANSACTIONS", 120)
    part = build()
    np.testing.assert_array_equal(part.ids, whole.ids[-120:])


def test_transactions_without_a_decision_are_left_out():
    make.seed_ledger(200, seed=7)
    make.seed_ledger(50, seed=8, decide=False)
    assert len(build()) == 200


def test_labels_are_those_known_by_now_and_the_latest_counts():
    make.seed_ledger(60, seed=9)
    now = datetime.now(UTC)
    make.label(["s9-1", "s9-2", "s9-3"], "fraud", now - timedelta(hours=3))
    make.label(["s9-2"], "genuine", now - timedelta(hours=1))
    make.label(["s9-2"], "fraud", now - timedelta(hours=2))
    make.label(["s9-4"], "fraud", now + timedelta(hours=5))
    data = build()
    names = dict(Transaction.objects.values_list("id", "transaction_id"))
    found = {names[key]: value for key, value in zip(data.ids.tolist(), data.label.tolist(), strict=True)}
    assert (found["s9-1"], found["s9-2"], found["s9-3"]) == (dataset.FRAUD, dataset.GENUINE, dataset.FRAUD)
    assert (found["s9-4"], found["s9-5"]) == (dataset.UNKNOWN, dataset.UNKNOWN)


def test_the_digest_changes_with_the_labels_alone():
    make.seed_ledger(50, seed=10)
    before = build().digest
    assert build().digest == before
    make.label(["s10-3"])
    assert build().digest != before


def test_an_empty_ledger_gives_an_empty_data_set():
    assert len(build()) == 0


def test_reading_ends_when_the_process_must():
    make.seed_ledger(50, seed=12)
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        dataset.build(rules(), window_days=90, stop=stop)


def test_the_evidence_is_that_of_the_rules_in_force():
    make.seed_ledger(600, frauds=20, seed=5)
    data = build()
    said = {
        key: sum(of_hits(reason["weight"]) for reason in reasons if reason["kind"] == "rule")
        for key, reasons in Decision.objects.values_list("transaction_id", "reasons")
    }
    assert data.evidence.tolist() == pytest.approx([said[key] for key in data.ids.tolist()])
    assert 0 < (data.evidence > 0).sum() < len(data)
