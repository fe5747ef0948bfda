import dataclasses

import numpy as np
import pytest
from argus_engine.boosted import Boosted, BoostedError
from argus_engine.combiner import INPUTS, KINDS, Combiner, CombinerError
from argus_engine.tail import Tail
from hypothesis import given
from hypothesis import strategies as st
from models_made import SEEN, evidence_of, inputs, label_free, learned, linear, ordinary, trees
from sklearn.ensemble import HistGradientBoostingClassifier


@pytest.mark.parametrize("said", [{}, {"max_leaf_nodes": 2}, {"max_depth": 1}, {"max_iter": 1}])
def test_flat_trees_are_scikit_learns(said):
    rows, fraud = inputs(2000)
    theirs = HistGradientBoostingClassifier(**{"max_iter": 30, "random_state": 1} | said).fit(rows, fraud)
    ours = Boosted.from_sklearn(theirs)
    fresh, _ = inputs(500, seed=8)
    fresh[0] = np.nan
    fresh[1] = np.inf
    fresh[2] = -np.inf
    np.testing.assert_allclose(ours.log_odds(fresh), theirs.decision_function(fresh), rtol=0, atol=1e-9)
    parts = ours.start + ours.parts(fresh).sum(axis=1)
    np.testing.assert_allclose(parts, theirs.decision_function(fresh), rtol=0, atol=1e-9)


def test_where_only_some_values_are_missing_they_go_where_training_sent_them():
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(1000, 2))
    missing = rng.random(1000) < 0.4
    rows[missing, 0] = np.nan
    theirs = HistGradientBoostingClassifier(max_iter=5).fit(rows, missing)
    ours = Boosted.from_sklearn(theirs)
    np.testing.assert_allclose(ours.log_odds(rows), theirs.decision_function(rows), rtol=0, atol=1e-9)
    assert ours.log_odds(rows[missing]).min() > ours.log_odds(rows[~missing]).max()


def test_rows_of_another_width_are_refused():
    with pytest.raises(BoostedError, match="take"):
        Boosted.from_sklearn(trees()).log_odds(np.zeros((1, 2)))


def test_a_row_scores_alone_as_among_others():
    rows, _ = inputs(64)
    for model in (Boosted.from_sklearn(trees()), linear()):
        together = model.log_odds(rows)
        assert [model.log_odds(rows[i : i + 1])[0] for i in range(64)] == together.tolist()


@pytest.mark.parametrize("kind", ["surprise", "forest", "rules"])
@given(surprise=st.lists(st.floats(0, 20), min_size=2, max_size=30), evidence=st.floats(0, 5), more=st.floats(0, 5))
def test_more_of_either_never_lowers_the_rank(kind, surprise, evidence, more):
    combiner = dataclasses.replace(label_free_combiner(), kind=kind)
    surprises = np.sort(np.array(surprise))
    seen = np.zeros((len(surprises), SEEN))
    rank = combiner.rank(seen, surprises, np.full(len(surprises), evidence))
    assert (np.diff(rank) >= -1e-12).all()
    assert (combiner.rank(seen, surprises, np.full(len(surprises), evidence + more)) >= rank - 1e-12).all()


def label_free_combiner():
    return Combiner(label_free(trees=5).combiner.unusual, "surprise", 0.01, 0.0, Tail.fit(evidence_of(1000)))


def test_rules_are_heard_where_they_are_much_rarer_than_the_forest():
    combiner = label_free_combiner()
    common = dataclasses.replace(combiner, evidence=Tail.fit(np.repeat([0.0, 0.6], 500)))
    rare = dataclasses.replace(combiner, evidence=Tail.fit(np.append(np.zeros(99_999), 0.6)))
    seen, surprise = np.zeros((2, SEEN)), np.array([3.0, 3.0])
    low, high = (c.rank(seen, surprise, np.array([0.0, 0.6])) for c in (common, rare))
    assert low[1] - low[0] < 0.01
    assert high[1] - high[0] > 2.0


def test_a_larger_amount_raises_a_learned_rank_by_its_root_and_no_further_than_stated():
    model = learned("linear")
    plain = dataclasses.replace(model.combiner, value_weight=0.0)
    seen = ordinary(4)
    seen[:, INPUTS.index("population_amount_ratio")] = [-9.0, 0.0, 1.0, 9.0]
    zeros = np.zeros(4)
    gain = model.combiner.rank(seen, zeros, zeros) - plain.rank(seen, zeros, zeros)
    assert gain.tolist() == pytest.approx([-1.0, 0.0, 0.5, 1.0])


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "guess"},
        {"kind": "boosted"},
        {"rules_weight": 0.0},
        {"rules_weight": 1.0},
        {"value_weight": -0.1},
        {"value_weight": 1.1},
        {"learned": linear()},
    ],
)
def test_what_is_no_combiner_is_refused(change):
    with pytest.raises(CombinerError):
        dataclasses.replace(label_free_combiner(), **change)


@pytest.mark.parametrize("kind", ["linear", "boosted", "taught"])
def test_a_saved_combiner_ranks_the_same_and_its_parts_add_up(tmp_path, kind):
    combiner = learned(kind).combiner
    combiner.save(tmp_path / "combiner.npz")
    again = Combiner.load(tmp_path / "combiner.npz")
    seen, evidence = ordinary(200, seed=9), evidence_of(200)
    surprise = np.random.default_rng(1).exponential(size=200)
    rank = combiner.rank(seen, surprise, evidence)
    assert again.rank(seen, surprise, evidence).tolist() == rank.tolist()
    parts, start = again.parts(seen, surprise, evidence)
    np.testing.assert_allclose(start + parts.sum(axis=1), rank, rtol=0, atol=1e-9)


def test_what_the_surest_taught_is_added_to_rarity():
    combiner = learned("taught").combiner
    combiner = dataclasses.replace(combiner, value_weight=0.0)
    rarity = dataclasses.replace(combiner, kind="surprise", learned=None)
    odds = dataclasses.replace(combiner, kind="boosted")
    seen, evidence = ordinary(200, seed=9), evidence_of(200)
    surprise = np.random.default_rng(1).exponential(size=200)
    both = rarity.rank(seen, surprise, evidence) + odds.rank(seen, surprise, evidence)
    np.testing.assert_allclose(combiner.rank(seen, surprise, evidence), both, rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", ["linear", "boosted", "taught"])
def test_files_with_other_arrays_are_refused(tmp_path, kind):
    path = tmp_path / "combiner.npz"
    learned(kind).combiner.save(path)
    with np.load(path) as file:
        arrays = dict(file)
    arrays["kind"] = np.array(KINDS.index("surprise"))
    np.savez(path, **arrays)
    with pytest.raises(CombinerError, match="other arrays"):
        Combiner.load(path)
    np.savez(path, **arrays | {"kind": np.array(99)})
    with pytest.raises(CombinerError, match="kind of number 99"):
        Combiner.load(path)


def test_objects_in_a_file_are_never_made(tmp_path):
    path = tmp_path / "combiner.npz"
    label_free(trees=2).combiner.save(path)
    with np.load(path) as file:
        arrays = dict(file)
    np.savez(path, allow_pickle=True, **arrays | {"rules_weight": np.array([{}], object)})
    with pytest.raises(CombinerError):
        Combiner.load(path)
