"""Shared commits: every submission gets its own outcome, whoever commits it."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from argus_records.models import Transaction
from argus_records.services.ingest import Accepted, NewTransaction, Outcome, transactions_accept
from argus_web.ingest import committer as module
from argus_web.ingest.committer import Committer
from django.db import connection
from records_factories import client, new_transaction

pytestmark = pytest.mark.django_db(transaction=True)
Items = list[tuple[int, NewTransaction]]


class Gate:
    """Stands in for the database: holds the first commit until told, notes the sizes of all."""

    def __init__(self, accept: Callable[..., list[Accepted]] = transactions_accept) -> None:
        self.entered, self.go_on, self.sizes = threading.Event(), threading.Event(), []
        self._accept = accept

    def __call__(self, *, items: Items) -> list[Accepted]:
        self.sizes.append(len(items))
        if len(self.sizes) == 1:
            self.entered.set()
            assert self.go_on.wait(30)
        return self._accept(items=items)


def _together(
    gate: Gate, monkeypatch: pytest.MonkeyPatch, first: NewTransaction, others: list[NewTransaction]
) -> list[Any]:
    """Outcomes or errors of the others, all submitted while the first is being committed."""
    monkeypatch.setattr(module, "transactions_accept", gate)
    committer, owner = Committer(), client().pk

    def submit(item: NewTransaction) -> Any:
        try:
            return committer.submit(owner, item)
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(others) + 1) as pool:
        alone = pool.submit(submit, first)
        assert gate.entered.wait(30)
        waiting = [pool.submit(submit, item) for item in others]
        while len(committer._queue) < len(others):
            threading.Event().wait(0.01)
        gate.go_on.set()
        return [alone.result(30), *(future.result(30) for future in waiting)]


def test_those_who_come_meanwhile_share_the_next_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate()
    others = [new_transaction() for _ in range(20)]
    outcomes = _together(gate, monkeypatch, new_transaction(), others)
    assert gate.sizes == [1, 20]
    assert {accepted.outcome for accepted in outcomes} == {Outcome.ACCEPTED}
    ids = dict(Transaction.objects.values_list("transaction_id", "id"))
    assert [accepted.id for accepted in outcomes[1:]] == [ids[item.transaction_id] for item in others]


def test_no_more_than_so_many_share_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_TOGETHER", 8)
    gate = Gate()
    outcomes = _together(gate, monkeypatch, new_transaction(), [new_transaction() for _ in range(20)])
    assert gate.sizes == [1, 8, 8, 4]
    assert len({accepted.id for accepted in outcomes}) == 21


def test_the_same_id_in_one_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    item = new_transaction(transaction_id="twice")
    other = new_transaction(transaction_id="twice", amount="99.00", occurred_at=item.occurred_at)
    outcomes = _together(Gate(), monkeypatch, new_transaction(), [item, item, other])
    said = sorted(accepted.outcome.value for accepted in outcomes[1:])
    # Threads queue up in any order: the first one is taken, and the others are what they are to that one.
    assert said in (["accepted", "conflict", "duplicate"], ["accepted", "conflict", "conflict"])
    assert Transaction.objects.filter(transaction_id="twice").count() == 1


def test_one_that_the_database_refuses_does_not_sink_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad = [new_transaction() for _ in range(4)], new_transaction(currency="eur")
    outcomes = _together(gate := Gate(), monkeypatch, new_transaction(), [*good[:2], bad, *good[2:]])
    assert isinstance(outcomes[3], psycopg.errors.CheckViolation)
    accepted = [outcome.outcome for outcome in outcomes if isinstance(outcome, Accepted)]
    assert accepted == [Outcome.ACCEPTED] * 5
    assert gate.sizes == [1, 5, 1, 1, 1, 1, 1]
    assert Transaction.objects.count() == 5


def test_a_database_that_is_away_is_told_to_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*, items: Items) -> list[Accepted]:
        raise psycopg.OperationalError("away")

    gate = Gate(away)
    outcomes = _together(gate, monkeypatch, new_transaction(), [new_transaction() for _ in range(10)])
    assert all(isinstance(outcome, psycopg.OperationalError) for outcome in outcomes)
    assert len(outcomes) == 11
    # Not item by item: each attempt may take seconds.
    assert len(gate.sizes) <= 4


def test_a_connection_that_was_dropped_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    owner = client().pk
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    with psycopg.connect(connection.connection.info.dsn, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [backend])
    accepted = Committer().submit(owner, new_transaction())
    assert accepted.outcome is Outcome.ACCEPTED


def test_the_end_of_the_leader_is_not_the_end_of_its_company(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0

    def interrupted(*, items: Items) -> list[Accepted]:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise SystemExit
        return transactions_accept(items=items)

    monkeypatch.setattr(module, "transactions_accept", gate := Gate(interrupted))
    committer, owner = Committer(), client().pk
    outcomes: list[Any] = []

    def submit(item: NewTransaction) -> None:
        try:
            outcomes.append(committer.submit(owner, item))
        except BaseException as error:
            outcomes.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=submit, args=(new_transaction(),)) for _ in range(6)]
    threads[0].start()
    assert gate.entered.wait(30)
    for thread in threads[1:]:
        thread.start()
    while len(committer._queue) < 5:
        threading.Event().wait(0.01)
    gate.go_on.set()
    for thread in threads:
        thread.join(30)
    kinds = sorted(type(outcome).__name__ for outcome in outcomes)
    assert kinds == ["Accepted", "RuntimeError", "RuntimeError", "RuntimeError", "RuntimeError", "SystemExit"]
    assert committer.submit(owner, new_transaction()).outcome is Outcome.ACCEPTED


def test_many_threads_many_transactions() -> None:
    committer, owner = Committer(), client().pk
    items = [new_transaction() for _ in range(400)]
    submitted = [*items, *items[:100]]

    def submit(item: NewTransaction) -> Accepted:
        try:
            return committer.submit(owner, item)
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(submit, submitted, timeout=120))
    ids = dict(Transaction.objects.values_list("transaction_id", "id"))
    assert len(ids) == 400
    assert [accepted.id for accepted in outcomes] == [ids[item.transaction_id] for item in submitted]
    assert sorted(accepted.outcome.value for accepted in outcomes) == ["accepted"] * 400 + ["duplicate"] * 100
