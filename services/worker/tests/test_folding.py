"""Folding what customers share: once, whoever dies, and never in the way of scoring."""

import threading
from datetime import timedelta
from typing import Any

import pytest
import records_factories as make
from argus_engine import catalogue
from argus_engine.memory.states import Kind
from argus_records.models import Decision, DecisionBatch, DeviceLink, Label, MemoryMark, SharedState, VolumeHour
from argus_records.services import memory
from argus_records.services.feed import feed_place
from argus_records.services.labels import LabelItem, labels_add
from argus_records.services.scoring import feature_schema_ensure
from argus_worker import folding, rulesets, tasks
from argus_worker.folding import fold, fold_all
from argus_worker.scoring import score_claim
from django.db import connection


@pytest.fixture(autouse=True)
def schema(db: None) -> None:
    rulesets.load.cache_clear()
    feature_schema_ensure(digest=catalogue.SCHEMA_DIGEST, names=catalogue.NAMES)


def decide(*items: Any) -> None:
    make.accept(*items)
    while score_claim(limit=4096, worker="test", rules=rulesets.in_force(), model=(None, "none yet")):
        feed_place()


def mark() -> tuple[int, int]:
    return MemoryMark.objects.values_list("position", "label").first() or (0, 0)


def states() -> dict[tuple[int, str], bytes]:
    return {(kind, key): bytes(state) for kind, key, state in SharedState.objects.values_list("kind", "key", "state")}


def say(name: str, label: str, hours: float = 0) -> None:
    item = LabelItem(name, label, "chargeback", make.START + timedelta(days=9, hours=hours))
    labels_add(client_id=make.client().pk, actor="client:core-banking", items=[item])


def feature(name: str) -> float | None:
    decision = Decision.objects.order_by("id").last()
    assert decision is not None
    value: float | None = decision.features[catalogue.INDEX[name]]
    return value


def test_what_is_folded_in_is_known_to_the_next_batch() -> None:
    decide(*[make.new_transaction(customer_id=f"c{n}", counterparty_id="shop", device_id="d") for n in range(5)])
    assert feature("counterparty_activity") == 0
    assert fold() is not None
    decide(make.new_transaction(customer_id="x", counterparty_id="shop", device_id="d"))
    assert feature("counterparty_activity") == pytest.approx(5, rel=0.01)
    assert feature("device_customers") == 5
    assert (feature("device_new"), DeviceLink.objects.count()) == (1, 6)
    batch = DecisionBatch.objects.latest("id")
    assert (batch.memory_position, batch.memory_label) == (1, 0)
    assert fold() is not None
    assert fold() is None
    assert mark() == (2, 0)


def test_labels_are_folded_in_with_what_supersedes_them() -> None:
    make.accept(make.new_transaction(transaction_id="undecided", customer_id="c", counterparty_id="shop"))
    say("undecided", "fraud")
    assert fold() is not None
    decide()
    assert feature("counterparty_fraud_7d") == pytest.approx(1, rel=0.01)
    assert feature("customer_fraud_30d") == pytest.approx(1, rel=0.01)
    assert feature("counterparty_risk_7d") > 1
    say("undecided", "genuine", hours=2)
    say("undecided", "fraud", hours=1)  # observed before it, told after
    fold(limit=1)
    fold(limit=1)
    fold()
    assert mark()[1] == Label.objects.latest("id").pk
    decide(make.new_transaction(customer_id="c", counterparty_id="shop"))
    assert (feature("counterparty_fraud_7d"), feature("customer_fraud_30d")) == (0, 0)
    assert feature("counterparty_labelled_30d") == pytest.approx(1, rel=0.01)
    assert feature("counterparty_risk_7d") < 0


def test_a_fold_is_bounded_and_says_that_there_is_more() -> None:
    for _ in range(4):
        decide(make.new_transaction(counterparty_id="shop"), make.new_transaction(counterparty_id="shop"))
    first = fold(limit=4)
    assert first is not None
    assert (len(first.rows), first.more, mark()[0]) == (4, True, 2)
    # A batch is folded in whole, however large.
    assert len(fold(limit=1).rows) == 2  # type: ignore[union-attr]
    assert fold_all(until=float("inf")) == 1
    assert mark()[0] == 4


@pytest.mark.django_db(transaction=True)
def test_a_folder_that_dies_loses_nothing_and_folds_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    decide(
        *[make.new_transaction(customer_id=f"c{n}", counterparty_id="shop", transaction_id=f"t{n}") for n in range(9)]
    )
    say("t3", "fraud")
    store = memory.fold_store

    def die(**said: Any) -> None:
        store(**said)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr(memory, "fold_store", die)
    with pytest.raises(Exception, match="terminat"):
        fold()
    connection.close()
    assert (states(), mark()) == ({}, (0, 0))
    monkeypatch.setattr(memory, "fold_store", store)
    fold()
    once = states()
    assert fold() is None
    assert states() == once
    SharedState.objects.all().delete()
    MemoryMark.objects.all().delete()
    fold()
    assert states() == once
    decide(make.new_transaction(counterparty_id="shop"))
    assert feature("counterparty_activity") == pytest.approx(9, rel=0.01)


@pytest.mark.django_db(transaction=True)
def test_one_folds_and_nobody_waits() -> None:
    decide(make.new_transaction(counterparty_id="shop"))
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        from django.db import transaction

        try:
            with transaction.atomic():
                assert memory.unfolded(limit=10) is not None
                held.set()
                release.wait(30)
        finally:
            connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(30)
    assert fold() is None
    decide(make.new_transaction(counterparty_id="shop"))  # scoring goes on
    release.set()
    thread.join()
    assert fold() is not None
    assert mark()[0] == 2


def test_the_sweep_folds_in_what_a_dead_worker_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "drain", lambda: 0)
    make.accept(make.new_transaction(counterparty_id="shop"))
    score_claim(limit=10, worker="test", rules=rulesets.in_force(), model=(None, "none yet"))
    tasks.sweep()
    assert mark()[0] == 1
    assert (Kind.COUNTERPARTY, "shop") in states()
    assert VolumeHour.objects.get().decisions == 1


def test_scoring_goes_on_when_folding_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    decide(make.new_transaction(counterparty_id="shop"))

    def fail(*_: Any) -> None:
        raise ArithmeticError("broken")

    with monkeypatch.context() as broken:
        broken.setattr(folding, "shared_fold", fail)
        assert fold_all(until=0.0) == 0
    assert (states(), mark()) == ({}, (0, 0))
    decide(make.new_transaction(counterparty_id="shop"))
    assert fold_all(until=0.0) == 2


@pytest.mark.parametrize("left", [b"\xff\xff damaged", b"\x02\x00 of another layout"])
def test_a_shared_state_that_cannot_be_read_begins_anew(left: bytes) -> None:
    decide(make.new_transaction(counterparty_id="shop", customer_id="c"))
    fold()
    SharedState.objects.filter(kind=Kind.COUNTERPARTY).update(state=left)
    decide(make.new_transaction(counterparty_id="shop", customer_id="c"))
    assert feature("counterparty_activity") == 0
    fold()
    decide(make.new_transaction(counterparty_id="shop", customer_id="c"))
    assert feature("counterparty_activity") == pytest.approx(1, rel=0.01)
    assert feature("count_24h") == 3


def test_a_batch_at_hand_is_folded_in_as_if_it_were_read() -> None:
    def score() -> Any:
        said = {"counterparty_id": "shop", "device_id": "d"}
        make.accept(*[make.new_transaction(customer_id=f"c{n % 5}", amount=f"{n + 1}.00", **said) for n in range(9)])
        scored = score_claim(limit=99, worker="test", rules=rulesets.in_force(), model=(None, "none yet"))
        feed_place()
        return scored

    own = score()
    todo = fold(own=own)
    assert todo is not None
    assert (todo.rows, todo.batches) == ([], [own.stored.id])
    at_hand = states()
    SharedState.objects.all().delete()
    MemoryMark.objects.all().delete()
    fold()
    assert states() == at_hand
    # Another's batch came before: both are read.
    score()
    both = fold(own=score())
    assert both is not None
    assert len(both.rows) == 18


def test_the_application_s_role_may_do_all_of_it(as_application: str) -> None:
    said = {"counterparty_id": "shop", "device_id": "d"}
    for _ in range(2):
        decide(make.new_transaction(**said))
        assert fold() is not None
    assert feature("counterparty_activity") == pytest.approx(1, rel=0.01)
