"""Versions from made-up rows: what is chosen, by itself, as labels come."""

import numpy as np
import pytest
from argus_engine.catalogue import COMBINER_FEATURES, FOREST_PLACES
from argus_engine.combiner import inputs
from argus_trainer import version
from argus_trainer.evaluate import original_log_odds
from sklearn.metrics import average_precision_score

DAY = 86_400_000_000
COUNT = 30_000
PLACE = {name: place for place, name in enumerate(COMBINER_FEATURES)}


def world(frauds=300, seed=1, told=True):
    """Rows over 60 days: frauds deviate in amount, or happen where fraud is known."""
    rng = np.random.default_rng(seed)
    seen = np.maximum(0.0, rng.normal(size=(COUNT, len(COMBINER_FEATURES))) - 0.5)
    at = np.sort(rng.integers(0, 60 * DAY, COUNT))
    bad = rng.choice(COUNT, frauds, replace=False)
    amounts = [PLACE[f"{name}_deviation"] for name in ("amount", "counterparty_amount", "population_amount")]
    seen[np.ix_(bad[: frauds // 2], amounts)] += 3.0
    seen[bad[frauds // 2 :], PLACE["counterparty_risk_7d"]] += 4.0
    seen[:, PLACE["device_risk_30d"]] = np.nan
    label = np.zeros(COUNT, np.int8)
    label[bad] = 1
    evidence = np.where(rng.random(COUNT) < 0.01, 0.6, 0.0)
    return at, seen, evidence, label if told else np.full(COUNT, -1, np.int8), label


def fitted(at, seen, evidence, label):
    return version.fit(at, seen, evidence, label, review_rate=0.005)


def test_without_labels_rarity_decides_and_says_so():
    at, seen, evidence, label, _ = world(told=False)
    made = fitted(at, seen, evidence, label)
    assert (made.model.combiner.kind, made.model.stage, made.model.chances) == ("taught", "label-free", None)
    assert made.model.note.startswith("no fraud is known; labels teach from 30")
    assert made.model.note.endswith("what the rarest have in common")


def test_too_few_rows_for_the_rarest_to_teach_anything_are_left_to_rarity():
    at, seen, evidence, label, _ = world(told=False)
    few = slice(10_000)
    made = fitted(at[few], seen[few], evidence[few], label[few])
    assert made.model.combiner.kind == "surprise"
    assert made.combined.original is None


def test_what_the_rarest_have_in_common_finds_others_that_have_it():
    at, seen, evidence, label, truth = world(frauds=0, told=False)
    rng = np.random.default_rng(4)
    frauds = rng.choice(COUNT, 200, replace=False)
    truth[frauds] = 1
    # Some deviate much in amount and some little; what all have in common no forest listens to.
    seen[np.ix_(frauds, [PLACE["amount_deviation"], PLACE["population_amount_deviation"]])] += rng.random((200, 1)) * 4
    seen[frauds, PLACE["seconds_since_previous"]] = 5.0 + rng.random(200)
    made = fitted(at, seen, evidence, label).model
    judged = made.judge_seen(seen, evidence)
    found = {way: average_precision_score(truth, getattr(judged, way)) for way in ("rank", "anomaly")}
    assert found["rank"] > found["anomaly"] + 0.1


@pytest.mark.parametrize("frauds", [5, 29])
def test_too_few_frauds_fall_back_and_say_so(frauds):
    at, seen, evidence, label, _ = world(frauds)
    made = fitted(at, seen, evidence, label)
    assert made.model.combiner.kind == "taught"
    assert made.model.note.startswith(f"{frauds} frauds are known; labels teach from 30")


def test_labels_teach_what_rarity_cannot_know():
    at, seen, evidence, label, _ = world()
    made = fitted(at, seen, evidence, label)
    assert made.model.combiner.kind in {"linear", "boosted"}
    assert made.model.stage == "delayed"
    fresh = world(seed=2)
    judged = made.model.judge_seen(fresh[1], fresh[2])
    fraud = fresh[4] == 1
    found = {way: average_precision_score(fraud, getattr(judged, way)) for way in ("score", "anomaly")}
    assert found["score"] > 0.8 > found["anomaly"]
    # The chances that were found on rows that had not been learned from are true of fresh ones.
    chance = made.model.chances.of(judged.rank)
    assert chance.sum() == pytest.approx(fraud.sum(), rel=0.25)


@pytest.mark.parametrize("told", [False, True])
def test_flat_and_scikit_learn_agree_on_what_was_learned(told):
    at, seen, evidence, label, _ = world(told=told)
    made = fitted(at, seen, evidence, label)
    model = made.model
    rows = inputs(seen, model.tail.surprise(model.anomaly(seen[:, FOREST_PLACES])), evidence)
    ours = model.combiner.learned.log_odds(rows)
    np.testing.assert_allclose(ours, original_log_odds(made.combined, rows), rtol=0, atol=1e-9)


def test_where_labels_show_that_a_part_alone_is_best_it_decides_alone():
    at, seen, evidence, label, _ = world()
    # What is learned cannot tell these frauds, and the forest finds them usual: rules name them.
    seen = np.maximum(0.0, np.random.default_rng(5).normal(size=seen.shape) - 0.5)
    evidence = np.where(label == 1, 2.0, 0.0)
    made = fitted(at, seen, evidence, label)
    judged = made.model.judge_seen(seen, evidence)
    assert average_precision_score(label, judged.score) > 0.98
    assert made.combined.judged["rules"] > 0.98


def test_more_evidence_never_lowers_the_rank():
    at, seen, evidence, label, _ = world()
    # Rules hit the genuine only: labels would teach that a hit speaks for a customer.
    evidence = np.where((label == 0) & (np.random.default_rng(3).random(COUNT) < 0.3), 0.6, 0.0)
    model = fitted(at, seen, evidence, label).model
    few = model.judge_seen(seen[:2000], np.zeros(2000)).rank
    many = model.judge_seen(seen[:2000], np.full(2000, 0.6)).rank
    assert (many >= few - 1e-9).all()


@pytest.mark.parametrize("told", [False, True])
def test_the_line_for_review_lies_where_the_stated_share_of_fresh_transactions_is(told):
    # With other seeds the stated share may end in the gap between frauds and others, where any line is as good.
    at, seen, evidence, label, _ = world(told=told, seed=3)
    # The labels of the latest ten days are still to come.
    label = np.where(at > 50 * DAY, -1, label).astype(np.int8)
    model = fitted(at, seen, evidence, label).model
    fresh = world(seed=4)
    rate = (model.judge_seen(fresh[1], fresh[2]).score >= 0.5).mean()
    assert rate == pytest.approx(0.005, rel=0.35)


def test_the_same_rows_give_the_same_version(tmp_path):
    rows = world()[:4]
    assert fitted(*rows).model.dump(tmp_path / "a") == fitted(*rows).model.dump(tmp_path / "b")


def test_rows_without_any_deviation_are_learned_from_too():
    at, seen, evidence, label, _ = world(told=False)
    model = fitted(at, np.zeros_like(seen), np.zeros(COUNT), label).model
    assert np.isfinite(model.judge_seen(seen[:50], evidence[:50]).score).all()
