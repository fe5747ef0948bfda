"""Finding transactions by every way there is."""

from datetime import timedelta
from decimal import Decimal

import pytest
from argus_records.models import DecisionBatch
from argus_records.selectors import search
from argus_records.selectors.search import Found, TransactionFilter
from argus_records.services.labels import LabelItem, labels_add
from django.db import connection
from django.utils import timezone
from records_factories import START, accept, client, decide, new_transaction

pytestmark = pytest.mark.django_db


def ids(found: Found) -> list[str]:
    return [row.transaction_id for row in found.rows]


def find(**said: object) -> list[str]:
    return ids(search.transactions_search(filters=TransactionFilter(**said)))  # type: ignore[arg-type]


def everything(filters: TransactionFilter, limit: int) -> list[str]:
    rows, cursor = [], ""
    while True:
        found = search.transactions_search(filters=filters, cursor=cursor, limit=limit)
        rows += ids(found)
        if found.next is None:
            return rows
        cursor = found.next


def test_by_transaction_id_whole_or_its_beginning() -> None:
    accept(*[new_transaction(transaction_id=name) for name in ("ab-1", "ab-2", "ab_3", "b-1")])
    accept(new_transaction(transaction_id="ab-1"), client_name="another-system")
    assert find(transaction_id="ab-") == ["ab-1", "ab-2", "ab-1"]
    assert find(transaction_id="ab-2") == ["ab-2"]
    assert find(transaction_id="AB") == []
    assert find(transaction_id="ab_") == ["ab_3"]
    assert find(transaction_id="%") == []
    assert everything(TransactionFilter(transaction_id="ab"), 2) == ["ab-1", "ab-2", "ab_3", "ab-1"]


def test_the_beginning_of_an_id_uses_the_unique_index() -> None:
    accept(*[new_transaction() for _ in range(500)])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE transaction")
        cursor.execute("SET LOCAL enable_seqscan = off")
    clients = search.ApiClient.objects.values_list("id", flat=True)
    wanted = {"client_id__in": list(clients), "transaction_id__startswith": "t-1"}
    rows = search._filtered(TransactionFilter()).filter(**wanted)
    plan = rows.order_by("client_id", "transaction_id")[:51].explain()
    assert "transaction_once_per_client" in plan
    assert "transaction_id >= 't-1'" in plan.replace("::text", "").replace("(", "").replace(")", "")


def test_by_customer_newest_first_with_further_filters() -> None:
    same = START + timedelta(days=1)
    accept(
        new_transaction(transaction_id="c1", customer_id="c", occurred_at=START, amount="5.00"),
        new_transaction(transaction_id="c2", customer_id="c", occurred_at=same, counterparty_id="m"),
        new_transaction(transaction_id="c3", customer_id="c", occurred_at=same, currency="USD"),
        new_transaction(transaction_id="d1", customer_id="d", occurred_at=same),
    )
    assert find(customer_id="c") == ["c3", "c2", "c1"]
    assert everything(TransactionFilter(customer_id="c"), 1) == ["c3", "c2", "c1"]
    assert find(customer_id="c", counterparty_id="m") == ["c2"]
    assert find(customer_id="c", currency="USD") == ["c3"]
    assert find(customer_id="c", amount_max=Decimal("5")) == ["c1"]
    assert find(customer_id="c", occurred_from=same) == ["c3", "c2"]
    assert find(customer_id="c", occurred_until=same) == ["c1"]
    assert search.customer_known(customer_id="c")
    assert not search.customer_known(customer_id="C")


def test_other_searches_read_backwards_and_say_how_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "SCAN_ROWS", 4)
    said = [{"transaction_id": f"t{n:02}", "counterparty_id": f"m{n % 9}"} for n in range(12)]
    accepted = accept(*[new_transaction(**item) for item in said])
    filters = TransactionFilter(counterparty_id="m1")
    found = search.transactions_search(filters=filters)
    assert (ids(found), found.scanned_to) == (["t10"], accepted[7].received_at)
    assert everything(filters, 50) == ["t10", "t01"]
    newest_first = [item["transaction_id"] for item in reversed(said)]
    assert everything(TransactionFilter(amount_min=Decimal(1)), 3) == newest_first
    last = search.transactions_search(filters=TransactionFilter(counterparty_id="nobody"), cursor="nonsense")
    assert last.next is not None
    assert everything(TransactionFilter(counterparty_id="nobody"), 50) == []


def test_an_empty_ledger() -> None:
    assert search.transactions_search(filters=TransactionFilter()) == Found([], None, None)


def test_history_is_around_the_time_and_bounded() -> None:
    times = [START + timedelta(hours=n) for n in range(30)]
    accepted = accept(*[new_transaction(customer_id="c", occurred_at=time) for time in times])
    decide()
    rows = search.customer_history(customer_id="c", around=START + timedelta(hours=20), limit=10)
    assert [row["id"] for row in rows] == [item.id for item in accepted[13:23]]
    assert {row["verdict"] for row in rows} == {"approve"}


def decided(count: int, **said: str) -> list[str]:
    """The newest ids first, as the list has them."""
    items = [new_transaction(**said) for _ in range(count)]
    accept(*items)
    return [item.transaction_id for item in reversed(items)]


def test_by_decision_newest_first_in_pages_that_meet() -> None:
    quiet = decided(3)
    decide(verdict="approve")
    loud = decided(2, currency="USD")
    decide(verdict="block", reasons='[{"code": "velocity", "kind": "rule", "message": "m", "weight": 1}]')
    pending = decided(1)
    begin = {"decided_from": timezone.now() - timedelta(hours=1)}
    assert find(**begin) == loud + quiet
    assert everything(TransactionFilter(**begin), 2) == loud + quiet
    assert everything(TransactionFilter(decided_until=timezone.now() + timedelta(hours=1)), 1) == loud + quiet
    assert find(decided_until=timezone.now() - timedelta(hours=1)) == []
    assert find(**begin, verdict="block") == loud
    assert find(**begin, code="velocity") == loud
    assert find(**begin, code="veloc") == []
    assert find(**begin, currency="EUR") == quiet
    # The same filters by the other ways.
    assert find(verdict="block") == loud
    assert find(code="velocity", customer_id="customer-1") == loud
    assert find() == pending + loud + quiet
    first, second = (batch.decided_at for batch in DecisionBatch.objects.order_by("id"))
    assert find(decided_from=first, decided_until=second) == quiet
    assert find(decided_from=second) == loud


def test_by_the_label_in_force() -> None:
    one, other = decided(2)
    decide()
    for name, label, day in ((one, "fraud", 1), (other, "fraud", 1), (other, "genuine", 2)):
        item = LabelItem(name, label, "chargeback", START + timedelta(days=day))
        labels_add(client_id=client().pk, actor="client:core-banking", items=[item])
    for ways in ({}, {"decided_from": START}, {"customer_id": "customer-1"}):
        assert find(label="fraud", **ways) == [one]
        assert find(label="genuine", **ways) == [other]


def test_a_search_by_decision_says_how_far_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_SOME", (1,))
    monkeypatch.setattr(search, "SCAN_ROWS", 4)
    for _ in range(5):
        decided(2)
        decide()
    wanted = decided(1, counterparty_id="m")
    decide()
    filters = TransactionFilter(decided_from=START, counterparty_id="nobody")
    found = search.transactions_search(filters=filters)
    assert (found.rows, found.next is not None) == ([], True)
    # Batches are looked through whole: the last one and two before it have four and more.
    batch = DecisionBatch.objects.order_by("-id")[3]
    assert found.scanned_to == batch.decisions.latest("id").transaction.received_at
    assert everything(filters, 50) == []
    assert everything(TransactionFilter(decided_from=START, counterparty_id="m"), 50) == wanted
    assert len(everything(TransactionFilter(decided_from=START), 3)) == 11
