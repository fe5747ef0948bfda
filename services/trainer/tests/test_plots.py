import io

import numpy as np
import pytest
from argus_trainer import plots

RNG = np.random.default_rng(3)


def drawn(figure) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format="png")
    return out.getvalue()


@pytest.mark.parametrize("frauds", [0, 5])
def test_score_histogram(frauds):
    train, holdout = RNG.normal(0.45, 0.05, 500), RNG.normal(0.45, 0.05, 100)
    figure = plots.score_histogram(train=train, holdout=holdout, fraud=holdout[:frauds], threshold=0.6)
    assert drawn(figure).startswith(b"\x89PNG")
    entries = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert entries[:2] == ["train (500)", "holdout (100)"]
    assert (f"known fraud ({frauds})" in entries) is bool(frauds)


def test_feature_distributions_bear_unknown_and_constant_features():
    train = RNG.normal(size=(300, 5))
    train[:, 1], train[:, 2] = np.nan, 7.0
    names = ["a", "unknown", "constant", "d", "e"]
    figure = plots.feature_distributions(names=names, train=train, holdout=train[:50])
    assert drawn(figure).startswith(b"\x89PNG")
    assert [axes.get_title() for axes in figure.axes if axes.get_visible()] == names


def test_alert_rate_over_time_bears_empty_hours():
    occurred = np.concatenate([np.arange(100), np.arange(5_000, 5_100)]) * 10**9 + 17 * 10**14
    figure = plots.alert_rate_over_time(
        occurred_us=occurred, flagged=occurred % 7 == 0, stated=0.1, cut_us=int(occurred[150])
    )
    assert drawn(figure).startswith(b"\x89PNG")
