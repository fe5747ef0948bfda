import dataclasses
import functools
import json

import numpy as np
import pytest
from argus_engine import catalogue, model
from argus_engine.forest import Forest
from argus_engine.model import AnomalyModel, ModelError, SchemaMismatch
from argus_engine.tail import POINTS, Tail
from argus_engine.unusual import Unusual
from hypothesis import given
from hypothesis import strategies as st
from models_made import evidence_of, label_free, learned, ordinary
from sklearn.ensemble import IsolationForest

WIDTH = len(catalogue.MODEL_FEATURES)
ROWS = np.abs(np.random.default_rng(7).normal(size=(2000, WIDTH)))
SCORES = st.lists(st.floats(0, 1).map(lambda x: round(x, 3)), min_size=1, max_size=300)


@pytest.fixture(scope="module")
def fitted():
    base = label_free(trees=30)
    # The training rows are ROWS themselves, so that shares among them are known.
    unusual = Unusual.fit(ROWS)
    forest = Forest.from_sklearn(IsolationForest(n_estimators=30, random_state=1).fit(unusual.rows(ROWS)))
    tail = AnomalyModel.fit_tail(-forest.score_samples(unusual.rows(ROWS)))
    combiner = dataclasses.replace(base.combiner, unusual=unusual)
    return dataclasses.replace(base, forest=forest, tail=tail, combiner=combiner)


def judged(model):
    """Of ordinary rows; rules say something of some."""
    return model.judge_seen(ordinary(500, seed=9), evidence_of(500))


@given(scores=SCORES, probe=st.lists(st.floats(-1, 2), min_size=1, max_size=50))
def test_share_is_the_share_of_training_scores(scores, probe):
    """With fewer scores than the table has points it is exact on every training score."""
    tail = Tail.fit(np.array(scores))
    training = np.array(scores)
    for value in scores:
        assert tail.share(np.array([value]))[0] == pytest.approx(np.mean(training >= value), abs=1e-12)
    shares = tail.share(np.sort(np.array(probe)))
    assert (np.diff(shares) <= 0).all()
    assert ((shares >= 0.5 / len(scores)) & (shares <= 1.0)).all()
    assert tail.share(np.array([max(scores) + 1.0]))[0] == 0.5 / len(scores)


def test_a_large_table_is_close_everywhere():
    training = np.random.default_rng(1).beta(2, 8, size=200_000)
    tail = Tail.fit(training)
    assert len(tail.scores) <= POINTS
    for share in (0.5, 0.1, 0.01, 0.001, 0.0001):
        value = np.quantile(training, 1 - share)
        assert tail.share(np.array([value]))[0] == pytest.approx(share, rel=0.02, abs=1.5 / 200_000)


@pytest.mark.parametrize("scores", [[], [0.1, float("nan")], [float("inf")]])
def test_scores_that_are_none_are_refused(scores):
    with pytest.raises(ValueError, match="scores"):
        Tail.fit(np.array(scores))


def test_risk_is_a_half_at_the_review_rate(fitted):
    scores = fitted.anomaly(ROWS)
    at_rate = np.sort(scores)[::-1][int(len(ROWS) * fitted.review_rate) - 1]
    assert fitted.risk_of(np.array([at_rate]))[0] == pytest.approx(0.5)
    assert (fitted.risk(ROWS) >= 0.5).sum() == len(ROWS) * fitted.review_rate


def test_risk_rises_with_the_score_and_stays_within_bounds(fitted):
    risk = fitted.risk_of(np.linspace(-1, 2, 5000))
    assert (np.diff(risk) >= 0).all()
    assert ((risk > 0) & (risk < 1)).all()
    assert risk[0] == pytest.approx(1 / (1 + 1 / fitted.review_rate))
    assert fitted.risk(ROWS).tolist() == fitted.risk_of(fitted.anomaly(ROWS)).tolist()


def test_dump_and_load(fitted, tmp_path):
    digest = fitted.dump(tmp_path / "model")
    again = model.load(tmp_path / "model", "12")
    assert (again.version, again.digest, len(digest)) == ("12", digest, 64)
    assert again.risk(ROWS).tolist() == fitted.risk(ROWS).tolist()
    assert again.dump(tmp_path / "again") == digest


@pytest.mark.parametrize("made", [label_free, learned, functools.partial(learned, "linear")])
def test_a_combiner_comes_back_as_it_was(made, tmp_path):
    before = dataclasses.replace(made(), note="why", pace=1.25)
    digest = before.dump(tmp_path / "model")
    again = model.load(tmp_path / "model", "12")
    for name in ("anomaly", "surprise", "rank", "score"):
        assert getattr(judged(again), name).tolist() == getattr(judged(before), name).tolist()
    assert (again.stage, again.note, again.pace) == (before.stage, "why", 1.25)
    assert again.dump(tmp_path / "again") == digest


def test_a_score_of_a_half_is_as_rare_as_the_review_rate():
    found = label_free()
    rank = found.ranks.scores
    at_rate = np.interp(-found.review_rate, -found.ranks.shares, rank)
    assert found.score_of(np.array([at_rate]))[0] == pytest.approx(0.5, abs=0.01)
    # Above all that was seen it still tells apart.
    assert (np.diff(found.score_of(rank[-1] + np.arange(20.0))) > 0).all()
    assert ((found.score_of(np.linspace(-50, 50, 200)) > 0) & (found.score_of(np.linspace(-50, 50, 200)) <= 1)).all()


@pytest.mark.parametrize("made", [label_free, learned, functools.partial(learned, "linear")])
def test_parts_add_up_to_the_rank(made):
    found = made()
    seen, evidence = ordinary(300, seed=9), evidence_of(300)
    seen[::7, 4] = np.nan
    judgement = found.judge_seen(seen, evidence)
    parts, start = found.combiner.parts(seen, judgement.surprise, evidence)
    np.testing.assert_allclose(start + parts.sum(axis=1), judgement.rank, rtol=0, atol=1e-9)


def test_a_version_from_before_combiners_is_refused_and_says_so(fitted, tmp_path):
    fitted.dump(tmp_path)
    (tmp_path / "combiner.npz").unlink()
    described = json.loads((tmp_path / "model.json").read_text()) | {"format": 1}
    (tmp_path / "model.json").write_text(json.dumps(described))
    with pytest.raises(ModelError, match="format 1; this engine reads format 2, with a combiner: train a new version"):
        AnomalyModel.load(tmp_path, "1")


def test_digest_is_over_all_files(fitted, tmp_path):
    digest = fitted.dump(tmp_path)
    described = json.loads((tmp_path / "model.json").read_text())
    (tmp_path / "model.json").write_text(json.dumps(described | {"review_rate": 0.02}))
    assert AnomalyModel.load(tmp_path, "1").digest != digest
    fitted.dump(tmp_path)
    other = Forest.from_sklearn(IsolationForest(n_estimators=30, random_state=2).fit(ROWS))
    other.save(tmp_path / "forest.npz")
    assert AnomalyModel.load(tmp_path, "1").digest != digest


@pytest.mark.parametrize(
    "change",
    [
        {"schema_digest": "0123456789abcdef"},
        {"features": ["amount_deviation"]},
        {"features": list(reversed(catalogue.MODEL_FEATURES))},
    ],
)
def test_other_features_are_named(fitted, tmp_path, change):
    fitted.dump(tmp_path)
    described = json.loads((tmp_path / "model.json").read_text()) | change
    (tmp_path / "model.json").write_text(json.dumps(described))
    with pytest.raises(SchemaMismatch) as caught:
        AnomalyModel.load(tmp_path, "1")
    assert described["schema_digest"] in str(caught.value)
    assert catalogue.SCHEMA_DIGEST in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        {"format": 3},
        {"stage": "guessed"},
        {"pace": 0.0},
        {"pace": "x"},
        {"ranks": {}},
        {"chances": {}},
        {"chances": {"ranks": [0.0, 1.0], "shares": [0.5, 0.2]}},
        {"chances": {"ranks": [0.0], "shares": [1.5]}},
        {"review_rate": 0.0},
        {"review_rate": 1.0},
        {"review_rate": "x"},
        {"review_rate": None},
        {"schema_digest": None},
        {"features": 3},
        {"tail": {}},
        {"tail": {"scores": [], "shares": [], "count": 0}},
        {"tail": {"scores": [0.2, 0.1], "shares": [1.0, 0.5], "count": 2}},
        {"tail": {"scores": [0.1, 0.2], "shares": [0.5, 1.0], "count": 2}},
        {"tail": {"scores": [0.1, 0.2], "shares": [0.9, 0.5], "count": 2}},
        {"tail": {"scores": [0.1, 0.2], "shares": [1.0, 0.5], "count": 2.0}},
        {"tail": {"scores": [0.1, 0.2], "shares": [1.0], "count": 2}},
        {"tail": {"scores": [0.1, None], "shares": [1.0, 0.5], "count": 2}},
        {"tail": {"scores": [[0.1]], "shares": [[1.0]], "count": 2}},
        {"tail": 5},
    ],
)
def test_a_damaged_description_is_refused(fitted, tmp_path, change):
    fitted.dump(tmp_path)
    described = json.loads((tmp_path / "model.json").read_text()) | change
    (tmp_path / "model.json").write_text(json.dumps(described))
    with pytest.raises(ModelError):
        AnomalyModel.load(tmp_path, "1")


@pytest.mark.parametrize("content", ["", "[]", "null", "{}", "3", "[" * 100_000, "\udcff"])
def test_a_description_that_is_none_is_refused(fitted, tmp_path, content):
    fitted.dump(tmp_path)
    (tmp_path / "model.json").write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(ModelError):
        AnomalyModel.load(tmp_path, "1")


@pytest.mark.parametrize("name", ["forest.npz", "combiner.npz", "model.json"])
def test_missing_and_damaged_files_are_refused(fitted, tmp_path, name):
    fitted.dump(tmp_path)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(ModelError):
        AnomalyModel.load(tmp_path, "1")
    (tmp_path / name).unlink()
    with pytest.raises(ModelError):
        AnomalyModel.load(tmp_path, "1")


def test_a_forest_of_another_width_is_refused(fitted, tmp_path):
    fitted.dump(tmp_path)
    narrow = Forest.from_sklearn(IsolationForest(n_estimators=2, random_state=1).fit(ROWS[:, :2]))
    narrow.save(tmp_path / "forest.npz")
    with pytest.raises(ModelError, match="takes 2 features"):
        AnomalyModel.load(tmp_path, "1")
