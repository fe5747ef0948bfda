import numpy as np
import pytest
from argus_trainer.stats import psi, rank_correlation
from scipy.stats import spearmanr


def test_rank_correlation_is_spearmans_also_with_ties():
    rng = np.random.default_rng(1)
    left = rng.integers(0, 20, 500).astype(float)
    right = left + rng.normal(0, 8, 500).round()
    assert rank_correlation(left, right) == pytest.approx(spearmanr(left, right).statistic, abs=1e-9)


def test_rank_correlation_with_a_constant_side_is_zero():
    assert rank_correlation(np.ones(5), np.arange(5.0)) == 0.0


def test_psi_grows_with_the_shift():
    rng = np.random.default_rng(2)
    reference = rng.normal(0, 1, 20_000)
    same, shifted, far = (psi(reference, rng.normal(by, 1, 20_000)) for by in (0.0, 0.3, 1.0))
    assert same < 0.01 < shifted < 0.25 < far


def test_psi_of_a_constant_reference_is_finite():
    assert psi(np.zeros(100), np.zeros(50)) < 0.01
    assert np.isfinite(psi(np.zeros(100), np.ones(50)))
