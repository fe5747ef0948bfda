"""Every way a transaction can be wrong: its status, the field that is named, what is expected of it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from argus_records.models import Pending, Transaction

pytestmark = pytest.mark.django_db

AHEAD = (datetime.now(UTC) + timedelta(days=1, minutes=5)).isoformat()
SOON = (datetime.now(UTC) + timedelta(hours=23)).isoformat()
ABSENT = object()

WRONG: list[tuple[str, Any, str]] = [
    ("transaction_id", ABSENT, "missing; expected your own id"),
    ("transaction_id", "", "1 to 64 characters"),
    ("transaction_id", "x" * 65, "1 to 64 characters"),
    ("transaction_id", 7, "1 to 64 characters"),
    ("transaction_id", None, "1 to 64 characters"),
    ("transaction_id", " t", "no spaces at the ends"),
    ("transaction_id", "t\u00a0", "no spaces at the ends"),
    ("transaction_id", "a\u0000b", "no control characters"),
    ("transaction_id", "a\nb", "no control characters"),
    ("transaction_id", "a\n", "no control characters"),
    ("transaction_id", "a\u007fb", "no control characters"),
    ("transaction_id", "a\u0085b", "no control characters"),
    ("customer_id", ABSENT, "missing; expected the customer's id"),
    ("customer_id", ["c"], "1 to 64 characters"),
    ("occurred_at", ABSENT, "missing; expected an RFC 3339 time"),
    ("occurred_at", "2026-03-02T09:30:00", "not RFC 3339 with an offset"),
    ("occurred_at", "2026-03-02 09:30:00Z", "not RFC 3339"),
    ("occurred_at", "2026-03-02", "not RFC 3339"),
    ("occurred_at", "2026-13-02T09:30:00Z", "such as 2026-03-02T09:30:00Z"),
    ("occurred_at", "2026-03-02T24:30:00Z", "expected an RFC 3339 time"),
    ("occurred_at", "2026-03-02T09:30:00+25:00", "expected an RFC 3339 time"),
    ("occurred_at", "٢٠٢٦-03-02T09:30:00Z", "not RFC 3339"),
    ("occurred_at", "0000-03-02T09:30:00Z", "expected an RFC 3339 time"),
    ("occurred_at", "0001-01-01T00:00:00+23:59", "not a year of this era"),
    ("occurred_at", "9999-12-31T23:59:59-23:59", "not a year of this era"),
    ("occurred_at", "1969-12-31T23:59:59Z", "before 1970"),
    ("occurred_at", AHEAD, "more than a day ahead"),
    ("occurred_at", 1767261600, "not RFC 3339"),
    ("amount", ABSENT, "missing; expected an amount above zero"),
    ("amount", 0, "not above zero"),
    ("amount", "0.00", "not above zero"),
    ("amount", "-1", "not above zero"),
    ("amount", -0.01, "not above zero"),
    ("amount", "NaN", "not a decimal number"),
    ("amount", "Infinity", "not a decimal number"),
    ("amount", "", "not a decimal number"),
    ("amount", "1,000.00", "not a decimal number"),
    ("amount", "12.5\n", "not a decimal number"),
    ("amount", "٣", "not a decimal number"),
    ("amount", "1_000", "not a decimal number"),
    ("amount", "1.005", "EUR has 2 digits after the point"),
    ("amount", 1.005, "EUR has 2 digits after the point"),
    ("amount", "999999999999999.99", "more than 16 digits"),
    ("amount", 10**16, "more than 16 digits"),
    ("amount", "1e400", "more than 16 digits"),
    ("amount", True, "neither a string nor a number"),
    ("amount", None, "neither a string nor a number"),
    ("amount", {"value": 1}, "neither a string nor a number"),
    ("currency", ABSENT, "missing; expected an ISO 4217 code"),
    ("currency", "EUX", "an ISO 4217 code in capitals"),
    ("currency", "eur", "an ISO 4217 code in capitals"),
    ("currency", "XAU", "an ISO 4217 code in capitals"),
    ("currency", 978, "an ISO 4217 code in capitals"),
    ("type", "gift", "one of card_payment, transfer"),
    ("type", None, "one of card_payment, transfer"),
    ("counterparty_id", "", "1 to 64 characters"),
    ("country", "de", "alpha-2 code in capitals"),
    ("country", "DEU", "alpha-2 code in capitals"),
    ("country", "XX", "alpha-2 code in capitals"),
    ("channel", "fax", "one of web, mobile"),
    ("device_id", 5, "1 to 64 characters"),
    ("ip_address", "256.1.1.1", "an IPv4 or IPv6 address"),
    ("ip_address", "192.0.2.1/24", "an IPv4 or IPv6 address"),
    ("ip_address", "fe80::1%eth0", "an IPv4 or IPv6 address"),
    ("ip_address", "192.0.2.01", "an IPv4 or IPv6 address"),
    ("ip_address", "1.1.1.1\u0000", "an IPv4 or IPv6 address"),
    ("ip_address", 1, "an IPv4 or IPv6 address"),
    ("metadata", [], "not an object"),
    ("metadata", "note", "not an object"),
    ("metadata", {"note": "a\u0000b"}, "a control character"),
    ("metadata", {"a\u001fb": 1}, "a control character"),
    ("metadata", {"deep": [["a\u0090b"]]}, "a control character"),
    ("metadata", {"note": "x" * 4096}, "at most 4,096 bytes"),
    ("ammount", "1.00", "unknown field; did you mean 'amount'?"),
    ("colour", "red", "unknown field; known are transaction_id"),
]


def _named(answer: Any) -> dict[str, str]:
    return {error["field"]: error["message"] for error in answer.json()["errors"]}


@pytest.mark.parametrize(("field", "value", "told"), WRONG)
def test_a_wrong_field_is_named_with_what_is_expected(
    bank: Any, good: dict[str, Any], count: Callable[..., float], field: str, value: Any, told: str
) -> None:
    if value is ABSENT:
        del good[field]
    else:
        good[field] = value
    refused = count("argus_requests_refused_total", endpoint="submit", reason="invalid")
    answer = bank.post(good)
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert set(_named(answer)) == {field}
    assert told in _named(answer)[field]
    assert count("argus_requests_refused_total", endpoint="submit", reason="invalid") == refused + 1
    assert not Transaction.objects.exists()
    assert not Pending.objects.exists()


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"latitude": 1.0}, "longitude"),
        ({"longitude": 1.0}, "latitude"),
        ({"latitude": 1.0, "longitude": None}, "longitude"),
        ({"latitude": 90.01, "longitude": 1}, "latitude"),
        ({"latitude": 1, "longitude": -180.01}, "longitude"),
        ({"latitude": "1", "longitude": 1}, "latitude"),
        ({"latitude": True, "longitude": 1}, "latitude"),
        ({"latitude": 10**30, "longitude": 1}, "latitude"),
    ],
)
def test_coordinates_come_together_and_on_earth(
    bank: Any, good: dict[str, Any], said: dict[str, Any], field: str
) -> None:
    # orjson refuses integers beyond 64 bits.
    import json

    answer = bank.post(json.dumps(good | said))
    assert answer.status_code == 422
    assert field in _named(answer)


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1" + "0" * 400])
def test_a_number_beyond_floats_is_no_coordinate(bank: Any, good: dict[str, Any], number: str) -> None:
    text = orjson.dumps(good).decode()[:-1]
    answer = bank.post(text + f', "latitude": {number}, "longitude": 1}}')
    assert answer.status_code == 422
    assert "latitude" in _named(answer)


def test_all_wrong_fields_are_named_at_once(bank: Any) -> None:
    answer = bank.post({"transaction_id": "", "amount": "x", "currency": "?", "flavour": 1})
    assert set(_named(answer)) == {"transaction_id", "occurred_at", "customer_id", "amount", "currency", "flavour"}


@pytest.mark.parametrize("body", ["[]", '"text"', "7", "null", "true"])
def test_a_transaction_is_an_object(bank: Any, body: str) -> None:
    answer = bank.post(body)
    assert answer.status_code == 422
    assert _named(answer) == {"": "expected an object with the fields of a transaction"}


def test_half_a_surrogate_pair_is_not_text(bank: Any, good: dict[str, Any]) -> None:
    for field in ("transaction_id", "counterparty_id"):
        text = orjson.dumps(good | {field: "SAID"}).decode().replace("SAID", "\\ud800")
        answer = bank.post(text)
        assert answer.status_code == 422
        assert set(_named(answer)) == {field}
    assert bank.post(orjson.dumps(good)[:-1] + rb', "metadata": {"a": "\ud800"}}').status_code == 422
    answer = bank.post(orjson.dumps(good)[:-1] + rb', "\ud800": 1}')
    assert answer.status_code == 422


def test_values_are_not_sent_back(bank: Any, good: dict[str, Any]) -> None:
    good["customer_id"] = "secret" * 50
    good["x" * 5000] = 1
    answer = bank.post(good)
    assert b"secretsecret" not in answer.content
    assert len(answer.content) < 2000


@pytest.mark.parametrize(
    "said",
    [
        {"occurred_at": SOON},
        {"occurred_at": "2026-03-02t09:30:00.123456789z"},
        {"occurred_at": "1970-01-01T00:00:00Z"},
        {"amount": 12},
        {"amount": "1.250e1"},
        {"amount": "12.500"},
        {"amount": "99999999999999.99"},
        {"currency": "JPY", "amount": "9999999999999999"},
        {"currency": "KWD", "amount": "0.001"},
        {"currency": "CLF", "amount": "0.0001"},
        {"transaction_id": "Überweisung №7/2026 🐢"},
        {"counterparty_id": None, "country": None, "channel": None, "device_id": None, "ip_address": None},
        {"latitude": None, "longitude": None, "metadata": None},
        {"latitude": -90, "longitude": 180.0},
        {"ip_address": "2001:DB8::1"},
        {"metadata": {"note": "x" * 4000, "n": [1, 2.5, None, True, {"a": "é"}]}},
        {"metadata": {}},
    ],
)
def test_what_is_unusual_but_right_passes(bank: Any, good: dict[str, Any], said: dict[str, Any]) -> None:
    answer = bank.post(good | said)
    assert answer.status_code == 202, answer.content


def test_metadata_may_be_nested_sixteen_deep_and_no_more(bank: Any, good: dict[str, Any]) -> None:
    def nested(levels: int) -> dict[str, Any]:
        value: Any = 1
        for _ in range(levels):
            value = {"a": value}
        return {"metadata": value}

    assert bank.post(good | nested(16)).status_code == 202
    answer = bank.post(good | {"transaction_id": "t-2"} | nested(17))
    assert answer.status_code == 422
    assert "16 levels deep" in _named(answer)["metadata"]
