"""Submitting one transaction, and reading it."""

from collections.abc import Callable
from typing import Any

import pytest
from argus_records.models import Pending, Transaction
from records_factories import decide

pytestmark = pytest.mark.django_db
PATH = "/api/v1/transactions"


def test_a_transaction_is_accepted(bank: Any, good: dict[str, Any], count: Callable[..., float]) -> None:
    accepted = count("argus_transactions_received_total", outcome="accepted")
    answer = bank.post(good)
    assert answer.status_code == 202
    record = Transaction.objects.get()
    assert answer.json() == {
        "transaction_id": "t-1",
        "status": "pending",
        "received_at": record.received_at.isoformat(),
        "decision": None,
    }
    assert answer["Location"] == f"{PATH}/t-1"
    assert Pending.objects.get().transaction_id == record.pk
    assert count("argus_transactions_received_total", outcome="accepted") == accepted + 1


def test_the_same_again_is_the_same_record(bank: Any, good: dict[str, Any]) -> None:
    first = bank.post(good)
    said_otherwise = good | {
        "amount": 12.5, "type": "other", "occurred_at": "2026-03-02T08:30:00.000Z", "channel": None,
    }  # fmt: skip
    for again in (good, dict(reversed(good.items())), said_otherwise):
        answer = bank.post(again)
        assert answer.status_code == 200
        assert answer.json() == first.json()
        assert answer["Location"] == first["Location"]
    assert Transaction.objects.count() == 1


def test_the_same_again_later_comes_with_its_decision(bank: Any, good: dict[str, Any]) -> None:
    bank.post(good)
    decide(verdict="review", reasons='[{"code": "c", "kind": "rule", "message": "m", "weight": 0.5}]')
    answer = bank.post(good)
    assert answer.status_code == 200
    said = answer.json()
    assert said["status"] == "decided"
    assert said["decision"]["verdict"] == "review"
    assert said["decision"]["reasons"] == [{"code": "c", "kind": "rule", "message": "m", "weight": 0.5}]
    assert said["decision"]["model_version"] is None


@pytest.mark.parametrize(
    "change",
    [{"amount": "12.51"}, {"customer_id": "c-2"}, {"metadata": {"a": 1}}, {"occurred_at": "2026-03-02T09:30:00Z"}],
)
def test_another_body_under_the_same_id_is_a_conflict(bank: Any, good: dict[str, Any], change: dict[str, Any]) -> None:
    bank.post(good)
    answer = bank.post(good | change)
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:argus:problem:conflict"
    assert "'t-1'" in answer.json()["detail"]
    assert str(Transaction.objects.get().amount) == "12.5000"


def test_ids_are_each_clients_own(bank: Any, make_bank: Any, good: dict[str, Any]) -> None:
    other = make_bank(client="cards")
    assert bank.post(good).status_code == 202
    assert other.get(f"{PATH}/t-1").status_code == 404
    assert other.post(good | {"amount": "99.00"}).status_code == 202
    assert bank.get(f"{PATH}/t-1").json()["amount"] == "12.50"
    assert other.get(f"{PATH}/t-1").json()["amount"] == "99.00"


@pytest.mark.parametrize("name", ["a/b", "batch", "a b", "Ü№🐢", "a%2Fb", "?a=b#c", "..", "a//b", "-", "x" * 64])
def test_any_id_can_be_read_where_its_location_says(bank: Any, good: dict[str, Any], name: str) -> None:
    answer = bank.post(good | {"transaction_id": name})
    assert answer.status_code == 202
    found = bank.get(answer["Location"])
    assert found.status_code == 200
    assert found.json()["transaction_id"] == name


def test_what_was_sent_can_be_read(bank: Any) -> None:
    sent = {
        "transaction_id": "full", "occurred_at": "2026-03-02T09:30:00.5Z", "customer_id": "c-1", "amount": 1500,
        "currency": "JPY", "type": "transfer", "counterparty_id": "p-1", "country": "JP", "channel": "web",
        "device_id": "d-1", "ip_address": "2001:DB8:0::1", "latitude": 35.68, "longitude": 139.76,
        "metadata": {"order": 7, "rate": 0.1, "big": 18446744073709551616, "tags": ["a", None, True]},
    }  # fmt: skip
    import json

    assert bank.post(json.dumps(sent)).status_code == 202
    decide(verdict="approve")
    read = bank.get(f"{PATH}/full").json()
    decision, received_at = read.pop("decision"), read.pop("received_at")
    assert received_at
    assert read == sent | {
        "status": "decided",
        "occurred_at": "2026-03-02T09:30:00.500000+00:00",
        "amount": "1500",
        "ip_address": "2001:db8::1",
        "metadata": {"order": 7, "rate": 0.1, "big": "18446744073709551616", "tags": ["a", None, True]},
    }
    assert set(decision) == {"verdict", "score", "reasons", "ruleset_version", "model_version", "decided_at"}


@pytest.mark.parametrize("name", ["nothing", "x" * 65, "a%00b", "%ff"])
def test_what_is_not_there_is_not_found(bank: Any, name: str) -> None:
    answer = bank.get(f"{PATH}/{name}")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/api/v1/nothing", 404),
        ("get", "/api", 404),
        ("post", "/api/v2/transactions", 404),
        ("delete", PATH, 405),
        ("get", PATH, 405),
        ("put", f"{PATH}/t-1", 405),
        ("post", "/api/v1/decisions", 405),
        ("get", "/api/v1/labels", 405),
    ],
)
def test_errors_under_api_are_problem_documents(client: Any, method: str, path: str, status: int) -> None:
    answer = getattr(client, method)(path)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == status
    if status == 405:
        assert answer["Allow"]


def test_a_host_that_is_not_ours_is_a_problem_document_too(client: Any) -> None:
    answer = client.get("/api/v1/nothing", headers={"host": "elsewhere.example"})
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
