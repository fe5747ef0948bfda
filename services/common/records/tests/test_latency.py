"""Percentiles from counts stay close to those of the values."""

import math

from argus_records import latency
from hypothesis import given
from hypothesis import strategies as st

VALUES = st.lists(st.floats(min_value=0.005, max_value=3600), min_size=1, max_size=200)


@given(VALUES, st.sampled_from([0.5, 0.9, 0.99]))
def test_the_percentile_lies_in_the_bin_of_the_true_one(values: list[float], share: float) -> None:
    exact = sorted(values)[math.ceil(share * len(values)) - 1]
    found = latency.percentile(latency.count(values), share)
    assert found is not None
    place = latency.count([exact]).index(1)
    low = latency.BOUNDS[place - 1] if place else 0.0
    assert low <= found <= latency.BOUNDS[place]


@given(VALUES, VALUES)
def test_counts_add_up(one: list[float], other: list[float]) -> None:
    together = [a + b for a, b in zip(latency.count(one), latency.count(other), strict=True)]
    assert together == latency.count(one + other)


def test_none_without_values() -> None:
    assert latency.percentile(latency.count([]), 0.99) is None
