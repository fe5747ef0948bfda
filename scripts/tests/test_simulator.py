"""The simulated stream: the same for the same seed, valid, with habits and with fraud."""

from collections import Counter
from datetime import UTC, datetime
from itertools import islice, pairwise
from statistics import median
from typing import Any

import pytest
from argus_local.simulator import Event, Stream
from argus_local.simulator.fraud import SCHEMES
from argus_web.ingest import schema

START = datetime(2026, 3, 2, tzinfo=UTC)


def take(count: int, **options: Any) -> list[Event]:
    return list(islice(Stream(start=START, **options), count))


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return take(20_000, fraud=0.004)


def test_the_same_seed_gives_the_same_stream() -> None:
    assert take(500, seed=7) == take(500, seed=7)
    assert take(500, seed=7) != take(500, seed=8)


def test_every_transaction_is_valid_and_has_its_own_id(events: list[Event]) -> None:
    for event in events:
        # Decimal strings are what the API takes; coordinates come through JSON.
        schema.transaction(schema_ready(event.body))
    assert len({event.body["transaction_id"] for event in events}) == len(events)


def schema_ready(body: dict[str, object]) -> object:
    import orjson
    from argus_web.ingest.body import parse

    return parse(orjson.dumps(body))


def test_time_goes_forward(events: list[Event]) -> None:
    assert all(one.at <= other.at for one, other in pairwise(events))


def test_fraud_of_every_kind_is_rare(events: list[Event]) -> None:
    kinds = Counter(event.fraud for event in events if event.fraud)
    assert set(kinds) == set(SCHEMES)
    assert 0.005 < kinds.total() / len(events) < 0.06


def test_customers_have_habits(events: list[Event]) -> None:
    """A customer's own shops are few beside all there are, and purses differ."""
    shops: dict[str, set[str]] = {}
    amounts: dict[str, list[float]] = {}
    for event in events:
        if event.fraud is None and event.body["type"] == "card_payment":
            shops.setdefault(event.body["customer_id"], set()).add(event.body["counterparty_id"])
            amounts.setdefault(event.body["customer_id"], []).append(float(event.body["amount"]))
    assert median(len(seen) for seen in shops.values()) < 25
    middles = sorted(median(values) for values in amounts.values() if len(values) > 20)
    assert middles[-1] > 2 * middles[0]
