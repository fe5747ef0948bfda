"""One transaction, one set of numbers: as workers stored them, as the trainer reads them, as a replay finds them."""

import random
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
import records_factories as make
import trainer_factories as bank
from argus_engine import catalogue
from argus_engine.ledger import columns, marks, replayed
from argus_engine.memory.labels import LabelEvents
from argus_engine.replay import Replay
from argus_engine.ruleset import RuleSet
from argus_records.models import Decision, DecisionBatch, Label, MemoryMark, Pending, SharedState
from argus_records.selectors import ledger
from argus_records.services.feed import feed_place
from argus_records.services.labels import LabelItem, labels_add
from argus_records.services.scoring import feature_schema_ensure
from argus_worker import rulesets
from argus_worker.folding import fold
from argus_worker.scoring import score_claim
from django.db import connection

COUNT = 900
NO_MODEL = (None, "no model has been registered yet")


def config() -> Any:
    return RuleSet.parse(ledger.ruleset_live().document).feature_config()


def score(limit: int = 40) -> bool:
    rules = rulesets.in_force()
    return score_claim(limit=limit, worker="test", rules=rules, model=NO_MODEL) is not None


def stored() -> dict[int, np.ndarray]:
    return {key: np.array(row, float) for key, row in Decision.objects.values_list("transaction_id", "features")}


def read_by_trainer(chunk: int) -> dict[int, np.ndarray]:
    found: dict[int, np.ndarray] = {}
    for batch, values in replayed(ledger.decided_transactions(chunk=chunk), config(), ledger.labels_told):
        found |= dict(zip(batch.ids.tolist(), values, strict=True))
    return found


def replayed_at_once() -> dict[int, np.ndarray]:
    rows = [row for chunk in ledger.decided_transactions() for row in chunk]
    said = ledger.labels_told(0, 10**9)
    labels = LabelEvents.from_rows(columns(said), [row[12:15] for row in said])
    values = Replay(config()).advance(columns(rows), labels=labels, marks=marks(rows))
    return dict(zip([row[0] for row in rows], values, strict=True))


def assert_equal(found: dict[int, np.ndarray], expected: dict[int, np.ndarray]) -> None:
    assert found.keys() == expected.keys()
    for name, place in catalogue.INDEX.items():
        left = np.array([found[key][place] for key in expected])
        right = np.array([row[place] for row in expected.values()])
        np.testing.assert_array_equal(left, right, err_msg=name)


def run_all(*work: Callable[[], None]) -> None:
    failed: list[BaseException] = []

    def one(task: Callable[[], None]) -> None:
        try:
            task()
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(task,)) for task in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, failed


@pytest.fixture
def busy_bank(transactional_db: None) -> None:
    """Three workers side by side, labels that come late, change, or come before the decision."""
    rulesets.load.cache_clear()
    feature_schema_ensure(digest=catalogue.SCHEMA_DIGEST, names=catalogue.NAMES)
    owner = make.client().pk
    items = [item for item, _ in bank.stream(COUNT, frauds=60, seed=21)]
    chance = random.Random(3)
    accepted = threading.Event()

    def submit() -> None:
        for low in range(0, COUNT, 60):
            make.accept(*items[low : low + 60])
        accepted.set()

    def label() -> None:
        known = datetime.now(UTC) - timedelta(hours=1)
        for _ in range(60):
            said = [
                LabelItem(
                    items[chance.randrange(COUNT)].transaction_id,
                    chance.choice(["fraud", "genuine"]),
                    chance.choice(["chargeback", "customer_report"]),
                    known - timedelta(minutes=chance.randrange(5)),
                )
                for _ in range(8)
            ]
            labels_add(client_id=owner, actor="client:core-banking", items=said)
            time.sleep(0.005)

    def work(seed: int) -> Callable[[], None]:
        mood = random.Random(seed)

        def run() -> None:
            while not accepted.is_set() or Pending.objects.exists():
                score()
                # Some die before they can number or fold in what they decided.
                if mood.random() < 0.7:
                    feed_place()
                if mood.random() < 0.5:
                    fold(limit=mood.choice([1, 50, 500]))

        return run

    run_all(submit, label, work(1), work(2), work(3))
    connection.close()


def test_live_trainer_and_replay_are_equal_to_the_last_bit(busy_bank: None) -> None:
    live = stored()
    assert len(live) == COUNT
    assert DecisionBatch.objects.values("memory_position").distinct().count() > 3
    assert DecisionBatch.objects.values("memory_label").distinct().count() > 3
    assert Label.objects.values("transaction").distinct().count() < Label.objects.count()
    assert sum(row[catalogue.INDEX["counterparty_fraud_7d"]] > 0 for row in live.values()) > 10
    assert_equal(read_by_trainer(chunk=20_000), live)
    assert_equal(read_by_trainer(chunk=170), live)
    assert_equal(replayed_at_once(), live)


def test_what_came_later_changes_nothing_that_was_known_then(busy_bank: None) -> None:
    before = read_by_trainer(chunk=20_000)
    feed_place()
    while fold() is not None:
        pass
    names = [item.transaction_id for item, _ in bank.stream(COUNT, frauds=60, seed=21)][::7]
    bank.label(names, observed_at=datetime.now(UTC))
    assert_equal(read_by_trainer(chunk=20_000), before)


def test_how_it_was_folded_makes_no_difference(busy_bank: None) -> None:
    feed_place()
    while fold(limit=1) is not None:
        pass
    mark = MemoryMark.objects.values("position", "label").get()
    assert mark["position"] == DecisionBatch.objects.count()
    states = {(kind, key): bytes(state) for kind, key, state in SharedState.objects.values_list("kind", "key", "state")}
    SharedState.objects.all().delete()
    MemoryMark.objects.all().delete()
    while fold(limit=10_000) is not None:
        pass
    assert MemoryMark.objects.values("position", "label").get() == mark
    again = {(kind, key): bytes(state) for kind, key, state in SharedState.objects.values_list("kind", "key", "state")}
    assert again == states


@pytest.mark.django_db
def test_a_failure_of_the_engine_does_not_part_replay_from_what_was_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A decision without features is folded in without novelty, by the worker and by the trainer alike."""
    from argus_worker import scoring

    rulesets.load.cache_clear()
    feature_schema_ensure(digest=catalogue.SCHEMA_DIGEST, names=catalogue.NAMES)
    make.accept(make.new_transaction(customer_id="poison", counterparty_id="shop", device_id="d"))
    with monkeypatch.context() as broken:
        broken.setattr(scoring, "advance", lambda *_, **__: 1 / 0)
        score_claim(limit=1, worker="test", rules=rulesets.in_force(), model=NO_MODEL, alone=True)
    feed_place()
    fold()
    make.accept(make.new_transaction(customer_id="other", counterparty_id="shop", device_id="d"))
    score()
    other = Decision.objects.get(transaction__customer_id="other")
    assert other.features[catalogue.INDEX["device_customers"]] == 0
    assert other.features[catalogue.INDEX["counterparty_activity"]] > 0
    np.testing.assert_array_equal(read_by_trainer(chunk=1)[other.transaction_id], np.array(other.features, float))
