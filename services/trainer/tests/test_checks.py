import numpy as np
import pytest
from argus_trainer import checks

SCORES = np.linspace(0.3, 0.7, 50)


def test_usable_scores():
    assert checks.scores_usable(SCORES).passed


@pytest.mark.parametrize("scores", [np.full(50, 0.5), np.append(SCORES, np.nan)])
def test_unusable_scores(scores):
    assert not checks.scores_usable(scores).passed


@pytest.mark.parametrize(
    "check",
    [
        checks.flat_equals_sklearn,
        checks.combiner_equals_sklearn,
        checks.registered_equals_trained,
        checks.registered_flat_equals_trained,
        checks.registered_combiner_equals_trained,
    ],
)
def test_equal_means_to_a_billionth(check):
    assert check(SCORES, SCORES + 5e-10).passed
    assert not check(SCORES, SCORES + 2e-9).passed
    assert not check(SCORES, np.append(SCORES[:-1], np.nan)).passed
    assert not check(SCORES[:0], SCORES[:0]).passed


@pytest.mark.parametrize(
    ("flagged", "passed"), [(100, True), (10, True), (999, True), (9, False), (1001, False), (0, False)]
)
def test_alert_rate_within_a_factor_of_the_stated_one(flagged, passed):
    assert checks.alert_rate_as_stated(flagged=flagged, rows=10_000, stated=0.01).passed is passed


def test_alert_rate_on_few_rows_leaves_room_for_chance():
    assert checks.alert_rate_as_stated(flagged=0, rows=200, stated=0.005).passed
    assert checks.alert_rate_as_stated(flagged=8, rows=200, stated=0.005).passed
    assert not checks.alert_rate_as_stated(flagged=21, rows=200, stated=0.005).passed


@pytest.mark.parametrize(("correlation", "passed"), [(None, True), (0.9, True), (0.29, False), (-0.5, False)])
def test_the_champions_order_is_kept(correlation, passed):
    assert checks.ranks_as_champion(correlation).passed is passed


@pytest.mark.parametrize(
    ("frauds", "auc", "champion_auc", "passed"),
    [
        (0, None, None, True),
        (19, 0.1, None, True),
        (20, 0.49, None, False),
        (20, 0.5, None, True),
        (50, 0.80, 0.84, True),
        (50, 0.80, 0.86, False),
        (50, 0.55, 0.40, True),
    ],
)
def test_known_frauds_rank_high(frauds, auc, champion_auc, passed):
    assert checks.frauds_rank_high(frauds=frauds, auc=auc, champion_auc=champion_auc).passed is passed


def test_without_a_learned_combiner_there_is_nothing_to_compare():
    assert checks.combiner_equals_sklearn(None, None).passed


@pytest.mark.parametrize(("hybrid", "passed"), [(0.60, True), (0.50, True), (0.45, False)])
def test_the_hybrid_is_about_as_good_as_its_best_part(hybrid, passed):
    found = checks.hybrid_no_worse_than_parts(frauds=400, hybrid=hybrid, parts={"forest": 0.55, "rules": 0.2})
    assert found.passed is passed
    assert "forest alone 0.550" in found.detail


@pytest.mark.parametrize("frauds", [0, 19])
def test_few_frauds_say_nothing_about_parts(frauds):
    assert checks.hybrid_no_worse_than_parts(frauds=frauds, hybrid=0.0, parts={"forest": 0.9}).passed
