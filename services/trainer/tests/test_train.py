import numpy as np
import pytest
from argus_engine.catalogue import MODEL_FEATURES
from argus_trainer.train import SAMPLE, fit, hear, lift

PLACE = {name: place for place, name in enumerate(MODEL_FEATURES)}


def test_the_same_rows_give_the_same_forest():
    matrix = np.random.default_rng(4).normal(size=(600, 6))
    first, second = fit(matrix, trees=20), fit(matrix, trees=20)
    np.testing.assert_array_equal(first.score_samples(matrix), second.score_samples(matrix))


def test_what_stands_apart_scores_lowest():
    matrix = np.random.default_rng(5).normal(size=(600, 6))
    matrix[17] = 12.0
    assert fit(matrix, trees=50).score_samples(matrix).argmin() == 17


@pytest.mark.parametrize("rows", [1, 10, SAMPLE, 10 * SAMPLE])
def test_a_sample_is_never_larger_than_the_rows(rows):
    assert fit(np.random.default_rng(0).normal(size=(rows, 2)), trees=2).max_samples_ == min(rows, SAMPLE)


def customers(count=20_000):
    """Deviations of every kind, each by itself."""
    return np.maximum(0.0, np.random.default_rng(6).normal(size=(count, len(MODEL_FEATURES))) - 0.5)


def heard(rows):
    return {name for name, place in PLACE.items() if hear(rows).heard[place]}


def test_without_company_amounts_alone_are_heard():
    assert heard(customers()) == {
        "amount_deviation", "counterparty_amount_deviation", "population_amount_deviation", "amount_24h_ratio",
        "amount_1h_ratio",
    }  # fmt: skip


def test_a_deviation_that_comes_with_large_amounts_is_heard():
    rows = customers()
    strange = slice(0, 200)
    for name in ("amount_deviation", "counterparty_amount_deviation", "population_amount_deviation", "hour_deviation"):
        rows[strange, PLACE[name]] = 4.0
    assert "hour_deviation" in heard(rows)
    assert "burst_ratio" not in heard(rows)


def test_deviations_that_come_together_are_heard_without_amounts():
    rows = customers()
    rows[:200, PLACE["country_new"]] = rows[:200, PLACE["hour_deviation"]] = 5.0
    assert {"country_new", "hour_deviation"} <= heard(rows)


def test_kinds_that_go_together_by_their_making_are_no_company():
    rows = customers()
    rows[:200, PLACE["pace_ratio"]] = rows[:200, PLACE["amount_24h_ratio"]] = 5.0
    assert "pace_ratio" not in heard(rows)


def test_where_most_rows_are_alike_the_largest_are_no_selection():
    surprise = np.random.default_rng(1).exponential(size=1000)
    assert lift(surprise, np.zeros(1000)) == 0.0
    assert lift(surprise, np.repeat([0.0, 1.0], 500)) == 0.0
    assert lift(np.zeros(1000), surprise) == 0.0
