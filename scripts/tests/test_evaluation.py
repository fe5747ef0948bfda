"""scripts/evaluate on streams made up for the purpose."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from argus_local.evaluation import __main__ as evaluation
from argus_local.evaluation import metrics, weeks
from argus_local.evaluation.product import EVER
from argus_local.evaluation.regimes import walk
from argus_local.evaluation.stream import read
from sklearn.metrics import average_precision_score

DAY = 86_400_000_000
BEGIN = np.datetime64("2024-01-01", "us")


def made(count=9000, days=42, seed=1, **columns):
    """Customers with habits; of the frauds, half are large and half happen at the same few counterparties."""
    rng = np.random.default_rng(seed)
    at = np.sort(rng.integers(0, days * DAY, count))
    customer = rng.integers(0, 60, count)
    fraud = rng.random(count) < 0.02
    amount = np.exp(rng.normal(3 + customer % 3, 0.4))
    party = customer * 7 + rng.integers(0, 7, count)
    amount[fraud & (at % 2 == 0)] *= 30
    party[fraud & (at % 2 == 1)] = 5000 + rng.integers(0, 3, int((fraud & (at % 2 == 1)).sum()))
    found = {
        "tx_id": np.arange(count),
        "timestamp": (BEGIN + at.astype("timedelta64[us]")).astype("datetime64[ms]"),
        "customer_id": customer.astype(np.int16),
        "counterparty_id": party.astype(np.int16),
        "amount": amount.round(2),
        "label": fraud.astype(np.int8),
        "scenario": fraud.astype(np.int8) * 3,
    }
    return {name: column for name, column in (found | columns).items() if column is not None}


def written(folder: Path, **said) -> Path:
    path = folder / "made.parquet"
    pq.write_table(pa.table(made(**said)), path)
    return path


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return written(tmp_path_factory.mktemp("stream"))


def run(capsys, *arguments):
    status = evaluation.main([*map(str, arguments), "--json", "--no-mlflow"])
    out = capsys.readouterr()
    return status, json.loads(out.out.splitlines()[-1]) if status == 0 else out.err


@pytest.mark.parametrize("regime", ["label-free", "delayed", "reviewed"])
def test_the_last_line_is_the_whole_result(capsys, path, regime):
    status, result = run(capsys, path, "--regime", regime, "--weeks", "2024-01-29:2024-02-11")
    assert status == 0
    assert {"dataset", "regime", "weeks", "mean", "seconds"} <= set(result)
    assert (result["dataset"], result["regime"]) == ("made", regime)
    assert [(week["from"], week["to"]) for week in result["weeks"]] == [
        ("2024-01-29", "2024-02-04"),
        ("2024-02-05", "2024-02-11"),
    ]
    for way in ("hybrid", "forest", "rules"):
        assert set(result["mean"][way]) == {"AUC", "AP", "CP@100", "precision@0.5%", "VDR@0.5%"}
        for name, value in result["mean"][way].items():
            assert 0.0 <= value <= 1.0
            assert value == pytest.approx(np.mean([week[way][name] for week in result["weeks"]]))
    assert {week["stage"] for week in result["weeks"]} == {regime if regime != "reviewed" else "delayed"} or (
        regime == "reviewed"
    )


def test_labels_help(capsys, path):
    found = {
        regime: run(capsys, path, "--regime", regime, "--weeks", "2024-01-29:2024-02-11")[1]["mean"]
        for regime in ("label-free", "delayed")
    }
    assert found["delayed"]["hybrid"]["AP"] > found["label-free"]["hybrid"]["AP"] + 0.1
    for mean in found.values():
        assert mean["hybrid"]["AP"] >= max(mean["forest"]["AP"], mean["rules"]["AP"]) - 0.02


def scores(path, regime):
    stream = read(path, {})
    tested = list(walk(stream, regime, weeks.chosen("2024-01-22:2024-02-04", stream.at)))
    return stream, np.concatenate([week.decided.hybrid for week in tested])


@pytest.mark.parametrize("regime", ["label-free", "delayed", "reviewed"])
def test_nothing_is_known_before_its_time(tmp_path, regime):
    """Other labels and amounts after the tested weeks, and labels that are still to come, change no score."""
    _, before = scores(written(tmp_path), regime)
    columns = made()
    at = (columns["timestamp"] - BEGIN).astype("timedelta64[us]").astype(np.int64)
    # Of the tested weeks' last day nothing is known within them in any regime.
    late = at >= 34 * DAY
    columns["label"][late] = 1 - columns["label"][late]
    columns["amount"][at >= 35 * DAY] = 777.0
    pq.write_table(pa.table(columns), tmp_path / "made.parquet")
    _, after = scores(tmp_path / "made.parquet", regime)
    assert after.tolist() == before.tolist()


def test_without_labels_the_labels_change_nothing(tmp_path):
    _, before = scores(written(tmp_path), "label-free")
    columns = made()
    columns["label"] = 1 - columns["label"]
    pq.write_table(pa.table(columns), tmp_path / "made.parquet")
    assert scores(tmp_path / "made.parquet", "label-free")[1].tolist() == before.tolist()


def test_in_the_reviewed_regime_only_reviewed_customers_are_labelled(path, monkeypatch):
    from argus_local.evaluation import regimes

    seen = []
    made_product = regimes.Product
    monkeypatch.setattr(regimes, "REVIEWED", 3)
    monkeypatch.setattr(regimes, "Product", lambda *given: seen.append(made_product(*given)) or seen[0])
    stream = read(path, {})
    list(walk(stream, "reviewed", weeks.chosen("2024-01-22:2024-01-28", stream.at)))
    known = seen[0].label_at != EVER
    day = stream.at // DAY
    for today in np.unique(seen[0].label_at[known] // DAY):
        # In the course of the next day, and by its end.
        rows = seen[0].label_at // DAY == today
        assert (day[rows] < today).all()
        assert len(np.unique(stream.customer[rows])) <= 3


@pytest.mark.parametrize(
    "columns",
    [
        {"counterparty_id": None},
        {"counterparty_id": np.zeros(9000, np.int16)},
        {"counterparty_id": np.arange(9000)},
        {"amount": np.full(9000, 10.0)},
        {"customer_id": np.arange(9000)},
        {"amount": np.zeros(9000)},
        {"timestamp": np.repeat(BEGIN + np.arange(45).astype("timedelta64[D]"), 200).astype("datetime64[ms]")},
    ],
)
@pytest.mark.parametrize("regime", ["label-free", "delayed"])
def test_streams_of_another_kind_work(capsys, tmp_path, columns, regime):
    status, result = run(capsys, written(tmp_path, **columns), "--regime", regime, "--weeks", "2024-01-29:2024-02-04")
    assert status == 0
    assert result["mean"]["hybrid"]["AP"] > 0.0


@pytest.mark.parametrize(("count", "frauds"), [(700, None), (3000, 0), (3000, 4)])
def test_little_falls_back_and_says_so(capsys, tmp_path, count, frauds):
    label = made(count)["label"]
    if frauds is not None:
        label[np.flatnonzero(label)[frauds:]] = 0
    status, result = run(capsys, written(tmp_path, count=count, label=label), "--regime", "delayed")
    assert status == 0
    note = result["weeks"][-1]["note"]
    assert "too little has been seen" in note if count == 700 else "labels teach from 30" in note
    if frauds == 0:
        assert result["mean"]["hybrid"]["AP"] is None


def test_columns_can_be_mapped(tmp_path):
    columns = made()
    columns["when"], columns["money"] = columns.pop("timestamp"), np.array(["JPY", "USD"] * 4500)
    pq.write_table(pa.table(columns), tmp_path / "made.parquet")
    stream = read(tmp_path / "made.parquet", {"timestamp": "when", "currency": "money"})
    assert set(stream.all.currency) == {"JPY", "USD"}
    yen = np.array(stream.all.currency) == "JPY"
    assert stream.all.amount[yen].tolist() == np.maximum(np.rint(stream.amount[yen]), 1).tolist()
    assert stream.all.amount[~yen].tolist() == np.rint(stream.amount[~yen] * 100).tolist()


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"label": None}, "has no column 'label' for label"),
        ({"amount": np.append(np.ones(8999), np.nan)}, "amount is empty or not a number"),
        ({"label": np.full(9000, 2)}, "label holds other values"),
        ({"timestamp": np.arange(9000)}, "timestamp is int64, expected a time"),
    ],
)
def test_a_file_that_is_no_stream_is_named(capsys, tmp_path, columns, said):
    status, error = run(capsys, written(tmp_path, **columns), "--regime", "delayed")
    assert (status, said in error) == (2, True)


@pytest.mark.parametrize("words", ["2024-01-29", "2024-02-11:2024-01-29", "x:y", "2030-01-01:2030-01-07"])
def test_weeks_that_are_none_are_refused(capsys, path, words):
    status, error = run(capsys, path, "--regime", "delayed", "--weeks", words)
    assert status == 2
    assert words.split(":")[0] in error or "no transactions in these weeks" in error


def test_without_a_choice_the_latest_weeks_are_tested():
    at = np.arange(0, 60 * DAY, DAY // 4)
    assert [(high - low) // DAY for low, high in weeks.chosen(None, at)] == [7, 7, 7, 7]
    assert weeks.chosen(None, at)[-1][1] == 60 * DAY
    short = weeks.chosen(None, at[: 4 * 5])
    assert short == [(3 * DAY, 5 * DAY)]


def test_a_week_by_hand():
    label = np.zeros(1000, np.int8)
    score = np.linspace(1.0, 0.0, 1000)
    label[[0, 2, 500]], label[1] = 1, -1
    amount = np.ones(1000)
    amount[[0, 500]] = [5.0, 10.0]
    found = metrics.of_week(label, amount, score)
    known = label != -1
    assert found["AP"] == pytest.approx(average_precision_score(label[known] == 1, score[known]))
    # Half a per cent of 999 are five: two of them fraud.
    assert found["precision@0.5%"] == pytest.approx(2 / 5)
    assert found["VDR@0.5%"] == pytest.approx(6 / 16)


def test_card_precision_by_hand():
    at = np.array([0, 1, 8, 15, 15, 15, 16, 16, 16]) * DAY
    customer = np.array([7, 1, 9, 1, 2, 3, 2, 3, 4], np.intp)
    fraud = np.array([True, False, False, False, True, False, True, False, True])
    score = np.array([0.1, 0.9, 0.5, 0.9, 0.8, 0.1])
    found = metrics.card_precision(at, customer, fraud, score, begin=15 * DAY, delay=7)
    # The first day finds customer 2, who is not ranked on the second: there 3 and 4 are, of whom 4 was defrauded.
    assert found == pytest.approx((1 / 3 + 1 / 2) / 2)


def test_a_run_in_mlflow_keeps_the_result(capsys, path, tmp_path, monkeypatch):
    mlflow = pytest.importorskip("mlflow")
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    given = [str(path), "--regime", "label-free", "--weeks", "2024-02-05:2024-02-11", "--json"]
    assert evaluation.main(given) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    client = mlflow.MlflowClient(uri)
    (run,) = client.search_runs([client.get_experiment_by_name("argus-evaluations").experiment_id])
    assert run.data.metrics["hybrid/AP"] == result["mean"]["hybrid"]["AP"]
    assert run.data.metrics["rules/CP_at_100"] == result["mean"]["rules"]["CP@100"]
    assert run.data.params["regime"] == "label-free"
    assert run.info.status == "FINISHED"
