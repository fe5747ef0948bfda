"""Taking transactions in: once, whatever is sent."""

import threading
from dataclasses import replace
from decimal import Decimal

import pytest
import records_factories as make
from argus_records.models import Pending, Transaction
from argus_records.names import SHARDS
from argus_records.services.ingest import Outcome, shard_of
from django.db import connection


@pytest.mark.django_db
def test_a_transaction_is_in_the_ledger_and_in_the_queue() -> None:
    item = make.new_transaction(
        amount="1234567890123.45", ip_address="2001:db8::1", latitude=48.1, longitude=11.6, metadata={"a": [1, "é"]}
    )
    (accepted,) = make.accept(item)
    assert accepted.outcome is Outcome.ACCEPTED
    row = Transaction.objects.get(pk=accepted.id)
    assert row.amount == Decimal("1234567890123.45")
    assert (row.ip_address, row.latitude, row.metadata) == ("2001:db8::1", 48.1, {"a": [1, "é"]})
    assert row.occurred_at == item.occurred_at
    assert row.received_at == accepted.received_at
    assert list(Pending.objects.values_list("shard", "transaction_id")) == [(shard_of("customer-1"), row.pk)]


@pytest.mark.django_db
def test_sent_again_and_changed() -> None:
    item = make.new_transaction()
    (first,) = make.accept(item)
    (again,) = make.accept(replace(item))
    (changed,) = make.accept(replace(item, amount="26.00"))
    assert (again.outcome, again.id) == (Outcome.DUPLICATE, first.id)
    assert (changed.outcome, changed.id) == (Outcome.CONFLICT, first.id)
    assert Transaction.objects.count() == Pending.objects.count() == 1


@pytest.mark.django_db
def test_twice_in_one_batch() -> None:
    item = make.new_transaction()
    outcomes = make.accept(item, replace(item), replace(item, amount="26.00"))
    assert [accepted.outcome for accepted in outcomes] == ["accepted", "duplicate", "conflict"]
    assert len({accepted.id for accepted in outcomes}) == 1


@pytest.mark.django_db
def test_ids_follow_the_order_of_submission_not_of_the_key() -> None:
    outcomes = make.accept(*[make.new_transaction(transaction_id=name) for name in ("c", "a", "b")])
    assert [accepted.id for accepted in outcomes] == sorted(accepted.id for accepted in outcomes)


@pytest.mark.django_db
def test_the_same_id_of_another_client_is_another_transaction() -> None:
    item = make.new_transaction()
    (mine,) = make.accept(item)
    (theirs,) = make.accept(item, client_name="cards")
    assert theirs.outcome is Outcome.ACCEPTED
    assert mine.id != theirs.id


@pytest.mark.django_db(transaction=True)
def test_overlapping_batches_at_once() -> None:
    make.client()
    items = [make.new_transaction() for _ in range(200)]
    results: list[list[Outcome]] = []
    start = threading.Barrier(4)

    def submit(order: int) -> None:
        try:
            start.wait()
            results.append([a.outcome for a in make.accept(*(items if order % 2 else reversed(items)))])
        finally:
            connection.close()

    threads = [threading.Thread(target=submit, args=(order,)) for order in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(result.count(Outcome.ACCEPTED) for result in results) == 200
    assert sum(result.count(Outcome.DUPLICATE) for result in results) == 600
    assert Transaction.objects.count() == Pending.objects.count() == 200


def test_a_customer_has_one_shard_in_range() -> None:
    shards = {shard_of(f"customer-{number}") for number in range(5000)}
    assert shards == set(range(SHARDS))
    assert shard_of("customer-1") == shard_of("customer-1")
