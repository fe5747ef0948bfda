"""What customers share: decayed sums and risks against brute force, live against replay."""

import math
from typing import Any

import numpy as np
import pytest
from argus_engine.catalogue import INDEX, NAMES
from argus_engine.columns import Transactions
from argus_engine.memory.labels import LabelEvents, Standing
from argus_engine.memory.live import ask, shared_fold, shared_label, shared_read
from argus_engine.memory.marks import UNPLACED, Marks
from argus_engine.memory.states import EVERYTHING, Kind, sound
from argus_engine.profile import StateError
from argus_engine.replay import Replay
from hypothesis import given, settings
from hypothesis import strategies as st
from memory_world import SHARED, World, naive
from numpy.typing import NDArray
from streams import CONFIG, DAY, HOUR, ROWS, START, cut, rows_of

# What happens between two batches: places are given, folders run, labels come in.
LABELS = st.lists(
    st.tuples(st.integers(0, 59), st.booleans(), st.sampled_from([0, 1, 2, 3])), max_size=4
)  # which transaction, fraud or not, observed when
HAPPENINGS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 6), LABELS), min_size=61, max_size=61
)  # how many read late, how many batches are folded in, labels
CUTS = st.lists(st.integers(0, 60), max_size=8)


@given(ROWS, CUTS, HAPPENINGS, CUTS)
@settings(max_examples=150, deadline=None)
def test_live_equals_replay_and_brute_force(
    steps: list[Any], cuts: list[int], happenings: list[Any], other: list[int]
) -> None:
    """Whatever is folded when, in whatever order batches get their places, however the replay is cut."""
    rows = rows_of(steps)
    world = World(rows)
    world.live([part for part in cut(rows, cuts) if len(part)], happenings)
    stored = world.features
    order, marks, labels = world.as_replayed()
    replay, parts, told = Replay(CONFIG), [], 0
    places = list(range(len(order)))
    for part in cut(places, other):
        if not part:
            continue
        known = Marks(*(column[part] for column in (marks.position, marks.known_position, marks.known_label)))
        until = int(np.searchsorted(labels.number, known.known_label[-1], "right"))
        news = world.events(labels, told, max(told, until))
        told = max(told, until)
        batch = Transactions.from_rows([rows[order[place]] for place in part])
        parts.append(replay.advance(batch, labels=news, marks=known))
    if parts:
        np.testing.assert_array_equal(np.vstack(parts), stored[order])
    for i in range(len(rows)):
        for name, value in naive(world, i).items():
            assert stored[i, INDEX[name]] == pytest.approx(value, rel=1e-9, abs=1e-9, nan_ok=True), (name, i)


def row(number: int, at: int, customer: str = "anna", *, cents: int = 1000, shop: str | None = "shop",
        device: str | None = None, country: str | None = "DE") -> tuple[Any, ...]:  # fmt: skip
    return (number, at, customer, cents, "EUR", "card_payment", shop, country, "pos", device, None, None)


def one(features: NDArray[np.float64], name: str, place: int = -1) -> float:
    return float(features[place, INDEX[name]])


def labels_on(rows: list[Any], *fraud: bool, observed_at: list[int] | None = None) -> LabelEvents:
    when = None if observed_at is None else np.array(observed_at)
    return LabelEvents.of(Transactions.from_rows(rows), np.array(fraud), observed_at=when)


def test_without_marks_a_call_is_a_slice() -> None:
    rows = [row(k, START + k * HOUR, f"c{k}") for k in range(30)]
    numbers = np.repeat([1, 2, 3], 10)
    fraud = labels_on(rows[:4], True, False, True, True)
    at_once = LabelEvents(fraud.transactions, fraud.fraud, fraud.observed_at, np.array([2, 2, 3, 3]))
    whole = Replay(CONFIG).advance(
        Transactions.from_rows(rows), labels=at_once, marks=Marks.of_slices(numbers.astype(np.int64))
    )
    replay = Replay(CONFIG)
    parts = [
        replay.advance(Transactions.from_rows(rows[:10])),
        replay.advance(Transactions.from_rows(rows[10:20]), labels=labels_on(rows[:2], True, False)),
        replay.advance(Transactions.from_rows(rows[20:]), labels=labels_on(rows[2:4], True, True)),
    ]
    np.testing.assert_array_equal(np.vstack(parts), whole)
    assert one(whole, "counterparty_activity", 9) == 0
    assert one(whole, "counterparty_activity", 10) == pytest.approx(10, rel=0.02)
    assert one(whole, "counterparty_fraud_7d", 9) == 0
    assert one(whole, "counterparty_fraud_7d", 10) == pytest.approx(1, rel=0.05)
    assert one(whole, "counterparty_fraud_7d", 20) == pytest.approx(3, rel=0.1)


def test_risk_rises_where_fraud_was_and_not_elsewhere() -> None:
    rows = [row(k, START + k * HOUR, f"c{k % 7}", shop=f"shop {k % 5}", device=f"d{k % 3}") for k in range(200)]
    fraud = [r[6] == "shop 1" for r in rows]
    replay = Replay(CONFIG)
    replay.advance(Transactions.from_rows(rows))
    later = START + 210 * HOUR
    asked = [row(900, later, "new", shop="shop 1"), row(901, later, "new", shop="shop 2"),
             row(902, later, "new", shop="unheard of")]  # fmt: skip
    found = replay.advance(Transactions.from_rows(asked), labels=labels_on(rows, *fraud))
    assert one(found, "counterparty_risk_30d", 0) > 1
    assert one(found, "counterparty_risk_30d", 1) < -1
    assert one(found, "counterparty_risk_30d", 2) == 0
    assert one(found, "customer_risk_30d", 0) == 0
    assert one(found, "customer_fraud_30d", 0) == 0


def test_what_is_taken_back_leaves_nothing_behind() -> None:
    rows = [row(k, START + k * 1000 * HOUR // 3, device="d") for k in range(9)]
    after = [row(90, START + 4000 * HOUR, device="d")]

    def told(*said: tuple[int, bool, int]) -> NDArray[np.float64]:
        replay = Replay(CONFIG)
        replay.advance(Transactions.from_rows(rows))
        news = labels_on([rows[k] for k, _, _ in said], *(f for _, f, _ in said), observed_at=[w for _, _, w in said])
        return replay.advance(Transactions.from_rows(after), labels=news)

    never = told((2, False, 5), (1, False, 5))
    np.testing.assert_array_equal(told((2, True, 3), (1, False, 5), (2, False, 5)), never)
    # Said later about an earlier observation: the later observation stands.
    np.testing.assert_array_equal(told((2, False, 5), (1, False, 5), (2, True, 3)), never)
    assert one(told((2, False, 5), (1, False, 5), (2, True, 5)), "counterparty_fraud_7d") > 0


def test_of_statements_the_latest_observed_stands() -> None:
    rows = [row(1, START), row(1, START), row(2, START), row(1, START), row(2, START)]
    events = labels_on(rows, True, False, True, True, True, observed_at=[5, 4, 9, 5, 9])
    labelled, fraud = Standing().take(events)
    assert labelled.tolist() == [1, 0, 1, 0, 0]
    assert fraud.tolist() == [1, 0, 1, 0, 0]


def test_a_counterparty_that_never_sees_new_customers_finds_one_remarkable() -> None:
    replay = Replay(CONFIG)
    regulars = [row(k, START + k * HOUR, "anna", shop="club") for k in range(60)]
    strangers = [row(100 + k, START + k * HOUR, f"c{k}", shop="station") for k in range(60)]
    replay.advance(Transactions.from_rows(sorted([*regulars, *strangers], key=lambda r: r[1])))
    later = START + 70 * HOUR
    asked = [row(900, later, "x", shop="club"), row(901, later, "x", shop="station"), row(902, later, shop="club")]
    found = replay.advance(Transactions.from_rows(asked))[:, INDEX["counterparty_newcomer"]]
    assert found[0] > 3
    assert found[1] < 0.1
    assert found[2] == 0


def test_a_device_of_many_customers() -> None:
    replay = Replay(CONFIG)
    rows = [row(k, START + k * HOUR, f"c{k % 4}", device="kiosk") for k in range(40)]
    replay.advance(Transactions.from_rows(rows))
    found = replay.advance(Transactions.from_rows([row(90, START + 99 * HOUR, "c9", device="kiosk")]))
    assert one(found, "device_customers") == 4
    assert one(found, "device_new") == 1


def test_a_sudden_rush_on_a_counterparty() -> None:
    replay = Replay(CONFIG)
    rows = [row(k, START + k * DAY, f"c{k}") for k in range(60)]
    rush = [row(100 + k, START + 60 * DAY + k * 1_000_000, f"d{k}") for k in range(50)]
    replay.advance(Transactions.from_rows(rows))
    calm = replay.advance(Transactions.from_rows(rush))
    assert one(calm, "counterparty_pace") < 1
    assert one(replay.advance(Transactions.from_rows([row(900, rush[-1][1])])), "counterparty_pace") > 2


def test_what_does_not_concern_a_transaction_is_not_defined() -> None:
    found = Replay(CONFIG).advance(Transactions.from_rows([row(1, START, shop=None, country=None)]))
    for name in SHARED:
        always = name.startswith("customer_")
        assert math.isnan(one(found, name)) is not always, name


def test_sums_do_not_depend_on_the_currency() -> None:
    """A shop that sees usual amounts of two currencies finds neither unusual."""
    replay = Replay(CONFIG)
    euros = [row(k, START + k * HOUR, f"c{k}", cents=1000 + 40 * (k % 9)) for k in range(200)]
    yen = [(*row(300 + k, START + k * HOUR, f"j{k}", cents=200_000 + 8000 * (k % 9))[:4], "JPY", *euros[0][5:])
           for k in range(200)]  # fmt: skip
    mixed = [pair for both in zip(euros, yen, strict=True) for pair in both]
    replay.advance(Transactions.from_rows(mixed))
    later = START + 201 * HOUR
    asked = [
        row(900, later),
        (*row(901, later, cents=210_000)[:4], "JPY", *euros[0][5:]),
        row(902, later, cents=90_000),
    ]
    found = replay.advance(Transactions.from_rows(asked))
    assert one(found, "counterparty_amount_deviation", 0) < 1
    assert one(found, "counterparty_amount_deviation", 1) < 1
    assert one(found, "counterparty_amount_deviation", 2) > 3


def test_a_state_of_another_layout_begins_anew() -> None:
    asked = ask(Transactions.from_rows([row(1, START)]))
    features = np.full((1, len(NAMES)), math.nan)
    shared_read(asked, features, dict.fromkeys(asked.names, b"\x02\x00 another"))
    blank = np.full((1, len(NAMES)), math.nan)
    shared_read(asked, blank, {})
    np.testing.assert_array_equal(features, blank)


@pytest.mark.parametrize("blob", [b"", b"\x00\x00", b"\xff\xff", b"\x01\x00" + b"x" * 400])
def test_bytes_that_are_no_shared_state_are_refused(blob: bytes) -> None:
    asked = ask(Transactions.from_rows([row(1, START)]))
    with pytest.raises(StateError, match="counterparty 'shop'"):
        shared_read(asked, np.full((1, len(NAMES)), math.nan), {(Kind.COUNTERPARTY, "shop"): blob})


def test_damaged_states_are_told_apart() -> None:
    states = {(1, "good"): b"\x01", (1, "old"): b"\x02", (2, "bad"): b"\xff\xff"}
    assert sound(states) == ({(1, "good"): b"\x01", (1, "old"): b"\x02"}, [(2, "bad")])


def test_states_are_small_and_only_what_changed_is_kept() -> None:
    asked = ask(Transactions.from_rows([row(k, START + k, f"c{k}", device="d") for k in range(5000)]))
    new = np.ones(5000, bool)
    states = shared_fold(asked, new, ~new, {})
    assert {name[0] for name in states} == {Kind.COUNTERPARTY, Kind.POPULATION}
    assert max(len(state) for state in states.values()) <= 314
    device = shared_fold(asked, new, new, {})[Kind.DEVICE, "d"]
    assert len(device) < 80
    labels = labels_on([row(1, START, device="d")], True)
    told = shared_label(ask(labels.transactions), labels, (), states)
    assert EVERYTHING in told
    assert (Kind.CUSTOMER, "anna") in told


def test_marks_that_cannot_be_are_refused() -> None:
    two, up, down = np.array([5, 6]), np.array([1, 2]), np.array([2, 1])
    with pytest.raises(ValueError, match="known_position falls"):
        Marks(two, down, up)
    with pytest.raises(ValueError, match="known_label falls"):
        Marks(two, up, down)
    with pytest.raises(ValueError, match="its own batch"):
        Marks(np.array([5, 2]), up, up)
    Marks(np.array([UNPLACED, UNPLACED]), up, up)
    replay, batch = Replay(CONFIG), Transactions.from_rows([row(1, START)])
    events = labels_on([row(1, START), row(2, START)], True, True)
    falling = LabelEvents(events.transactions, events.fraud, events.observed_at, np.array([2, 1]))
    with pytest.raises(ValueError, match="numbers of labels fall"):
        replay.advance(batch, labels=falling)
