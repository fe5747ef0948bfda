"""Random streams, and the naive answer to what their windows contain."""

import itertools
from collections.abc import Sequence
from typing import Any

from argus_engine.columns import Transactions
from argus_engine.config import FeatureConfig
from hypothesis import strategies as st

SECOND = 1_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND
START = 1_772_000_000 * SECOND
CONFIG = FeatureConfig(reporting=(("EUR", 1_000_000), ("USD", 1_000_000)), near_ratio_percent=80)
WINDOWS = {"10m": 10 * MINUTE, "1h": HOUR, "24h": DAY}

# Steps that land exactly on window edges, stand still, jump far, and go back in time.
STEPS = st.sampled_from(
    [0, 1, -1, SECOND, MINUTE, 10 * MINUTE, 10 * MINUTE - 1, 10 * MINUTE + 1, HOUR, HOUR + 1, 5 * HOUR, DAY, DAY - 1,
     7 * DAY, 7 * DAY + 1, 30 * DAY, -SECOND, -10 * MINUTE, -HOUR, -DAY, -7 * DAY - 1, -20 * DAY]
)  # fmt: skip
ROWS = st.lists(
    st.tuples(
        STEPS,
        st.sampled_from(["anna", "ben", "cleo"]),
        st.sampled_from([1, 99, 2500, 799_999, 800_000, 999_999, 1_000_000]),
        st.sampled_from(["EUR", "USD"]),
        st.sampled_from(["card_payment", "cash_deposit", "cash_withdrawal"]),
        st.sampled_from(["shop", "bank", None]),
        st.sampled_from(["DE", "FR", "US", None]),
        st.sampled_from([(None, None), (52.5, 13.4), (-33.9, 151.2)]),
        st.sampled_from(["phone", "tablet", None]),
    ),
    max_size=60,
)


def rows_of(steps: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Ledger-like rows, in processing order."""
    at, rows = START, []
    for number, (step, customer, amount, currency, kind, counterparty, country, place, device) in enumerate(steps):
        at += step
        rows.append(
            (number, at, customer, amount, currency, kind, counterparty, country, "pos", device, place[0], place[1])
        )
    return rows


def cut(rows: Sequence[Any], cuts: Sequence[int]) -> list[Sequence[Any]]:
    """The rows in pieces that end at ``cuts``."""
    places = sorted({0, len(rows), *[place % (len(rows) + 1) for place in cuts]})
    return [rows[low:high] for low, high in itertools.pairwise(places)]


def naive_windows(rows: Sequence[tuple[Any, ...]]) -> list[dict[str, float]]:
    """Every window counted by looking at every earlier transaction."""
    answers = []
    for i, row in enumerate(rows):
        _, t, customer, _, currency = row[:5]
        seen = [other for other in rows[: i + 1] if other[2] == customer]
        answer: dict[str, float] = {}
        for name, length in WINDOWS.items():
            inside = [other for other in seen if t - length < other[1] <= t]
            answer[f"count_{name}"] = len(inside)
            answer[f"amount_{name}"] = sum(other[3] for other in inside if other[4] == currency) / 100
        near = [
            other
            for other in seen
            if t - 7 * DAY < other[1] <= t and other[4] == currency and CONFIG.is_near(other[5], other[3], currency)
        ]
        answer["near_threshold_count_7d"] = len(near)
        answer["near_threshold_amount_7d"] = sum(other[3] for other in near) / 100
        answers.append(answer)
    return answers


class Ledger:
    """What the database is to the worker: states, links, and processed rows by range."""

    def __init__(self) -> None:
        self.rows: list[tuple[Any, ...]] = []
        self.states: dict[str, bytes] = {}
        self.links: set[tuple[str, str]] = set()
        self.devices: set[tuple[str, str]] = set()
        self.fetched = 0

    def fetch(self, customers: list[str], after: list[int], until: list[int]) -> Transactions:
        found = []
        for customer, low, high in zip(customers, after, until, strict=True):
            found += [row for row in self.rows if row[2] == customer and low < row[1] <= high]
        assert len({row[0] for row in found}) == len(found), "ranges of one customer overlap"
        self.fetched += len(found)
        return Transactions.from_rows(found)
