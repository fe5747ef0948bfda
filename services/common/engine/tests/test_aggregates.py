"""Windows of any length, against looking at every earlier transaction."""

import math
from collections import defaultdict
from typing import Any

import numpy as np
import pytest
from argus_engine.aggregates import FIELDS, MOST, Sums, measure, plan
from argus_engine.columns import Transactions
from argus_engine.rules.language.windows import Window
from argus_engine.window_replay import WindowReplay
from hypothesis import given, settings
from hypothesis import strategies as st
from streams import DAY, HOUR, MINUTE, ROWS, START, cut, rows_of

COLUMN = {"customer": 2, "currency": 4, "type": 5, "counterparty": 6, "country": 7, "channel": 8, "device": 9}
LENGTHS = st.sampled_from([MINUTE, 10 * MINUTE, 45 * MINUTE, HOUR, 7 * HOUR, DAY, 7 * DAY, 30 * DAY, 90 * DAY])
ONLY = st.sampled_from(
    [(), (("type", ("cash_deposit", "cash_withdrawal")),), (("country", ("DE",)), ("currency", ("EUR",)))]
)
WINDOWS = st.one_of(
    st.builds(Window, LENGTHS, st.just("count"), st.none(), ONLY),
    st.builds(Window, LENGTHS, st.sampled_from(["sum", "average", "max"]), st.just("amount"), ONLY),
    st.builds(
        Window, LENGTHS, st.just("distinct"), st.sampled_from(["counterparty", "country", "type", "currency"]), ONLY
    ),
)
Rows = list[tuple[Any, ...]]


def naive(rows: Rows, window: Window) -> list[float]:
    answers = []
    for i, row in enumerate(rows):
        t, customer, currency = row[1], row[2], row[4]
        seen = [
            other
            for other in rows[: i + 1]
            if other[2] == customer
            and t - window.length < other[1] <= t
            and all(other[COLUMN[field]] in values for field, values in window.only)
        ]
        amounts = [other[3] for other in seen if other[4] == currency]
        if window.aggregate == "count":
            answers.append(float(len(seen)))
        elif window.aggregate == "distinct":
            answers.append(float(len({other[COLUMN[str(window.field)]] for other in seen} - {None})))
        elif window.aggregate == "sum":
            answers.append(sum(amounts) / 100)
        elif not amounts:
            answers.append(math.nan)
        else:
            answers.append((sum(amounts) / len(amounts) if window.aggregate == "average" else max(amounts)) / 100)
    return answers


class Summing:
    """A ledger that adds up within stretches, as the database does."""

    def __init__(self) -> None:
        self.rows: Rows = []
        self.read = 0

    def fetch(self, batch: Transactions, windows: list[Window]) -> Sums:
        asked = plan(batch, windows)
        needed = {name for window in windows for name in window.columns}
        groups: dict[tuple[Any, ...], list[int]] = defaultdict(list)
        met: set[int] = set()
        for place, (customer, after, until) in enumerate(
            zip(asked.customer, asked.after.tolist(), asked.until.tolist(), strict=True)
        ):
            for row in self.rows:
                if row[2] == customer and after < row[1] <= until:
                    assert row[0] not in met, "stretches overlap"
                    met.add(row[0])
                    values = tuple(row[COLUMN[name]] if name in needed else None for name in FIELDS)
                    groups[place, row[4], values].append(row[3])
        self.read += len(met)
        return Sums(
            [asked.customer[place] for place, _, _ in groups],
            np.array([asked.until[place] for place, _, _ in groups], np.int64),
            [currency for _, currency, _ in groups],
            np.array([len(amounts) for amounts in groups.values()], np.int64),
            np.array([sum(amounts) for amounts in groups.values()], float),
            np.array([max(amounts) for amounts in groups.values()], float),
            {name: [values[k] for _, _, values in groups] for k, name in enumerate(FIELDS)},
        )


def live(rows: Rows, cuts: list[int], windows: list[Window]) -> dict[Window, list[float]]:
    ledger, out = Summing(), defaultdict(list)
    for part in cut(rows, cuts):
        batch = Transactions.from_rows(part)
        for window, values in measure(batch, windows, ledger.fetch(batch, windows)).items():
            out[window] += values.tolist()
        ledger.rows += part
    return out


@given(ROWS, st.lists(st.integers(0, 60), max_size=8), st.lists(WINDOWS, min_size=1, max_size=4))
@settings(max_examples=300, deadline=None)
def test_every_window_is_exact_at_every_moment(steps: list[Any], cuts: list[int], windows: list[Window]) -> None:
    rows = rows_of(steps)
    found = live(rows, cuts, windows)
    for window in windows:
        np.testing.assert_allclose(found[window], naive(rows, window), rtol=1e-12, atol=0, err_msg=str(window))


@given(ROWS, st.lists(st.integers(0, 60), max_size=8), st.lists(WINDOWS, min_size=1, max_size=4))
@settings(max_examples=100, deadline=None)
def test_replayed_windows_are_the_live_ones_to_the_last_bit(
    steps: list[Any], cuts: list[int], windows: list[Window]
) -> None:
    rows = rows_of(steps)
    found, replay = live(rows, cuts, windows), WindowReplay(windows)
    again = [replay.advance(Transactions.from_rows(part)) for part in cut(rows, list(reversed(cuts)))]
    for window in windows:
        np.testing.assert_array_equal(np.concatenate([[], *(part[window] for part in again)]), found[window])


def row(number: int, at: int, amount: int = 1000, **said: Any) -> tuple[Any, ...]:
    made: list[Any] = [number, at, "anna", amount, "EUR", "card_payment", "shop", "DE", "pos", None, None, None]
    for name, value in said.items():
        made[COLUMN[name]] = value
    return tuple(made)


def test_the_edges_are_open_at_the_old_end_and_closed_at_the_new() -> None:
    window = Window(45 * MINUTE, "count", None)
    rows = [row(0, START), row(1, START + 1), row(2, START + 45 * MINUTE), row(3, START + 45 * MINUTE)]
    assert live(rows, [1, 2, 3], [window])[window] == [1, 2, 2, 3]


def test_an_old_transaction_sees_what_was_processed_before_it_and_happened_before_it() -> None:
    window = Window(HOUR * 2, "count", None)
    rows = [row(0, START), row(1, START + HOUR), row(2, START + 30 * MINUTE), row(3, START + HOUR)]
    assert live(rows, [1, 2, 3], [window])[window] == [1, 2, 2, 4]


def test_sums_stand_still_where_floats_stop_counting() -> None:
    window = Window(2 * HOUR, "sum", "amount")
    rows = [row(number, START + number, 6 * 10**15) for number in range(4)]
    expected = [6e13, MOST / 100, MOST / 100, MOST / 100]
    for cuts in ([], [1, 2, 3]):
        assert live(rows, cuts, [window])[window] == pytest.approx(expected, rel=1e-15)


def test_no_window_asks_for_nothing() -> None:
    batch = Transactions.from_rows([row(0, START)])
    assert plan(batch, []).customer == []
    assert measure(batch, [], Sums.of(Transactions.from_rows([]))) == {}


def test_what_a_batch_reads_does_not_grow_with_its_size_nor_with_its_rules() -> None:
    """Each row of the past is added up once, and what lies before the longest window not at all."""
    windows = [Window(length, "count", None) for length in (MINUTE, HOUR, 7 * DAY)]
    windows += [Window(7 * DAY, "distinct", "counterparty"), Window(DAY, "max", "amount")]
    ledger = Summing()
    ledger.rows = [row(number, START + number * HOUR) for number in range(1000)]
    batch = Transactions.from_rows([row(2000 + k, START + 1000 * HOUR + k) for k in range(200)])
    ledger.fetch(batch, windows)
    assert ledger.read == 7 * 24 - 1
    assert len(plan(batch, windows).customer) <= 200 * 5
