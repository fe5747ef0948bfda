"""The population stability index."""

import math
import random

import pytest
from argus_records.stability import BOUNDS, BUCKETS, FLOOR, LARGE, LEAST, MODERATE, index, parts
from hypothesis import given
from hypothesis import strategies as st

COUNTS = st.lists(st.integers(0, 10**6), min_size=BUCKETS, max_size=BUCKETS).filter(any)


@given(COUNTS, COUNTS)
def test_it_is_the_same_either_way_round_and_never_negative(a: list[int], b: list[int]) -> None:
    assert min(parts(a, b)) >= 0.0
    assert index(a, b) == pytest.approx(index(b, a), abs=1e-12)


@given(COUNTS, st.integers(1, 1000))
def test_it_is_zero_for_what_is_spread_alike(a: list[int], times: int) -> None:
    assert index(a, a) == 0.0
    assert index([times * n for n in a], a) == pytest.approx(0.0, abs=1e-12)


@given(COUNTS, COUNTS, st.randoms())
def test_the_order_of_buckets_says_nothing(a: list[int], b: list[int], mixed: random.Random) -> None:
    order = list(range(BUCKETS))
    mixed.shuffle(order)
    assert index([a[k] for k in order], [b[k] for k in order]) == pytest.approx(index(a, b), abs=1e-9)


def test_empty_buckets_count_as_the_floor() -> None:
    assert index([10, 0], [0, 10]) == pytest.approx(2 * (1 - FLOOR) * math.log(1 / FLOOR))
    assert parts([10, 0, 0], [5, 5, 0])[2] == 0.0


@pytest.mark.parametrize(("a", "b"), [([0, 0], [1, 1]), ([1, 1], [0, 0]), ([], [])])
def test_nothing_has_no_index(a: list[int], b: list[int]) -> None:
    with pytest.raises(ValueError, match="nothing was counted"):
        index(a, b)


def test_both_sides_have_the_same_buckets() -> None:
    with pytest.raises(ValueError, match="longer"):
        index([1], [1, 1])


def test_the_least_number_keeps_chance_below_a_moderate_change() -> None:
    """Samples of one population, spread as scores are: half as many in each following bucket."""
    drawn = random.Random(3)
    weights = [2.0**-k for k in range(BUCKETS)]

    def sample() -> list[int]:
        counts = [0] * BUCKETS
        for bucket in drawn.choices(range(BUCKETS), weights, k=LEAST):
            counts[bucket] += 1
        return counts

    found = [index(sample(), sample()) for _ in range(300)]
    assert max(found) < MODERATE < LARGE
    # The mean of the distribution that the least number was taken from, and less where buckets are nearly empty.
    assert 0.0 < sum(found) / len(found) < (BUCKETS - 1) * 2 / LEAST


def test_bounds_rise_between_the_ends() -> None:
    assert list(BOUNDS) == sorted(set(BOUNDS))
    assert 0.0 < BOUNDS[0] < BOUNDS[-1] < 1.0
