"""The overview and the pages of transactions."""

from datetime import UTC, datetime
from typing import Any

import pytest
from argus_records.selectors import search
from argus_records.services.labels import LabelItem, labels_add
from django.test import Client
from records_factories import accept, alert, decide, new_transaction

pytestmark = pytest.mark.django_db


def test_the_overview_carries_its_first_state(desk: Client, redis_url: str) -> None:
    record = alert(amount="99.00")
    answer = desk.get("/")
    assert answer.status_code == 200
    assert [shown["id"] for shown in answer.context["state"]["alerts"]] == [record.pk]
    page = answer.content.decode()
    assert 'id="state" type="application/json"' in page
    assert "curl -X POST http://testserver/api/v1/transactions" in page


def test_text_of_customers_is_never_markup(desk: Client, redis_url: str) -> None:
    record = alert(customer_id="</script><b>", transaction_id="<i>t")
    own = (f"/alerts/{record.pk}/", f"/transactions/{record.transaction_id}/")
    for path in ("/", "/alerts/", "/transactions/", *own):
        page = desk.get(path).content.decode()
        assert "</script><b>" not in page, path
        assert "<i>t" not in page, path


def test_a_search_lists_what_matches(desk: Client) -> None:
    accept(
        new_transaction(transaction_id="pay-1", customer_id="c-1", amount="10.00"),
        new_transaction(transaction_id="pay-2", customer_id="c-2", amount="20.00", counterparty_id="m-1"),
    )
    everything = desk.get("/transactions/").content.decode()
    assert "pay-1" in everything
    assert "pending" in everything
    for query in ("id=pay-2", "customer=c-2", "counterparty=m-1", "amount_min=15"):
        page = desk.get(f"/transactions/?{query}").content.decode()
        assert "pay-2" in page, query
        assert "pay-1" not in page, query


def test_a_search_that_finds_nothing_says_so(desk: Client) -> None:
    assert "The ledger is empty" in desk.get("/transactions/").content.decode()
    assert "No transaction found" in desk.get("/transactions/?id=x").content.decode()


def test_a_search_says_how_far_it_came(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    accept(*[new_transaction() for _ in range(3)])
    monkeypatch.setattr(search, "SCAN_ROWS", 1)
    page = desk.get("/transactions/?counterparty=nobody").content.decode()
    assert "No transaction found so far" in page
    assert "Search further back" in page


@pytest.mark.parametrize(
    ("typed", "leads"), [("c-1", "customer=c-1"), ("pay", "id=pay"), ("\0", None), ("a&b", "id=a%26b")]
)
def test_the_bar_finds_customers_and_transactions(desk: Client, typed: str, leads: str | None) -> None:
    accept(new_transaction(transaction_id="pay-1", customer_id="c-1"))
    answer = desk.get("/transactions/", {"q": typed})
    if leads is None:
        assert answer.status_code == 200
    else:
        assert answer["Location"] == f"/transactions/?{leads}"


@pytest.mark.parametrize("query", ["amount_min=x", "since=x", "currency=1"])
def test_a_filter_that_cannot_be_read(desk: Client, query: str) -> None:
    answer = desk.get(f"/transactions/?{query}")
    assert answer.status_code == 200
    assert "A filter cannot be read" in answer.content.decode()


def test_a_pending_transaction(desk: Client) -> None:
    said = {"amount": "5.00", "latitude": 52.52, "longitude": 13.405, "metadata": {"note": "hello"}}
    (accepted,) = accept(new_transaction(**said))
    page = desk.get(f"/transactions/{accepted.id}/").content.decode()
    for text in ("Not decided yet", "5.00 EUR", "•••", "core-banking"):
        assert text in page, text
    assert "hello" not in page
    desk.post(f"/transactions/{accepted.id}/reveal/", {"reason": "a call"})
    page = desk.get(f"/transactions/{accepted.id}/").content.decode()
    for text in ("52.5200, 13.4050", "hello"):
        assert text in page, text


def test_a_decided_transaction_with_what_became_known(desk: Client) -> None:
    (accepted,) = accept(new_transaction(transaction_id="t-x"))
    decide()
    client_id = search.transaction_get(ledger_id=accepted.id).client_id
    item = LabelItem("t-x", "genuine", "call", datetime.now(UTC))
    labels_add(client_id=client_id, actor="client:x", items=[item])
    page = desk.get(f"/transactions/{accepted.id}/").content.decode()
    for text in ("Nothing spoke against", "genuine", "decided by rules alone"):
        assert text in page, text
    assert "To alert" not in page


def test_a_flagged_transaction_leads_to_its_alert(desk: Client) -> None:
    record = alert()
    page = desk.get(f"/transactions/{record.transaction_id}/").content.decode()
    assert f'href="/alerts/{record.pk}/"' in page


@pytest.mark.parametrize("number", ["0", "99999999999999999999999"])
def test_a_transaction_that_is_none(desk: Client, number: str) -> None:
    answer = desk.get(f"/transactions/{number}/")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()


def test_long_lists_take_few_queries(desk: Client, django_assert_max_num_queries: Any) -> None:
    accept(*[new_transaction() for _ in range(40)])
    decide(verdict="review")
    with django_assert_max_num_queries(10):
        desk.get("/transactions/")
    with django_assert_max_num_queries(14):
        desk.get("/alerts/")
