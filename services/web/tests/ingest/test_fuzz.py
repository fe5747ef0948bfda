"""No input gives a 500, whatever the bytes."""

from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.django_db
PATHS = st.sampled_from(["/api/v1/transactions", "/api/v1/transactions/batch", "/api/v1/labels"])
KINDS = st.sampled_from(["application/json", "application/x-ndjson"])
bounded = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
NAMES = [
    "transaction_id", "occurred_at", "customer_id", "amount", "currency", "type", "counterparty_id", "country",
    "channel", "device_id", "ip_address", "latitude", "longitude", "metadata", "label", "source", "observed_at",
]  # fmt: skip
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(), st.text(max_size=70),
    st.sampled_from(["EUR", "JPY", "DE", "card_payment", "fraud", "2026-03-02T09:30:00Z", "12.50", "::1"]),
    st.lists(st.integers(0, 9), max_size=3), st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
)  # fmt: skip
ITEMS = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=12), VALUES, max_size=12)


def _fine(answer: Any) -> None:
    assert answer.status_code < 500, answer.content
    document = orjson.loads(answer.content)
    if answer.status_code >= 400:
        assert answer["Content-Type"] == "application/problem+json"
        assert document["status"] == answer.status_code


@bounded
@given(path=PATHS, kind=KINDS, sent=st.binary(max_size=300))
def test_random_bytes(bank: Any, path: str, kind: str, sent: bytes) -> None:
    _fine(bank.post(sent, path, kind))


@bounded
@given(path=PATHS, item=ITEMS)
def test_random_items(bank: Any, path: str, item: dict[str, Any]) -> None:
    one = orjson.dumps(item, option=orjson.OPT_NON_STR_KEYS)
    _fine(bank.post(one if path.endswith("s") else b"[" + one + b"]", path))


@bounded
@given(path=PATHS, data=st.data())
def test_good_items_with_bytes_changed(bank: Any, good: dict[str, Any], path: str, data: st.DataObject) -> None:
    sent = bytearray(orjson.dumps([good | {"metadata": {"a": [1, 2.5, "\\u00e9"]}, "latitude": 1, "longitude": 2}]))
    for _ in range(data.draw(st.integers(1, 4))):
        sent[data.draw(st.integers(0, len(sent) - 1))] = data.draw(st.integers(0, 255))
    _fine(bank.post(bytes(sent), path))


@bounded
@given(path=st.text(max_size=40), query=st.dictionaries(st.text(max_size=8), st.text(max_size=30), max_size=3))
def test_random_addresses(bank: Any, path: str, query: dict[str, str]) -> None:
    from urllib.parse import quote

    _fine(bank.get(f"/api/v1/transactions/{quote(path, safe='', errors='replace')}", query))


@bounded
@given(header=st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60))
def test_random_headers(good: dict[str, Any], header: str) -> None:
    from django.test import Client

    for name in ("authorization", "prefer", "content-encoding"):
        answer = Client(raise_request_exception=False).post(
            "/api/v1/transactions", orjson.dumps(good), content_type="application/json", headers={name: header}
        )
        _fine(answer)
