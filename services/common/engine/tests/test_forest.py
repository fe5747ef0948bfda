import hashlib
import io
import zipfile

import numpy as np
import pytest
from argus_engine.forest import Forest, ForestError, average_path_length
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.ensemble import IsolationForest

RANDOM = np.random.default_rng(5)
ROWS = RANDOM.normal(size=(600, 5))


def trained(rows=ROWS, **said):
    return IsolationForest(n_estimators=20, random_state=3, **said).fit(rows)


@pytest.fixture(scope="module")
def forest():
    return Forest.from_sklearn(trained())


def parts(forest, **changes):
    names = ("feature", "threshold", "left", "right", "length", "expected", "roots", "normaliser", "n_features")
    return {name: getattr(forest, name) for name in names} | changes


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"max_samples": 64},
        {"max_samples": 600},
        {"max_features": 0.4},
        {"max_features": 1},
        {"bootstrap": True},
        {"max_samples": 1},
        {"max_samples": 2},
        {"max_samples": 3},
    ],
)
def test_scores_as_scikit_learn(said):
    theirs = trained(**said)
    ours = Forest.from_sklearn(theirs)
    fresh = RANDOM.normal(scale=3, size=(300, 5))
    for rows in (ROWS, fresh, np.zeros((1, 5)), np.full((1, 5), 1e30), np.full((1, 5), -1e30)):
        assert np.abs(ours.score_samples(rows) - theirs.score_samples(rows)).max() <= 1e-9


@pytest.mark.parametrize("said", [{}, {"max_features": 0.5}])
def test_ties_go_the_way_of_scikit_learn(said):
    rows = RANDOM.integers(0, 4, size=(400, 5)).astype(float)
    rows[:, 3] = 2.0  # a column that cannot split
    theirs = trained(rows, **said)
    ours = Forest.from_sklearn(theirs)
    # Rows that lie exactly on the thresholds, and as near to them as doubles can.
    edges = np.unique(ours.threshold)
    grid = np.repeat(np.concatenate([edges, np.nextafter(edges, 9), np.nextafter(edges, -9)])[:, None], 5, axis=1)
    for probe in (rows, grid):
        assert np.abs(ours.score_samples(probe) - theirs.score_samples(probe)).max() <= 1e-9


def test_equal_rows_make_trees_of_one_leaf():
    theirs = trained(np.ones((50, 5)))
    ours = Forest.from_sklearn(theirs)
    assert len(ours.feature) == len(ours.roots)
    assert np.abs(ours.score_samples(ROWS) - theirs.score_samples(ROWS)).max() <= 1e-9


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**31 - 1),
    columns=st.integers(1, 6),
    rows=st.integers(2, 80),
    digits=st.integers(0, 3),
)
def test_scores_as_scikit_learn_on_random_data(seed, columns, rows, digits):
    random = np.random.default_rng(seed)
    matrix = np.round(random.normal(size=(rows, columns)), digits)
    theirs = IsolationForest(n_estimators=5, max_samples=min(rows, 32), random_state=seed).fit(matrix)
    probe = np.round(random.normal(scale=2, size=(40, columns)), digits)
    assert np.abs(Forest.from_sklearn(theirs).score_samples(probe) - theirs.score_samples(probe)).max() <= 1e-9


def test_a_row_scores_the_same_alone_and_among_others(forest):
    together = forest.score_samples(ROWS)
    assert [forest.score_samples(ROWS[i : i + 1])[0] for i in range(50)] == together[:50].tolist()
    assert forest.score_samples(np.asfortranarray(ROWS)).tolist() == together.tolist()
    assert forest.score_samples(ROWS[:0]).shape == (0,)


@pytest.mark.parametrize("rows", [np.zeros((2, 4)), np.zeros((2, 6)), np.zeros(5), np.full((1, 5), np.nan)])
def test_rows_that_do_not_fit_are_refused(forest, rows):
    with pytest.raises(ForestError):
        forest.score_samples(rows)


def test_average_path_length():
    # Harmonic numbers by hand; the formula approximates them with the logarithm.
    exact = [2 * sum(1 / k for k in range(1, n)) - 2 * (n - 1) / n for n in (64, 256, 1024)]
    assert average_path_length(np.array([64, 256, 1024])) == pytest.approx(exact, rel=5e-3)
    assert average_path_length(np.array([0, 1, 2])).tolist() == [0.0, 0.0, 1.0]


def test_save_and_load(forest, tmp_path):
    for name in ("a", "b"):
        forest.save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    again = Forest.load(tmp_path / "a")
    assert again.score_samples(ROWS).tolist() == forest.score_samples(ROWS).tolist()


def changed(array, place, value):
    copy = array.copy()
    copy[place] = value
    return copy


@pytest.mark.parametrize(
    "damage",
    [
        lambda f: {"feature": changed(f.feature, 0, 5)},
        lambda f: {"feature": changed(f.feature, 0, -1)},
        lambda f: {"feature": f.feature.astype(np.int64)},
        lambda f: {"feature": f.feature[:-1]},
        lambda f: {"feature": f.feature[None]},
        lambda f: {"left": changed(f.left, 1, 0)},  # back to its parent: a cycle
        lambda f: {"left": changed(f.left, 0, 0)},  # itself, while the other child is not
        lambda f: {"right": changed(f.right, 0, 0)},
        lambda f: {"right": changed(f.right, 0, f.roots[1])},  # into the next tree
        lambda f: {"right": changed(f.right, 0, len(f.right))},
        lambda f: {"right": changed(f.right, 0, -1)},
        lambda f: {"threshold": changed(f.threshold, 0, np.nan)},
        lambda f: {"threshold": f.threshold.astype(np.float32)},
        lambda f: {"length": changed(f.length, 3, -1.0)},
        lambda f: {"length": changed(f.length, 3, np.inf)},
        lambda f: {"expected": changed(f.expected, 3, np.nan)},
        lambda f: {"expected": f.expected[1:]},
        lambda f: {"roots": f.roots[:0]},
        lambda f: {"roots": f.roots[1:]},
        lambda f: {"roots": changed(f.roots, 1, 0)},
        lambda f: {"roots": changed(f.roots, -1, len(f.feature))},
        lambda f: {"roots": changed(f.roots, -1, -5)},
        lambda f: {"roots": f.roots.astype(np.float64)},
        lambda f: {"normaliser": np.nan},
        lambda f: {"normaliser": -1.0},
        lambda f: {"n_features": 0},
        lambda f: {"n_features": 1},
    ],
)
def test_arrays_that_are_no_forest_are_refused(forest, tmp_path, damage):
    harmed = parts(forest, **damage(forest))
    with pytest.raises(ForestError):
        Forest(**harmed)
    np.savez(tmp_path / "forest.npz", **harmed)
    with pytest.raises(ForestError):
        Forest.load(tmp_path / "forest.npz")


def test_files_that_are_no_forest_are_refused(forest, tmp_path):
    path = tmp_path / "forest.npz"
    missing = parts(forest)
    del missing["roots"]
    for content in (
        missing,
        parts(forest, more=np.zeros(1)),
        parts(forest, n_features=5.0),
        parts(forest, normaliser=np.ones(2)),
        parts(forest, feature=np.array(["x"], object)),  # a pickle inside
    ):
        np.savez(path, allow_pickle=True, **content)
        with pytest.raises(ForestError):
            Forest.load(path)
    for bytes_ in (b"", b"PK\x03\x04", b"\x80\x04N.", b"\x93NUMPY"):
        path.write_bytes(bytes_)
        with pytest.raises(ForestError):
            Forest.load(path)
    with pytest.raises(ForestError):
        Forest.load(tmp_path / "none.npz")
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("feature.npy", b"\x93NUMPY\x01\x00garbage")
    with pytest.raises(ForestError):
        Forest.load(path)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_bytes_never_do_more_than_be_refused(tmp_path, data):
    """Whatever a damaged file says: it is refused, or it is a forest that scores."""
    small = Forest.from_sklearn(IsolationForest(n_estimators=2, max_samples=4, random_state=0).fit(ROWS))
    path = tmp_path / "forest.npz"
    small.save(path)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content))) :]
    path.write_bytes(content)
    try:
        again = Forest.load(path)
    except ForestError:
        return
    assert np.isfinite(again.score_samples(np.zeros((2, again.n_features)))).all()


def test_the_same_training_gives_the_same_bytes(tmp_path):
    digests = set()
    for _ in range(2):
        Forest.from_sklearn(trained()).save(tmp_path / "f")
        digests.add(hashlib.sha256((tmp_path / "f").read_bytes()).hexdigest())
    assert len(digests) == 1
    with np.load(io.BytesIO((tmp_path / "f").read_bytes()), allow_pickle=False) as file:
        assert all(file[name].dtype != object for name in file.files)


@pytest.mark.parametrize("said", [{}, {"max_samples": 64}, {"max_features": 0.4}])
def test_the_parts_of_features_add_up_to_the_score(said):
    theirs = trained(ROWS, **said)
    ours = Forest.from_sklearn(theirs)
    found, start = ours.parts(ROWS)
    np.testing.assert_allclose(start + found.sum(axis=1), -theirs.score_samples(ROWS), rtol=0, atol=1e-9)


def test_a_part_is_the_mean_change_along_the_splits():
    """Of one tree with one split, worked out by hand: the left child holds one row of four."""
    node = np.array([0, 0, 0], np.int32)
    tree = Forest(
        node, np.array([0.5, 0.0, 0.0]), np.array([1, 1, 2], np.int32), np.array([2, 1, 2], np.int32),
        np.array([0.0, 1.0, 3.0]), np.array([2.5, 1.0, 3.0]), np.array([0], np.int32), 2.0, 2,
    )  # fmt: skip
    found, start = tree.parts(np.array([[0.0, 9.0], [1.0, 9.0]]))
    assert start == pytest.approx(2 ** (-2.5 / 2))
    assert found[:, 1].tolist() == [0.0, 0.0]
    assert found[:, 0] == pytest.approx([2 ** (-1 / 2) - start, 2 ** (-3 / 2) - start])


def test_a_feature_that_nothing_asks_for_has_no_part():
    rows = ROWS.copy()
    rows[:, 2] = 0.0
    found, _ = Forest.from_sklearn(trained(rows)).parts(rows)
    assert (found[:, 2] == 0.0).all()
