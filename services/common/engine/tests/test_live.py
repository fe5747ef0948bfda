"""Live scoring: exact windows, whatever the order of arrival and the cut into batches."""

import math
from typing import Any

import numpy as np
import pytest
from argus_engine import kernel
from argus_engine.catalogue import INDEX, NAMES
from argus_engine.columns import Transactions
from argus_engine.config import FeatureConfig
from argus_engine.live import advance, plan
from argus_engine.profile import StateError
from argus_engine.replay import Replay
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from streams import CONFIG, DAY, HOUR, MINUTE, ROWS, START, Ledger, cut, naive_windows, rows_of

CUTS = st.lists(st.integers(0, 60), max_size=8)


def score(ledger: Ledger, rows: Any, config: FeatureConfig = CONFIG) -> NDArray[np.float64]:
    """One batch as the worker does it, states and links through the ledger."""
    batch = Transactions.from_rows(rows)
    states = {name: ledger.states[name] for name in set(batch.customer) if name in ledger.states}
    wanted = plan(batch, states, config)
    past = ledger.fetch(wanted.customer, wanted.after.tolist(), wanted.until.tolist())
    pairs = set(zip(batch.customer, batch.counterparty, strict=True))
    moved = advance(batch, states, past, {pair for pair in pairs if pair in ledger.links}, config)
    ledger.rows += rows
    ledger.states.update(moved.states)
    assert not ledger.links & set(moved.links)
    ledger.links.update(moved.links)
    return moved.features


def live(rows: Any, cuts: list[int]) -> NDArray[np.float64]:
    ledger = Ledger()
    parts = [score(ledger, part) for part in cut(rows, cuts)]
    return np.vstack(parts) if parts else np.empty((0, len(NAMES)))


@given(ROWS, CUTS)
@settings(max_examples=300, deadline=None)
def test_windows_equal_the_naive_count(steps: list[Any], cuts: list[int]) -> None:
    rows = rows_of(steps)
    features = live(rows, cuts)
    for i, answer in enumerate(naive_windows(rows)):
        for name, value in answer.items():
            assert features[i, INDEX[name]] == pytest.approx(value, rel=1e-12, abs=1e-9), (name, i)


@given(ROWS, CUTS, CUTS)
@settings(max_examples=150, deadline=None)
def test_the_cut_into_batches_changes_no_bit(steps: list[Any], one: list[int], other: list[int]) -> None:
    rows = rows_of(steps)
    expected = live(rows, one)
    np.testing.assert_array_equal(live(rows, other), expected)
    replay = Replay(CONFIG)
    parts = [replay.advance(Transactions.from_rows(part)) for part in cut(rows, other)]
    np.testing.assert_array_equal(np.vstack(parts) if parts else expected, expected)


def plain(count: int, *, step: int, customer: str = "anna") -> list[tuple[Any, ...]]:
    return [
        (i, START + i * step, customer, 1000, "EUR", "card_payment", "shop", "DE", "pos", None, None, None)
        for i in range(count)
    ]


@pytest.mark.parametrize("inside", [10, 1000])
def test_what_is_read_does_not_grow_with_the_window(inside: int) -> None:
    """One more transaction reads the few rows that leave its windows, however many are inside."""
    ledger = Ledger()
    step = 20 * HOUR // inside
    rows = plain(inside, step=step)
    score(ledger, rows)
    before = ledger.fetched
    later = [(inside + 1, rows[-1][1] + step, *rows[0][2:])]
    features = score(ledger, later)
    assert features[0, INDEX["count_24h"]] == inside + 1
    assert ledger.fetched - before <= 3
    assert {len(state) for state in ledger.states.values()} == {len(ledger.states["anna"])}


def test_state_size_does_not_grow() -> None:
    ledger = Ledger()
    score(ledger, plain(1, step=MINUTE))
    small = len(ledger.states["anna"])
    score(ledger, plain(5000, step=MINUTE)[1:])
    assert len(ledger.states["anna"]) == small


@given(ROWS, CUTS)
@settings(max_examples=100, deadline=None)
def test_new_thresholds_are_counted_again_from_the_ledger(steps: list[Any], cuts: list[int]) -> None:
    rows = rows_of(steps)
    other = FeatureConfig(reporting=(("EUR", 800_000),), near_ratio_percent=50)
    half = len(rows) // 2
    ledger = Ledger()
    for part in cut(rows[:half], cuts):
        score(ledger, part, other)
    changed = [score(ledger, part) for part in cut(rows[half:], cuts)]
    steady = live(rows, [half])[half:]
    if changed:
        np.testing.assert_array_equal(np.vstack(changed), steady)


def one(features: NDArray[np.float64], name: str, row: int = -1) -> float:
    return float(features[row, INDEX[name]])


def test_history_of_a_regular_customer() -> None:
    rows = plain(40, step=DAY)
    rows.append((99, START + 40 * DAY, "anna", 8000, "EUR", "card_payment", "other shop", "FR", "pos", None, None, None))
    features = live(rows, [7, 19])
    assert math.isnan(one(features, "amount_mean", 0))
    assert math.isnan(one(features, "seconds_since_previous", 0))
    assert math.isnan(one(features, "country_new", 0))
    assert one(features, "counterparty_new", 0) == 1
    assert one(features, "counterparty_new", 1) == 0
    assert one(features, "history_count") == 40
    assert one(features, "amount_mean") == pytest.approx(10)
    assert one(features, "amount_std") == pytest.approx(0, abs=1e-6)
    assert one(features, "amount_ratio") == pytest.approx(8)
    assert one(features, "amount_deviation") > 5
    assert one(features, "amount_deviation", 30) == 0
    assert one(features, "seconds_since_previous") == 86_400
    assert one(features, "pace_ratio") == 0
    assert (one(features, "counterparty_new"), one(features, "country_new")) == (1, 1)


def test_money_is_never_added_across_currencies() -> None:
    rows = plain(2, step=MINUTE)
    rows[1] = (*rows[1][:4], "JPY", *rows[1][5:])
    features = live(rows, [])
    assert one(features, "count_1h") == 2
    assert one(features, "amount_1h", 0) == 10.0
    assert one(features, "amount_1h") == 1000.0
    assert math.isnan(one(features, "amount_mean"))


def test_a_burst_and_an_unusual_hour_stand_out() -> None:
    rows = plain(60, step=DAY)
    night = START + 60 * DAY + 11 * HOUR
    rows += [(100 + k, night + k * MINUTE, *rows[0][2:]) for k in range(8)]
    features = live(rows, [30])
    assert one(features, "pace_ratio", 59) == one(features, "burst_ratio", 59) == one(features, "hour_deviation", 59) == 0
    assert one(features, "burst_ratio") > 1.5
    assert one(features, "pace_ratio") > 1
    assert one(features, "hour_deviation", 60) > 1


@pytest.mark.parametrize(
    ("there", "back", "km", "kmh"),
    [
        ((52.52, 13.40), (48.86, 2.35), 878, 878),  # Berlin - Paris within an hour
        ((52.52, 13.40), (52.52, 13.40), 0, 0),
    ],
)
def test_travel_between_coordinates(there: Any, back: Any, km: float, kmh: float) -> None:
    rows = plain(2, step=HOUR)
    rows[0] = (*rows[0][:10], *there)
    rows[1] = (*rows[1][:10], *back)
    features = live(rows, [])
    assert one(features, "travel_km") == pytest.approx(km, rel=0.01, abs=0.01)
    assert one(features, "travel_kmh") == pytest.approx(kmh, rel=0.01, abs=0.01)


@pytest.mark.parametrize(("country", "far"), [("DE", False), ("AT", False), ("FR", False), ("AU", True), ("BR", True)])
def test_travel_between_countries(country: str, far: bool) -> None:
    rows = plain(2, step=HOUR)
    rows[1] = (*rows[1][:7], country, *rows[1][8:])
    assert (one(live(rows, []), "travel_kmh") > 900) is far


def test_an_order_over_the_web_is_no_travel() -> None:
    rows = plain(2, step=HOUR)
    rows[1] = (*rows[1][:7], "AU", "web", *rows[1][9:])
    assert math.isnan(one(live(rows, []), "travel_km"))


@pytest.mark.parametrize("blob", [b"x", b"x" * 100, b"\xff" * 500])
def test_bytes_that_are_no_state_are_refused(blob: bytes) -> None:
    batch = Transactions.from_rows(plain(1, step=HOUR))
    with pytest.raises(StateError, match="state"):
        plan(batch, {"anna": blob}, CONFIG)


def test_the_kernel_writes_where_the_catalogue_says() -> None:
    """The places are constants in the kernels; this holds them to the catalogue."""
    expected = (
        "count_10m count_1h count_24h amount_10m amount_1h amount_24h near_threshold_count_7d near_threshold_amount_7d "
        "history_count amount_mean amount_std amount_ratio amount_deviation seconds_since_previous pace_ratio burst_ratio "
        "hour_deviation counterparty_new country_new travel_km travel_kmh travel_speed_deviation amount_24h_ratio"
    ).split()
    assert list(NAMES) == expected
    assert kernel.NEAR == 3
