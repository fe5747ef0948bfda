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
from argus_engine.profile import HEADER, SECTION, StateError
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
    used = set(zip(batch.customer, batch.device, strict=True))
    moved = advance(batch, states, past, pairs & ledger.links, used & ledger.devices, config)
    ledger.rows += rows
    ledger.states.update(moved.states)
    assert not ledger.links & set(moved.links)
    ledger.links.update(moved.links)
    assert not ledger.devices & set(moved.devices)
    ledger.devices.update(moved.devices)
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


# What a transaction's own customer decides; the rest is what customers share: see test_memory.
OWN = [*range(25), INDEX["device_new"], INDEX["pair_count"], INDEX["recent_unusual"]]


@given(ROWS, CUTS, CUTS)
@settings(max_examples=150, deadline=None)
def test_the_cut_into_batches_changes_no_bit(steps: list[Any], one: list[int], other: list[int]) -> None:
    rows = rows_of(steps)
    expected = live(rows, one)[:, OWN]
    np.testing.assert_array_equal(live(rows, other)[:, OWN], expected)
    replay = Replay(CONFIG)
    parts = [replay.advance(Transactions.from_rows(part))[:, OWN] for part in cut(rows, other)]
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
    rows.append(
        (99, START + 40 * DAY, "anna", 8000, "EUR", "card_payment", "other shop", "FR", "pos", None, None, None)
    )
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
    assert (
        one(features, "pace_ratio", 59) == one(features, "burst_ratio", 59) == one(features, "hour_deviation", 59) == 0
    )
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


@pytest.mark.parametrize(
    "blob",
    [b"x", b"x" * 100, b"\x03\x00" + b"x" * 100, b"\x03\x00".ljust(HEADER.itemsize - SECTION.itemsize), b"\xff" * 500],
)
def test_bytes_that_are_no_state_are_refused(blob: bytes) -> None:
    batch = Transactions.from_rows(plain(1, step=HOUR))
    with pytest.raises(StateError, match="state"):
        plan(batch, {"anna": blob}, CONFIG)


def test_the_kernel_writes_where_the_catalogue_says() -> None:
    """The places are constants in the kernels; this holds them to the catalogue."""
    places = {
        0: "count_10m", 1: "count_1h", 2: "count_24h", 3: "amount_10m", 4: "amount_1h", 5: "amount_24h",
        6: "near_threshold_count_7d", 7: "near_threshold_amount_7d", 8: "history_count", 9: "amount_mean",
        10: "amount_std", 11: "amount_ratio", 12: "amount_deviation", 13: "seconds_since_previous", 14: "pace_ratio",
        15: "burst_ratio", 16: "hour_deviation", 17: "counterparty_new", 18: "country_new", 19: "travel_km",
        20: "travel_kmh", 21: "travel_speed_deviation", 22: "amount_24h_ratio", 23: "counterparty_novelty",
        24: "amount_1h_ratio", 25: "counterparty_amount_deviation", 26: "population_amount_deviation",
        27: "population_amount_ratio", 28: "counterparty_hour_deviation", 29: "counterparty_newcomer",
        30: "counterparty_activity", 31: "counterparty_risk_7d", 32: "counterparty_risk_30d",
        33: "counterparty_fraud_7d", 34: "counterparty_labelled_30d", 35: "customer_risk_7d", 36: "customer_risk_30d",
        37: "customer_fraud_30d", 38: "device_risk_30d", 39: "country_risk_30d", 40: "device_customers",
        41: "device_new", 42: "pair_count", 43: "recent_unusual", 44: "counterparty_pace",
    }  # fmt: skip
    assert dict(enumerate(NAMES)) == places
    assert kernel.NEAR == 3


WINDOW_FEATURES = [INDEX[name] for name in NAMES[:8]]


@given(ROWS, CUTS, st.sampled_from([b"", b"\x02\x00 of another layout"]), st.integers(0, 3))
@settings(max_examples=100, deadline=None)
def test_windows_survive_the_loss_of_a_state(steps: list[Any], cuts: list[int], left: bytes, unseen: int) -> None:
    """Also when the ledger holds transactions that no state has seen."""
    rows = rows_of(steps)
    half = len(rows) // 2
    ledger = Ledger()
    for part in cut(rows[:half], cuts):
        score(ledger, part)
    ledger.rows += rows[half : half + unseen]
    ledger.states.update({row[2]: left for row in ledger.rows})
    for part in cut(rows[half + unseen :], cuts):
        first = len(ledger.rows)
        features = score(ledger, part)
        expected = live(rows, [])[first : first + len(part)]
        np.testing.assert_array_equal(features[:, WINDOW_FEATURES], expected[:, WINDOW_FEATURES])


def test_backfill_reads_its_own_window_and_not_all_that_came_since() -> None:
    ledger = Ledger()
    score(ledger, plain(400, step=DAY // 4))
    before = ledger.fetched
    row = plain(1, step=0)[0]
    features = score(ledger, [(999, START + 20 * DAY, *row[2:])])
    assert one(features, "count_24h") == 5
    assert ledger.fetched - before <= 29  # 7 days of them
    assert len(plan_of(ledger, START + 100 * DAY + HOUR)) < 10


def plan_of(ledger: Ledger, at: int) -> Transactions:
    batch = Transactions.from_rows([(1000, at, *plain(1, step=0)[0][2:])])
    wanted = plan(batch, ledger.states, CONFIG)
    return ledger.fetch(wanted.customer, wanted.after.tolist(), wanted.until.tolist())


def test_replay_finds_what_lies_far_back() -> None:
    rows = plain(60, step=DAY)
    rows.append((100, START + 5 * DAY + 1, *rows[0][2:]))
    replay = Replay(CONFIG)
    parts = [replay.advance(Transactions.from_rows([row])) for row in rows]
    np.testing.assert_array_equal(np.vstack(parts)[:, OWN], live(rows, [])[:, OWN])
    assert one(parts[-1], "count_24h") == 2


def test_a_new_counterparty_is_no_news_for_who_always_has_one() -> None:
    faithful = plain(30, step=HOUR)
    roaming = [(*row[:2], "ben", *row[3:6], f"shop {k}", *row[7:]) for k, row in enumerate(faithful)]
    last = [(500 + k, START + 40 * HOUR, name, *faithful[0][3:6], "new", *faithful[0][7:])
            for k, name in enumerate(["anna", "ben"])]  # fmt: skip
    features = live([*faithful, *roaming, *last], [])
    assert one(features, "counterparty_new", -2) == one(features, "counterparty_new", -1) == 1
    assert one(features, "counterparty_novelty", -2) > 2.5
    assert one(features, "counterparty_novelty", -1) < 0.1
    assert one(features, "counterparty_novelty", 0) == pytest.approx(math.log(2))
    assert one(features, "counterparty_novelty", 1) == 0


def test_a_quick_large_sum_stands_out() -> None:
    rows = plain(30, step=DAY)
    late = START + 31 * DAY
    rows += [(100 + k, late + k * MINUTE, *rows[0][2:3], 5000, *rows[0][4:]) for k in range(4)]
    features = live(rows, [])
    assert one(features, "amount_1h_ratio", 20) == pytest.approx(0, abs=1e-9)
    assert one(features, "amount_1h_ratio") == pytest.approx(
        math.log(one(features, "amount_1h") / one(features, "amount_mean"))
    )
    assert one(features, "amount_1h_ratio") > 2


def test_a_device_is_new_once_to_each_customer() -> None:
    rows = plain(2, step=HOUR) + plain(2, step=HOUR, customer="ben") + plain(1, step=HOUR)
    rows = [(*row[:9], device, *row[10:]) for row, device in zip(rows, ["a", "a", "a", "b", None], strict=True)]
    found = live(rows, [1, 3])[:, INDEX["device_new"]]
    np.testing.assert_array_equal(found, [1, 0, 1, 1, math.nan])


def test_pairs_are_counted() -> None:
    rows = plain(3, step=MINUTE)
    rows += [(*row[:6], "other", *row[7:]) for row in plain(1, step=0)] + [(*rows[0][:6], None, *rows[0][7:])]
    rows += plain(1, step=0)
    found = np.expm1(live(rows, [2])[:, INDEX["pair_count"]])
    np.testing.assert_allclose(found, [0, 1, 2, 0, math.nan, 3], atol=1e-4)


def test_a_regular_counterparty_keeps_its_slot_among_many() -> None:
    def visit(number: int, shop: str) -> tuple[Any, ...]:
        return (number, START + number * MINUTE, *plain(1, step=0)[0][2:6], shop, *plain(1, step=0)[0][7:])

    shops = [shop for turn in range(100) for shop in ["regular", f"once {turn}"]]
    rows = [visit(number, shop) for number, shop in enumerate([*shops, "regular", "once 0"])]
    found = np.expm1(live(rows, [70])[:, INDEX["pair_count"]])
    assert found[-2] == pytest.approx(100, rel=0.01)
    assert found[-1] <= 1


def test_unusual_transactions_are_remembered_for_days_and_not_for_weeks() -> None:
    rows = plain(40, step=DAY)
    at = rows[-1][1]
    rows.append((90, at + DAY, *rows[0][2:3], 90_000, *rows[0][4:]))
    rows += [(91 + k, at + DAY + later, *rows[0][2:]) for k, later in enumerate([MINUTE, DAY, 14 * DAY])]
    features = live(rows, [])
    found = features[-4:, INDEX["recent_unusual"]]
    expected = features[-4, INDEX["amount_deviation"]] - 1 + features[-4, INDEX["amount_1h_ratio"]] - 1
    assert found[0] == 0
    assert found[1] == pytest.approx(expected, rel=0.01)
    assert found[2] >= found[1] / 2 * 0.99
    assert found[3] < found[2] / 1000 + 1
