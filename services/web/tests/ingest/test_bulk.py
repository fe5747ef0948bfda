"""Many transactions, or labels, in one request: the good ones are kept, the bad ones told by index."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from argus_records.models import AuditEvent, Label, Pending, Transaction
from argus_web.ingest import bulk

pytestmark = pytest.mark.django_db
NDJSON = "application/x-ndjson"


def _told(answer: Any) -> dict[int, str]:
    return {entry["index"]: entry["errors"][0]["message"] for entry in answer.json()["rejected"]}


def _lines(*items: Any) -> bytes:
    return b"\n".join(item if isinstance(item, bytes) else orjson.dumps(item) for item in items)


def test_one_bad_item_never_sinks_the_others(bank: Any, good: dict[str, Any], count: Callable[..., float]) -> None:
    before = {name: count("argus_transactions_received_total", outcome=name) for name in ("accepted", "rejected")}
    items = [
        good,
        good | {"transaction_id": "t-2", "amount": "-1"},
        7,
        good | {"transaction_id": "t-3", "ammount": 1},
        good | {"transaction_id": "t-4"},
    ]
    answer = bank.batch(items)
    assert answer.status_code == 200
    said = answer.json()
    assert (said["accepted"], said["duplicates"], said["conflicts"]) == (2, 0, 0)
    assert [(entry["index"], entry["transaction_id"]) for entry in said["rejected"]] == [
        (1, "t-2"), (2, None), (3, "t-3"),
    ]  # fmt: skip
    assert said["rejected"][0]["errors"][0]["field"] == "amount"
    assert "did you mean 'amount'?" in _told(answer)[3]
    assert set(Transaction.objects.values_list("transaction_id", flat=True)) == {"t-1", "t-4"}
    assert Pending.objects.count() == 2
    after = {name: count("argus_transactions_received_total", outcome=name) for name in before}
    assert after == {"accepted": before["accepted"] + 2, "rejected": before["rejected"] + 3}


def test_duplicates_and_conflicts_within_a_batch_and_across(bank: Any, good: dict[str, Any]) -> None:
    changed = good | {"amount": "13.00"}
    first = bank.batch([good, good, changed])
    said = first.json()
    assert (said["accepted"], said["duplicates"], said["conflicts"]) == (1, 1, 1)
    assert [(entry["index"], entry["transaction_id"]) for entry in said["rejected"]] == [(2, "t-1")]
    assert "another body" in _told(first)[2]
    said = bank.batch([changed, good, good | {"transaction_id": "t-2"}]).json()
    assert (said["accepted"], said["duplicates"], said["conflicts"]) == (1, 1, 1)
    assert [entry["index"] for entry in said["rejected"]] == [0]
    assert str(Transaction.objects.get(transaction_id="t-1").amount) == "12.5000"


def test_a_batch_larger_than_one_commit(bank: Any, good: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 3)
    items = [good | {"transaction_id": f"t-{number}"} for number in range(10)]
    items.insert(4, items[0])
    items.insert(8, items[1] | {"amount": "1.00"})
    said = bank.batch(items).json()
    assert (said["accepted"], said["duplicates"], said["conflicts"]) == (10, 1, 1)
    assert [entry["index"] for entry in said["rejected"]] == [8]
    ids = Transaction.objects.order_by("pk").values_list("transaction_id", flat=True)
    assert list(ids) == [f"t-{number}" for number in range(10)]


def test_lines(bank: Any, good: dict[str, Any]) -> None:
    body = _lines(
        good, b"", good | {"transaction_id": "t-2"}, b'{"broken": ', b"  \r", b"\xff", good | {"transaction_id": ""}
    )
    answer = bank.batch(body + b"\r\n\n", NDJSON)
    said = answer.json()
    assert said["accepted"] == 2
    assert [(entry["index"], entry["line"]) for entry in said["rejected"]] == [(2, 4), (3, 6), (4, 7)]
    assert "not JSON" in _told(answer)[2]
    assert "not UTF-8" in _told(answer)[3]


def test_conflicts_among_lines_have_their_line(bank: Any, good: dict[str, Any]) -> None:
    said = bank.batch(_lines(b"", good, good | {"amount": "1.00"}), NDJSON).json()
    assert [(entry["index"], entry["line"]) for entry in said["rejected"]] == [(1, 3)]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"[]", "application/json", 422),
        (b" \n\n", NDJSON, 422),
        (b'{"transaction_id": "t"}', "application/json", 422),
        (b'[{"transaction_id": "t"},]', "application/json", 400),
        (b"[" + b",".join([b"1"] * 10_001) + b"]", "application/json", 413),
        (b"1\n" * 10_001, NDJSON, 413),
    ],
)
def test_a_batch_refused_as_a_whole_changes_nothing(bank: Any, body: bytes, kind: str, status: int) -> None:
    answer = bank.batch(body, kind)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    if status == 413:
        assert "10,000" in answer.json()["detail"]
    assert not Transaction.objects.exists()


def test_a_broken_array_is_told_where(bank: Any, good: dict[str, Any]) -> None:
    answer = bank.batch(b"[\n" + orjson.dumps(good) + b",\n{]")
    assert answer.status_code == 400
    assert "line 3, column 2" in answer.json()["detail"]
    assert not Transaction.objects.exists()


def test_ten_thousand_items_are_not_too_many(bank: Any) -> None:
    answer = bank.batch([1] * 10_000)
    assert answer.status_code == 200
    assert len(answer.json()["rejected"]) == 10_000


def test_labels_one_or_many(bank: Any, good: dict[str, Any], count: Callable[..., float]) -> None:
    bank.batch([good, good | {"transaction_id": "t-2"}])
    before = count("argus_labels_received_total", outcome="accepted")
    label = {
        "transaction_id": "t-1", "label": "fraud", "source": "chargeback", "observed_at": "2026-03-09T10:00:00Z",
    }  # fmt: skip
    assert bank.label(label).json() == {"accepted": 1, "duplicates": 0, "rejected": []}
    answer = bank.label(
        [
            label,
            label | {"transaction_id": "t-2", "label": "genuine"},
            label | {"transaction_id": "unheard-of"},
            label | {"label": "maybe"},
            label | {"observed_at": "2036-03-09T10:00:00Z"},
            label | {"source": ""},
            label | {"sauce": "x"},
        ]
    )
    assert answer.status_code == 200
    said = answer.json()
    assert (said["accepted"], said["duplicates"]) == (1, 1)
    assert [(entry["index"], entry["errors"][0]["field"]) for entry in said["rejected"]] == [
        (2, "transaction_id"), (3, "label"), (4, "observed_at"), (5, "source"), (6, "sauce"),
    ]  # fmt: skip
    assert "no transaction with this id" in _told(answer)[2]
    assert "one of fraud, genuine" in _told(answer)[3]
    assert "ahead of now" in _told(answer)[4]
    assert Label.objects.count() == 2
    assert AuditEvent.objects.filter(action="label.added", actor="client:core-banking").count() == 2
    assert count("argus_labels_received_total", outcome="accepted") == before + 2


def test_labels_of_another_clients_transactions_are_not_taken(bank: Any, make_bank: Any, good: dict[str, Any]) -> None:
    bank.post(good)
    label = {
        "transaction_id": "t-1", "label": "fraud", "source": "chargeback", "observed_at": "2026-03-09T10:00:00Z",
    }  # fmt: skip
    said = make_bank(client="cards").label(label).json()
    assert (said["accepted"], len(said["rejected"])) == (0, 1)
    assert not Label.objects.exists()


@pytest.mark.parametrize(("body", "status"), [("[]", 422), ("7", 422), ("{", 400)])
def test_labels_refused_as_a_whole(bank: Any, body: str, status: int) -> None:
    assert bank.label(body).status_code == status
